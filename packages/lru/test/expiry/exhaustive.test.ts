import { LRUCache } from "@heapwise/lru";
import { FakeClock } from "@heapwise/testkit";
import { describe, expect, it } from "vitest";
import { POLICIES } from "../logged-cache.ts";

const KEYS = ["a", "b", "c", "d", "e"];

function permutations<T>(items: readonly T[]): T[][] {
  if (items.length === 0) return [[]];
  return items.flatMap((item, i) =>
    permutations([...items.slice(0, i), ...items.slice(i + 1)]).map((rest) => [item, ...rest]),
  );
}

describe("Every order of use of five entries, and every choice of expired entries", () => {
  it("with strict LRU: expired entries are removed, the others keep their order, and newcomers take the free slots", () => {
    const clock = new FakeClock();
    for (const order of permutations(KEYS)) {
      for (let stale = 0; stale < 32; stale++) {
        const log: string[] = [];
        const cache = new LRUCache<string, number>({
          max: 5,
          clock: { now: clock.now },
          onRemoval: (key, _value, cause) => log.push(`${key} ${cause}`),
        });
        const isStale = (key: string): boolean => (stale & (1 << KEYS.indexOf(key))) !== 0;
        for (const key of KEYS) cache.set(key, 0, { ttl: isStale(key) ? 10 : 100 });
        for (const key of order) cache.get(key);
        clock.advance(10);

        const live = order.filter((key) => !isStale(key));
        const expired = KEYS.filter(isStale).map((key) => `${key} expired`);
        expect([...cache.keys()]).toEqual([...live].reverse());
        expect(cache.coldest(5).map(([key]) => key)).toEqual(live);
        cache.set("new", 1);
        expect(log).toEqual(stale === 0 ? [`${live[0]} evicted`] : expired);
        const kept = stale === 0 ? live.slice(1) : live;
        expect([...cache.keys()]).toEqual(["new", ...kept.reverse()]);
        expect(cache.size).toBe(kept.length + 1);
      }
    }
  });

  it.each(POLICIES)(
    "with %s: no live entry leaves while an expired one is there",
    (_name, create) => {
      const clock = new FakeClock();
      for (let stale = 1; stale < 32; stale++) {
        for (let used = 0; used < 32; used++) {
          const causes = new Set<string>();
          const cache = new LRUCache<string, number>({
            max: 5,
            policy: create(),
            seed: 1,
            clock: { now: clock.now },
            onRemoval: (_key, _value, cause) => causes.add(cause),
          });
          KEYS.forEach((key, i) => cache.set(key, 0, { ttl: stale & (1 << i) ? 10 : 100 }));
          KEYS.forEach((key, i) => used & (1 << i) && cache.get(key));
          clock.advance(10);
          const live = KEYS.filter((_key, i) => !(stale & (1 << i)));
          for (let i = live.length; i < 5; i++) cache.set(`new ${i}`, i);
          expect([...causes]).toEqual(["expired"]);
          expect(new Set(cache.keys()).size).toBe(5);
          for (const key of live) expect(cache.has(key)).toBe(true);
        }
      }
    },
  );
});
