import { ReferenceCache, type ReferenceOptions } from "./reference-cache.ts";

type Break = (options: ReferenceOptions) => ReferenceCache;

/** Caches with one defect each, which real caches have had. The suites must catch all of them. */
export const BROKEN_CACHES: Readonly<Record<string, Break>> = {
  "does not promote with get": (options) =>
    new (class extends ReferenceCache {
      override get(key: unknown): unknown {
        if (this.has(key)) this.model.counts.hits++;
        else this.model.counts.misses++;
        return this.peek(key);
      }
    })(options),
  "promotes with peek": (options) =>
    new (class extends ReferenceCache {
      override peek(key: unknown): unknown {
        const { hits, misses } = this.model.counts;
        const value = this.model.get(key);
        Object.assign(this.model.counts, { hits, misses });
        return value;
      }
    })(options),
  "holds one entry too many": (options) =>
    new ReferenceCache({
      ...options,
      max: options.max === undefined ? undefined : options.max + 1,
    }),
  "holds one unit of weight too many": (options) =>
    new ReferenceCache({
      ...options,
      maxWeight: options.maxWeight === undefined ? undefined : options.maxWeight + 1,
    }),
  "does not store undefined": (options) =>
    new (class extends ReferenceCache {
      override set(key: unknown, value: unknown): unknown {
        return value === undefined ? this.delete(key) : super.set(key, value);
      }
    })(options),
  "evicts the hottest entry": (options) =>
    new ReferenceCache({ ...options, victim: (keys) => keys.at(-1) }),
  "does not report a replaced value": (options) =>
    new ReferenceCache({
      ...options,
      onRemoval: (key, value, cause) =>
        cause !== "replaced" && options.onRemoval?.(key, value, cause),
    }),
  "reports an eviction twice": (options) =>
    new ReferenceCache({
      ...options,
      onRemoval: (key, value, cause) => {
        options.onRemoval?.(key, value, cause);
        if (cause === "evicted") options.onRemoval?.(key, value, cause);
      },
    }),
  "reports nothing after clear": (options) => {
    let isClearing = false;
    return new (class extends ReferenceCache {
      override clear(): void {
        isClearing = true;
        super.clear();
        isClearing = false;
      }
    })({
      ...options,
      onRemoval: (...removal) => isClearing || options.onRemoval?.(...removal),
    });
  },
  "keeps the old weight of a replaced entry": (options) =>
    new (class extends ReferenceCache {
      override set(key: unknown, value: unknown): unknown {
        const old = this.info(key)?.weight;
        this.model.set(key, value, old ?? this.model.weigh(value, key));
        return this.report(this);
      }
    })(options),
  "iterates from the coldest entry": (options) =>
    new (class extends ReferenceCache {
      override keys(): Iterable<unknown> {
        return [...super.keys()].reverse();
      }
    })(options),
  "shows a deleted key": (options) =>
    new (class extends ReferenceCache {
      readonly #gone = new Set<unknown>();
      override delete(key: unknown): boolean {
        this.#gone.add(key);
        return super.delete(key);
      }
      override has(key: unknown): boolean {
        return super.has(key) || this.#gone.has(key);
      }
    })(options),
  "confuses strings with numbers": (options) =>
    new (class extends ReferenceCache {
      override set(key: unknown, value: unknown): unknown {
        return super.set(typeof key === "number" ? String(key) : key, value);
      }
      override has(key: unknown): boolean {
        return super.has(typeof key === "number" ? String(key) : key);
      }
      override peek(key: unknown): unknown {
        return super.peek(typeof key === "number" ? String(key) : key);
      }
    })(options),
};
