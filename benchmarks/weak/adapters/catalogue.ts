import type { WeakArm } from "./adapter.ts";

/** Ratios are relative to a bare `Map` of `WeakRef`s, which cleans nothing. */
export const WEAK_BASELINE = "Map of WeakRef";

/** The caches of the weak suite. */
export const WEAK_ARMS: readonly WeakArm[] = [
  {
    name: "Map",
    weak: "nothing",
    async create() {
      const map = new Map<number, object>();
      return (id, object) => void map.set(id, object);
    },
  },
  {
    name: WEAK_BASELINE,
    weak: "values",
    async create() {
      const map = new Map<number, WeakRef<object>>();
      return (id, object) => void map.set(id, new WeakRef(object));
    },
  },
  {
    name: "heapwise WeakCache",
    weak: "values",
    async create() {
      const { WeakCache } = await import("@heapwise/weak");
      const cache = new WeakCache<number, object>();
      return (id, object) => void cache.set(id, object);
    },
  },
  {
    name: "weak-lru-cache",
    weak: "values",
    async create() {
      const { LRFUExpirer, WeakLRUCache } = await import("weak-lru-cache");
      const expirer = new LRFUExpirer({ lruSize: 1024 });
      const cache = new WeakLRUCache<number, object>({ cacheSize: 1024, expirer });
      return (id, object) => cache.setValue(id, object);
    },
  },
  {
    name: "weakref WeakValueMap",
    weak: "values",
    async create() {
      const { WeakValueMap } = await import("weakref");
      const map = new WeakValueMap<number, object>();
      return (id, object) => void map.set(id, object);
    },
  },
  {
    name: "heapwise WeakKeyCache",
    weak: "keys",
    async create() {
      const { WeakKeyCache } = await import("@heapwise/weak");
      const cache = new WeakKeyCache<object, number>();
      return (id, object) => void cache.set(object, id);
    },
  },
  {
    name: "proposal's IterableWeakMap",
    weak: "keys",
    async create() {
      const { IterableWeakMap } = await import("./iterable-weak-map.ts");
      const map = new IterableWeakMap<object, number>();
      return (id, object) => map.set(object, id);
    },
  },
  {
    name: "@wry/caches WeakCache",
    weak: "keys",
    async create() {
      const { WeakCache } = await import("@wry/caches");
      const cache = new WeakCache<object, number>(Infinity);
      return (id, object) => void cache.set(object, id);
    },
  },
];
