import { FakeClock } from "@heapwise/testkit";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { SYSTEM_CLOCK, type Clock } from "../../src/time/clock.ts";
import { DeadlineQueue } from "../../src/time/deadline-queue.ts";
import { settled } from "../resource-pool/pool-fixture.ts";

const { setTimeout: realTimeout, clearTimeout: realClear } = globalThis;

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
  Object.assign(globalThis, { setTimeout: realTimeout, clearTimeout: realClear });
});

const soon = (ms: number): number => SYSTEM_CLOCK.now() + ms;
const realSleep = (ms: number): Promise<void> => new Promise((end) => realTimeout(end, ms));

/** Records the deadlines that ran. */
function createLog(): { log: string[]; of: (name: string) => () => void } {
  const log: string[] = [];
  return { log, of: (name) => () => void log.push(name) };
}

describe("Deadlines under fake timers", () => {
  const arms = {
    put: (queue: DeadlineQueue) => queue.add(soon(3_600_000), () => {}),
    hold: (queue: DeadlineQueue) => queue.hold(true),
    check: (queue: DeadlineQueue) => queue.check(SYSTEM_CLOCK.now()),
  };

  it.each(Object.entries(arms))("run by the fake timers, from the next %s on", (_, arm) => {
    const { log, of } = createLog();
    const queue = new DeadlineQueue(undefined, false);
    queue.add(soon(1000), of("old"));
    vi.useFakeTimers();
    arm(queue);
    vi.advanceTimersByTime(1500);
    expect(log).toEqual(["old"]);
    queue.add(soon(10), of("new"));
    vi.advanceTimersByTime(10);
    expect(log).toEqual(["old", "new"]);
    queue.clear();
  });

  it.each(Object.entries(arms))(
    "run by the real timers after them, from the next %s on",
    async (_, arm) => {
      vi.useFakeTimers();
      const { log, of } = createLog();
      const queue = new DeadlineQueue(undefined, false);
      queue.add(soon(20), of("old"));
      vi.useRealTimers();
      arm(queue);
      const added = queue.add(soon(1), of("new"));
      expect(added.index).not.toBe(-1);
      while (log.length < 2) await realSleep(1);
      expect(log).toEqual(["new", "old"]);
      queue.clear();
    },
  );

  it("leave no timer of either kind behind", () => {
    const cleared = vi.fn(realClear);
    globalThis.clearTimeout = cleared as typeof clearTimeout;
    const queue = new DeadlineQueue(undefined, true);
    queue.add(soon(3_600_000), () => {});
    vi.useFakeTimers();
    queue.check(SYSTEM_CLOCK.now());
    expect([cleared.mock.calls.length, vi.getTimerCount()]).toEqual([1, 1]);
    queue.clear();
    expect(vi.getTimerCount()).toBe(0);
    vi.useRealTimers();
  });
});

describe("A timer that the host has dropped", () => {
  it.each(["check", "put"] as const)("is armed again by %s once it is late, not before", (by) => {
    let made = 0;
    globalThis.setTimeout = (() => (made++, 1)) as unknown as typeof setTimeout;
    globalThis.clearTimeout = () => {};
    let now = SYSTEM_CLOCK.now();
    vi.spyOn(performance, "now").mockImplementation(() => now);
    now = SYSTEM_CLOCK.now();
    const queue = new DeadlineQueue(undefined, false);
    queue.add(soon(100), () => {});
    const arm = (): void => {
      const time = SYSTEM_CLOCK.now();
      if (by === "check") queue.check(time);
      else queue.add(time + 5000, () => {});
    };
    arm();
    now += 900;
    arm();
    expect(made).toBe(1);
    now += 10_000;
    arm();
    expect(made).toBe(2);
    queue.clear();
  });

  it("is armed by the clock of a program too", () => {
    const clock = new FakeClock();
    const { log, of } = createLog();
    const queue = new DeadlineQueue(clock, false);
    queue.add(100, of("due"));
    clock.jump(10_000);
    queue.check(clock.now());
    expect(clock.pending.length).toBe(1);
    clock.advance(0);
    expect(log).toEqual(["due"]);
    queue.check(clock.now());
    expect(clock.pending.length).toBe(0);
  });

  it("is tried again by check if the host refused it", () => {
    globalThis.setTimeout = (() => {
      throw new Error("not here");
    }) as unknown as typeof setTimeout;
    const queue = new DeadlineQueue(undefined, false);
    queue.add(soon(5), () => {});
    let made = 0;
    globalThis.setTimeout = (() => (made++, 1)) as unknown as typeof setTimeout;
    queue.check(SYSTEM_CLOCK.now());
    expect(made).toBe(1);
    queue.clear();
  });
});

