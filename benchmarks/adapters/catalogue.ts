import type { Adapter } from "./adapter.ts";

/** The cache that all ratios are relative to. */
export const BASELINE = "lru-cache";
/** Our strict LRU, the default policy. */
export const OURS = "heapwise lru";
/** The bare `Map`. */
export const FLOOR = "Map";

const LOADERS: Readonly<Record<string, () => Promise<Adapter>>> = {
  "lru-cache": async () => (await import("./lru-cache.ts")).lruCache,
  mnemonist: async () => (await import("./mnemonist.ts")).mnemonist,
  "quick-lru": async () => (await import("./quick-lru.ts")).quickLru,
  "tiny-lru": async () => (await import("./tiny-lru.ts")).tinyLru,
  "lru.min": async () => (await import("./lru-min.ts")).lruMin,
  Map: async () => (await import("./plain-map.ts")).plainMap,
};

/** The baseline with a ttl, and our caches with one. */
export const TIMED_BASELINE = "lru-cache, ttl";
export const TIMED_OURS: readonly string[] = ["heapwise lru, ttl", "heapwise lru, idleTtl"];

/** Names of the rivals, the baseline first and the bare `Map` last. */
export const RIVALS: readonly string[] = Object.keys(LOADERS);

/** Names of our arms, strict LRU first. */
export async function ourNames(): Promise<string[]> {
  const { ours } = await import("./ours.ts");
  return ours.map(({ name }) => name);
}

/** Loads one adapter and nothing else, so that a measured process holds no unused code. */
export async function loadAdapter(name: string): Promise<Adapter> {
  const load = LOADERS[name];
  if (load) return load();
  if (name === TIMED_BASELINE) return (await import("./lru-cache-ttl.ts")).lruCacheTtl;
  if (TIMED_OURS.includes(name)) {
    const { oursInTime } = await import("./ours-in-time.ts");
    return oursInTime.find((adapter) => adapter.name === name)!;
  }
  const { ours } = await import("./ours.ts");
  const found = ours.find((adapter) => adapter.name === name);
  if (found) return found;
  const { loadDesign } = await import("../designs/catalogue.ts");
  const design = await loadDesign(name);
  if (!design)
    throw new RangeError(
      `Cannot load adapter: "${name}", expected ${RIVALS.join(", ")}, one of our arms or a design`,
    );
  return design;
}
