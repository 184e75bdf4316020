import { closeSync, openSync, readSync } from "node:fs";
import { endianness } from "node:os";
import type { SpooledTrace } from "./trace-source.ts";
import type { Trace } from "./trace.ts";

/** One call reads at most 2 GiB on every system. */
const CHUNK = 2 ** 30;

/**
 * Reads the copy of a trace, whose keys are already numbered: 4 bytes per request and nothing else.
 */
export function readSpooled({
  name,
  path,
  requests,
  keys,
}: Pick<SpooledTrace, "name" | "path" | "requests" | "keys">): Trace {
  const ids = new Uint32Array(requests);
  const bytes = Buffer.from(ids.buffer);
  const file = openSync(path, "r");
  try {
    let at = 0;
    while (at < bytes.length) {
      const read = readSync(file, bytes, at, Math.min(CHUNK, bytes.length - at), at);
      if (read === 0)
        throw new Error(
          `Cannot read the copy of ${name}: ${at} bytes, expected 4 for each of ${requests} requests`,
        );
      at += read;
    }
  } finally {
    closeSync(file);
  }
  if (endianness() === "BE") bytes.swap32();
  return { name, ids, keys };
}
