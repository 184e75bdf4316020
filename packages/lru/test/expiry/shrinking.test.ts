import { LRUCache } from "@heapwise/lru";
import { FakeClock } from "@heapwise/testkit";
import { describe, expect, it } from "vitest";
import { loggedCache, POLICIES } from "../logged-cache.ts";

describe.each(POLICIES)("Columns of time with %s", (_name, create) => {
  it("follow entries that move when the cache shrinks, and grow again", () => {
    const clock = new FakeClock();
    const cache = new LRUCache<number, number>({
      max: 5000,
      idleTtl: 1e6,
      clock,
      policy: create(),
      seed: 1,
    });
    for (let i = 0; i < 4000; i++) cache.set(i, i, { ttl: 1000 + i });
    cache.deleteWhere((value) => value % 40 !== 0);
    for (let i = 0; i < 4000; i += 40) {
      expect(cache.info(i)).toEqual({ weight: 1, age: 0, idle: 0, expiresIn: 1000 + i });
    }
    for (let i = 5000; i < 6000; i++) cache.set(i, i);
    for (let now = 1000; now < 5000; now += 40) {
      clock.advance(now - clock.now());
      expect(cache.size).toBe(1000 + 99 - Math.floor((now - 1000) / 40));
    }
    expect(cache.stats().expirations).toBe(100);
    clock.advance(2e6);
    expect([cache.size, cache.stats().expirations]).toEqual([0, 1100]);
  });
});

describe("Between two ticks of the wheel", () => {
  it("an expired entry is inserted again, deleted as expired, and never shown", () => {
    const clock = new FakeClock();
    const { cache, log } = loggedCache<string, number>({ max: 5, clock: { now: clock.now } });
    cache.set("a", 1, { ttl: 10.001 }).set("b", 1, { ttl: 10.001 });
    clock.advance(10.002);
    expect([cache.has("a"), [...cache]]).toEqual([false, []]);
    cache.set("a", 2);
    expect(cache.delete("b")).toBe(false);
    expect(log).toEqual([
      ["a", 1, "expired"],
      ["b", 1, "expired"],
    ]);
    expect(cache.stats()).toMatchObject({ inserts: 3, updates: 0, expirations: 2 });
  });
});
