import type { ExpiringAdapter } from "./adapter.ts";

const LOADERS: Readonly<Record<string, () => Promise<ExpiringAdapter>>> = {
  "heapwise lru": async () => (await import("./heapwise.ts")).heapwise,
  "lru-cache ttlAutopurge": async () => (await import("./lru-cache.ts")).lruCache,
  "@isaacs/ttlcache": async () => (await import("./ttlcache.ts")).ttlcache,
};

/** Names of the caches that remove expired entries by themselves, ours first. */
export const EXPIRING_CACHES: readonly string[] = Object.keys(LOADERS);

/** Loads one adapter. */
export async function loadExpiring(name: string): Promise<ExpiringAdapter> {
  const load = LOADERS[name];
  if (load) return load();
  throw new RangeError(`Cannot load cache: "${name}", expected ${EXPIRING_CACHES.join(", ")}`);
}
