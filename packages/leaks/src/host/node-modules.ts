/// <reference types="node" />

/** The modules of Node that this package uses, by name. */
interface NodeModules {
  readonly "node:async_hooks": typeof import("node:async_hooks");
  readonly "node:diagnostics_channel": typeof import("node:diagnostics_channel");
  readonly "node:fs": typeof import("node:fs");
  readonly "node:inspector": typeof import("node:inspector");
  readonly "node:module": typeof import("node:module");
  readonly "node:os": typeof import("node:os");
  readonly "node:path": typeof import("node:path");
  readonly "node:perf_hooks": typeof import("node:perf_hooks");
  readonly "node:process": typeof import("node:process");
  readonly "node:test": typeof import("node:test");
  readonly "node:stream/web": typeof import("node:stream/web");
  readonly "node:url": typeof import("node:url");
  readonly "node:util": typeof import("node:util");
  readonly "node:v8": typeof import("node:v8");
  readonly "node:vm": typeof import("node:vm");
  readonly "node:worker_threads": typeof import("node:worker_threads");
  readonly "node:zlib": typeof import("node:zlib");
}

/**
 * Returns a module of the host, or undefined if the host does not have it, as in a browser. It is
 * read at the call and not imported at the top, so that every entry of this package loads
 * everywhere, and so that a Node without an inspector can use everything else.
 */
export function nodeModule<Name extends keyof NodeModules>(
  name: Name,
): NodeModules[Name] | undefined {
  const host = (globalThis as { process?: { getBuiltinModule?: (name: string) => unknown } })
    .process;
  try {
    return host?.getBuiltinModule?.(name) as NodeModules[Name] | undefined;
  } catch {
    return undefined;
  }
}
