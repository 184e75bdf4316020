import { getEventListeners } from "node:events";
import { LRUCache } from "@heapwise/lru";
import { memoize } from "@heapwise/lru/memoize";
import { meterCache } from "@heapwise/lru/opentelemetry";
import { gcUntil } from "@heapwise/testkit";
import { MeterProvider } from "@opentelemetry/sdk-metrics";
import { describe, expect, it } from "vitest";
import { settled } from "./deferred.ts";

interface Thing {
  readonly name: string;
}

const alive = (refs: readonly WeakRef<object>[]): number =>
  refs.filter((ref) => ref.deref() !== undefined).length;

describe("A load that is over", () => {
  it("keeps neither its value nor its promises, nor its callers' listeners", async () => {
    const controller = new AbortController();
    const cache = new LRUCache<number, Thing>({
      max: 1,
      load: async (id) => ({ name: `thing ${id}` }),
    });
    const refs: WeakRef<object>[] = [];
    const run = async (): Promise<void> => {
      for (let id = 0; id < 40; id++) {
        const options = id % 2 === 0 ? undefined : { signal: controller.signal };
        const promise = cache.getOrLoad(id, undefined, options);
        refs.push(new WeakRef(promise), new WeakRef(await promise));
      }
    };
    await run();
    // The last value is in the cache.
    expect(await gcUntil(() => alive(refs) <= 1)).toBe(true);
    expect([cache.size, getEventListeners(controller.signal, "abort")]).toEqual([1, []]);
  });

  it("keeps nothing when its callers have left and its loader never ends", async () => {
    const signal = new AbortController();
    const cache = new LRUCache<object, Thing>({ max: 10, load: () => new Promise(() => {}) });
    const refs: WeakRef<object>[] = [];
    const ask = (): void => {
      for (let i = 0; i < 40; i++) {
        const key = {};
        const promise = cache.getOrLoad(key, undefined, { signal: signal.signal });
        promise.catch(() => {});
        refs.push(new WeakRef(key), new WeakRef(promise));
      }
    };
    ask();
    expect(await gcUntil(() => alive(refs) < 80, { tries: 2 })).toBe(false);
    signal.abort("gone");
    await settled();
    expect(await gcUntil(() => alive(refs) === 0)).toBe(true);
    expect(cache.stats().inFlight).toBe(0);
  });

  it("keeps nothing when its keys are deleted while it lands", async () => {
    const refs: WeakRef<object>[] = [];
    const cache: LRUCache<object, Thing> = new LRUCache<object, Thing>({
      max: 1,
      onRemoval: () => cache.clear(),
      loadMany: async (keys) => keys.map((key) => [key, { name: "thing" }]),
    });
    const ask = async (): Promise<void> => {
      const keys = Array.from({ length: 20 }, () => ({}));
      const values = await cache.getOrLoadMany(keys);
      refs.push(...[...keys, ...values.values()].map((object) => new WeakRef(object)));
    };
    await ask();
    expect(await gcUntil(() => alive(refs) === 0)).toBe(true);
  });

  it("keeps nothing after the disposal of its cache", async () => {
    const refs: WeakRef<object>[] = [];
    const cache = new LRUCache<object, Thing>({ max: 10, load: () => new Promise(() => {}) });
    const ask = (): void => {
      for (let i = 0; i < 20; i++) {
        const key = {};
        const promise = cache.getOrLoad(key);
        promise.catch(() => {});
        refs.push(new WeakRef(key), new WeakRef(promise));
      }
    };
    ask();
    cache[Symbol.dispose]();
    expect(await gcUntil(() => alive(refs) === 0)).toBe(true);
  });
});

describe("A cache that nothing holds", () => {
  it("is collected despite timers of a refresh, a window and a remembered failure", async () => {
    const create = async (): Promise<WeakRef<object>> => {
      const cache = new LRUCache<string, Thing>({
        max: 10,
        ttl: 30 * 86_400_000,
        staleIfError: 86_400_000,
        negativeTtl: 86_400_000,
        hardTimeout: 86_400_000,
        load: async (key) => {
          if (key === "bad") throw new Error("bad");
          return { name: key };
        },
      });
      await cache.getOrLoad("good");
      await cache.getOrLoad("bad").catch(() => {});
      return new WeakRef(cache);
    };
    const ref = await create();
    expect(await gcUntil(() => ref.deref() === undefined)).toBe(true);
  });

  it("is not held by the meter that reads it", async () => {
    const meter = new MeterProvider().getMeter("test");
    const create = (): WeakRef<object> =>
      new WeakRef(
        new LRUCache<string, string>({ max: 10, observers: [meterCache(meter, { name: "a" })] }),
      );
    const ref = create();
    expect(await gcUntil(() => ref.deref() === undefined)).toBe(true);
  });
});

describe("memoize", () => {
  it("keeps no object alive whose method was called, although its results are stored with it", async () => {
    class Report {
      readonly lines = ["a", "b"];
      declare line: (at: number) => { text: string };
      declare lineLater: (at: number) => Promise<{ text: string }>;
      static {
        this.prototype.line = memoize(
          function (this: Report, at: number) {
            return { text: this.lines[at]!, of: this };
          },
          { ttl: 86_400_000 },
        );
        this.prototype.lineLater = memoize(async function (this: Report, at: number) {
          return { text: this.lines[at]!, of: this };
        });
      }
    }
    const kept = new Report();
    const keptLine = new WeakRef(kept.line(0));
    const create = async (): Promise<WeakRef<object>[]> => {
      const report = new Report();
      return [
        new WeakRef(report),
        new WeakRef(report.line(0)),
        new WeakRef(await report.lineLater(1)),
      ];
    };
    const refs = await create();
    expect(await gcUntil(() => alive(refs) === 0)).toBe(true);
    expect(kept.line(0)).toBe(keptLine.deref());
  });

  it("keeps no argument alive that left the cache", async () => {
    const first = memoize((a: object, _b: object) => a, { max: 1 });
    const call = (): WeakRef<object>[] => {
      const [a, b] = [{}, {}];
      first(a, b);
      return [new WeakRef(a), new WeakRef(b)];
    };
    const refs = call();
    first({}, {});
    expect(await gcUntil(() => alive(refs) === 0)).toBe(true);
  });
});
