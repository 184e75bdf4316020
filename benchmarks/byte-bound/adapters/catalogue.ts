import type { SizingAdapter } from "./adapter.ts";

/** Our cache, which sizes entries itself. */
export const OURS = "heapwise maxBytes";

const LOADERS: Readonly<Record<string, () => Promise<SizingAdapter>>> = {
  "lru-cache, JSON.stringify": async () => (await import("./json-stringify.ts")).jsonStringify,
  "lru-cache, object-sizeof": async () => (await import("./object-sizeof.ts")).objectSizeof,
  "lru-cache, v8.serialize": async () => (await import("./v8-serialize.ts")).v8Serialize,
};

/** Names of all arms, ours first. */
export const ARMS: readonly string[] = [OURS, ...Object.keys(LOADERS)];

/** Loads one adapter. */
export async function loadSizing(name: string): Promise<SizingAdapter> {
  const load = LOADERS[name];
  if (load) return load();
  throw new RangeError(`Cannot load arm: "${name}", expected ${ARMS.join(", ")}`);
}
