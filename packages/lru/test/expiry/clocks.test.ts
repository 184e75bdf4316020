import { FakeClock } from "@heapwise/testkit";
import { describe, expect, it } from "vitest";
import { loggedCache } from "../logged-cache.ts";

/** A clock whose parts throw while a test says so. */
function faultyClock() {
  const fake = new FakeClock();
  const failure = new Error("out of order");
  const faults = { now: false, schedule: false, cancel: false };
  const clock = {
    now: () => {
      if (faults.now) throw failure;
      return fake.now();
    },
    schedule: (run: () => void, ms: number) => {
      if (faults.schedule) throw failure;
      const cancel = fake.schedule(run, ms);
      return () => {
        cancel();
        if (faults.cancel) throw failure;
      };
    },
  };
  return { fake, clock, faults, failure };
}

describe("A cache whose clock throws", () => {
  it("is empty after it is disposed of", () => {
    const { fake, clock, faults, failure } = faultyClock();
    const { cache, log } = loggedCache<string, number>({ max: 5, ttl: 10, clock });
    cache.set("a", 1);
    faults.now = true;
    expect(() => cache[Symbol.dispose]()).toThrow(failure);
    faults.now = false;
    expect([cache.get("a"), cache.size, fake.pending]).toEqual([undefined, 0, []]);
    expect(log).toEqual([["a", 1, "deleted"]]);
  });

  it("reports removals, and wakes later, if a timer could not be set", () => {
    const { fake, clock, faults, failure } = faultyClock();
    const errors: unknown[] = [];
    const onError = (error: unknown): number => errors.push(error);
    const { cache, log } = loggedCache<string, number>({ max: 1, ttl: 10, clock, onError });
    faults.schedule = true;
    cache.set("a", 1).set("b", 2);
    expect([log, errors]).toEqual([[["a", 1, "evicted"]], [failure, failure]]);
    faults.schedule = false;
    cache.set("c", 3);
    fake.advance(20);
    expect(log.slice(1)).toEqual([
      ["b", 2, "evicted"],
      ["c", 3, "expired"],
    ]);
  });

  it("reports removals if a timer could not be cancelled", () => {
    const { clock, faults, failure } = faultyClock();
    const errors: unknown[] = [];
    const onError = (error: unknown): number => errors.push(error);
    const { cache, log } = loggedCache<string, number>({ max: 5, ttl: 10, clock, onError });
    cache.set("a", 1);
    faults.cancel = true;
    cache.clear();
    expect([log, errors]).toEqual([[["a", 1, "deleted"]], [failure]]);
  });
});

describe("A cache whose clock jumps", () => {
  it("sets its timer again if the clock has passed it", () => {
    const fake = new FakeClock();
    const { cache, log } = loggedCache<string, number>({ max: 5, ttl: 1000, clock: fake });
    cache.set("a", 1, { ttl: 1e9 });
    // If a program corrects its wall clock, the timer still takes the same time.
    fake.jump(2e9);
    cache.set("b", 2);
    expect(log).toEqual([["a", 1, "expired"]]);
    expect(fake.pending.map(({ delay }) => delay)).toEqual([1000]);
  });

  it("removes an entry in time after a step back", () => {
    const fake = new FakeClock(1e9);
    const { cache, log } = loggedCache<string, number>({ max: 5, ttl: 1000, clock: fake });
    cache.set("a", 1);
    fake.jump(5e8);
    cache.set("b", 2);
    expect(fake.pending.map(({ delay }) => delay)).toEqual([1000]);
    fake.advance(1100);
    expect(log).toEqual([["b", 2, "expired"]]);
    expect(cache.has("a")).toBe(true);
  });
});
