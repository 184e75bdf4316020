import { attempt } from "../host.ts";
import { jsc } from "./jsc.ts";
import type { EngineProfile } from "./profile.ts";
import { compressedV8, v8 } from "./v8.ts";

/** What engines tell of themselves. */
interface Host {
  process?: {
    versions?: Record<string, string | undefined>;
    config?: { variables?: Record<string, unknown> };
  };
  Deno?: { version?: { v8?: string } };
  navigator?: { userAgent?: string };
  Intl?: object;
}

let found: EngineProfile | undefined;

/** The profile of the engine that runs this. Looked for at the first call, not when the module is loaded. */
export function detectProfile(): EngineProfile {
  return (found ??= detect(globalThis as Host));
}

/** The profile of an engine from what it tells of itself. */
export function detect(host: Host): EngineProfile {
  const process = attempt(() => host.process);
  const versions = process?.versions ?? {};
  const version = attempt(() => host.Deno?.version?.v8) ?? versions["v8"];
  const isChromium =
    attempt(() => "v8BreakIterator" in host.Intl!) ||
    /Chrome\/|Cloudflare-Workers/.test(attempt(() => host.navigator?.userAgent) ?? "");
  if (versions["bun"] !== undefined || (version === undefined && !isChromium)) return jsc;
  const isCompressed =
    version === undefined ||
    versions["electron"] !== undefined ||
    Number(process?.config?.variables?.["v8_enable_pointer_compression"] ?? 0) === 1;
  return isCompressed ? compressedV8 : v8(parseInt(version, 10));
}
