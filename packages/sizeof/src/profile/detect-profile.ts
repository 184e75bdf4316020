import { attempt } from "../host.ts";
import { jsc } from "./jsc.ts";
import type { EngineProfile } from "./profile.ts";
import { compressedV8, v8 } from "./v8.ts";

/** Globals by which an engine can be recognized. */
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

/**
 * The layout of the running engine: V8 with 8-byte references on Node and Deno, V8 with compressed
 * references in Chromium, Electron and workerd, and JavaScriptCore for everything else. The engine
 * is looked for at the first call. All functions use this layout by default.
 *
 * @returns The same object each time.
 *
 * @example
 * ```ts
 * import { detectProfile, sizeOf } from "@heapwise/sizeof";
 *
 * const profile = detectProfile();
 * profile.name; // => "v8"
 * sizeOf([1, 2], { profile }) === sizeOf([1, 2]); // => true
 * ```
 */
export function detectProfile(): EngineProfile {
  return (found ??= detect(globalThis as Host));
}

/** The layout of an engine, by its globals. */
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