describe("A clock", () => {
  let time: number;
  let log: string[];
  let of: (name: string) => () => void;

  beforeEach(() => {
    time = 0;
    ({ log, of } = createLog());
  });

  it("that runs due callbacks at once runs each after put, and once", async () => {
    const clock: Clock = {
      now: () => time,
      schedule: (run, ms) => {
        if (ms <= 0) run();
        return () => {};
      },
    };
    const queue = new DeadlineQueue(clock, false);
    queue.add(-5, of("a"));
    queue.add(-7, of("b"));
    const later = queue.add(10, of("later"));
    expect(log).toEqual([]);
    await settled();
    await settled();
    expect(log).toEqual(["b", "a"]);
    queue.remove(later);
    time = 10;
    queue.add(10, of("c"));
    await settled();
    await settled();
    expect(log).toEqual(["b", "a", "c"]);
    expect(queue.size).toBe(0);
  });

  it("that runs all callbacks at once comes to an end, and no deadline runs early", async () => {
    let calls = 0;
    const clock: Clock = { now: () => time, schedule: (run) => (calls++, run(), () => {}) };
    const queue = new DeadlineQueue(clock, false);
    queue.add(5, of("a"));
    await settled();
    expect([log, calls]).toEqual([[], 1]);
    time = 5;
    queue.check(time);
    await settled();
    await settled();
    expect(log).toEqual(["a"]);
  });

  it.each(["now", "schedule"] as const)(
    "whose %s throws leaves the deadline to the next call",
    (name) => {
      const clock = new FakeClock();
      let fails = true;
      const broken: Clock = {
        now: () => {
          if (fails && name === "now") throw new Error("broken");
          return clock.now();
        },
        schedule: (run, ms) => {
          if (fails && name === "schedule") throw new Error("broken");
          return clock.schedule(run, ms);
        },
      };
      const queue = new DeadlineQueue(broken, false);
      fails = false;
      queue.add(50, of("c"));
      fails = true;
      queue.add(10, of("a"));
      queue.hold(true);
      queue.check(0);
      fails = false;
      queue.add(20, of("b"));
      expect(clock.pending.map(({ dueAt }) => dueAt)).toEqual([10]);
      clock.advance(50);
      expect(log).toEqual(["a", "b", "c"]);
    },
  );

  it("whose cancel throws, or that runs cancelled callbacks, changes nothing", () => {
    const clock = new FakeClock();
    const broken: Clock = {
      now: clock.now,
      schedule: (run, ms) => {
        clock.schedule(run, ms);
        return () => {
          throw new Error("broken");
        };
      },
    };
    const queue = new DeadlineQueue(broken, false);
    queue.add(20, of("b"));
    queue.add(10, of("a"));
    queue.remove(queue.add(5, of("none")));
    clock.advance(100);
    expect(log).toEqual(["a", "b"]);
    queue.add(200, of("none"));
    queue.clear();
    clock.advance(200);
    expect([log, queue.size]).toEqual([["a", "b"], 0]);
  });

  it("sees all due callbacks run, the timer armed again, and the first error thrown at the end", () => {
    const clock = new FakeClock();
    const queue = new DeadlineQueue(clock, false);
    for (const name of ["first", "second"]) {
      queue.add(10, () => {
        log.push(name);
        throw new Error(name);
      });
    }
    queue.add(10, of("third"));
    queue.add(20, of("later"));
    expect(() => clock.advance(15)).toThrow("first");
    expect([...log].sort()).toEqual(["first", "second", "third"]);
    expect(clock.pending.length).toBe(1);
    clock.advance(10);
    expect(log.at(-1)).toBe("later");
  });
});
