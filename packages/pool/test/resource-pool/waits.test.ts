import { getEventListeners } from "node:events";
import { ResourcePool, type Clock, type ResourcePoolOptions } from "@heapwise/pool";
import { FakeClock } from "@heapwise/testkit";
import { afterEach, describe, expect, it, vi } from "vitest";
import { createPool, settled, watch, type Thing } from "./pool-fixture.ts";

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

const machinePool = (options: Partial<ResourcePoolOptions<Thing>> = {}): ResourcePool<Thing> =>
  new ResourcePool<Thing>({ create: () => ({ id: 1 }), max: 1, ...options });

/** Lets promises settle, without the end of a turn. */
async function soon(): Promise<void> {
  for (let i = 0; i < 20; i++) await Promise.resolve();
}

/** Fake timers, and a function that advances the clock without them, as a long turn does. */
function startTimers(options?: Parameters<typeof vi.useFakeTimers>[0]): (ms: number) => void {
  vi.useFakeTimers(options);
  const { now } = performance;
  let ahead = 0;
  vi.spyOn(performance, "now").mockImplementation(() => now.call(performance) + ahead);
  return (ms) => void (ahead += ms);
}

describe("After a long turn of the event loop", () => {
  it("a wait has the whole of its own timeout", async () => {
    const burn = startTimers();
    const pool = machinePool();
    const held = await pool.acquire();
    const first = watch(pool.acquire({ timeout: 5000 }));
    burn(200);
    const second = watch(pool.acquire({ timeout: 100 }));
    vi.advanceTimersByTime(99);
    await soon();
    expect([first, second]).toEqual([{}, {}]);
    vi.advanceTimersByTime(1);
    await soon();
    expect(second.error).toMatchObject({ code: "POOL_TIMEOUT" });
    held.release();
    await soon();
    expect(first.value).toBeDefined();
  });

  it.each([
    ["by the end of the turn", undefined],
    ["before the end of the turn", { toFake: ["setTimeout", "performance"] as never }],
  ])("a wait has the whole of the usual timeout, %s", async (_, options) => {
    const burn = startTimers(options);
    const pool = machinePool({ acquireTimeout: 100 });
    const held = await pool.acquire();
    const waits = [watch(pool.acquire())];
    burn(200);
    waits.push(watch(pool.acquire()));
    vi.advanceTimersByTime(99);
    await soon();
    expect(waits).toEqual([{}, {}]);
    vi.advanceTimersByTime(101);
    await soon();
    expect(waits.map(({ error }) => (error as { code: string }).code)).toEqual([
      "POOL_TIMEOUT",
      "POOL_TIMEOUT",
    ]);
    held.release();
  });

  it("the usual timeout comes exactly, with fake timers with and without the end of a turn", async () => {
    for (const options of [undefined, { toFake: ["setTimeout", "performance"] as never }]) {
      vi.useFakeTimers(options);
      const pool = machinePool({ acquireTimeout: 100 });
      const held = await pool.acquire();
      const wait = watch(pool.acquire());
      vi.advanceTimersByTime(99);
      await soon();
      expect(wait).toEqual({});
      vi.advanceTimersByTime(1);
      await soon();
      expect(wait.error).toMatchObject({ code: "POOL_TIMEOUT" });
      held.release();
      vi.useRealTimers();
    }
  });

  it("codel sheds no call because of an earlier overload", async () => {
    const burn = startTimers();
    const pool = machinePool({ codel: { target: 50, interval: 100 } });
    const first = await pool.acquire();
    const second = pool.acquire();
    first.release();
    burn(500);
    const third = watch(pool.acquire());
    vi.advanceTimersByTime(1);
    (await second).release();
    await soon();
    expect(third.error).toBe(undefined);
    expect(third.value).toBeDefined();
  });
});

describe("After fake timers", () => {
  it.each([0, 1e12, 1e14])(
    "that began at %d waits have their timeouts, and idle resources are destroyed",
    async (now) => {
      vi.useFakeTimers({ now });
      const pool = machinePool({ idleTimeout: 1000, acquireTimeout: 100 });
      const before = await pool.acquire();
      const lost = watch(pool.acquire({ timeout: 500 }));
      await soon();
      vi.useRealTimers();
      await settled();
      vi.useFakeTimers({ now: now + 5 });
      const waits = [watch(pool.acquire({ timeout: 100 })), watch(pool.acquire())];
      vi.advanceTimersByTime(99);
      await soon();
      expect(waits).toEqual([{}, {}]);
      vi.advanceTimersByTime(1);
      await soon();
      expect(waits.map(({ error }) => (error as Error).name)).toEqual([
        "PoolTimeoutError",
        "PoolTimeoutError",
      ]);
      expect(lost).toEqual({});
      before.release();
      await soon();
      (lost.value as unknown as { release(): void }).release();
      vi.useRealTimers();
      await settled();
      vi.useFakeTimers();
      (await pool.acquire()).release();
      vi.advanceTimersByTime(1000);
      expect(pool.stats().total).toBe(0);
    },
  );
});

describe("Many waiters with one signal", () => {
  it("listen once, give up together, and leave no listener", async () => {
    const { pool } = createPool({ max: 1 });
    const held = await pool.acquire();
    const controller = new AbortController();
    const { signal } = controller;
    const listeners = (): number => getEventListeners(signal, "abort").length;
    const waits = Array.from({ length: 30 }, () => watch(pool.acquire({ signal })));
    const other = watch(pool.acquire());
    expect([pool.stats().waiting, listeners()]).toEqual([31, 1]);
    held.release();
    await settled();
    expect([pool.stats().waiting, listeners()]).toEqual([30, 1]);
    controller.abort("enough");
    await settled();
    expect(waits.slice(1).every(({ error }) => error === "enough")).toBe(true);
    expect([pool.stats().waiting, listeners()]).toEqual([1, 0]);
    (waits[0]!.value as { release(): void }).release();
    await settled();
    expect(other.value).toBeDefined();
  });

  it("listen again after the last of them has given up", async () => {
    const { pool, clock } = createPool({ max: 1 });
    const held = await pool.acquire();
    const { signal } = new AbortController();
    for (let i = 0; i < 2; i++) {
      const wait = watch(pool.acquire({ signal, timeout: 10 }));
      expect(getEventListeners(signal, "abort").length).toBe(1);
      clock.advance(10);
      await settled();
      expect(wait.error).toMatchObject({ code: "POOL_TIMEOUT" });
      expect(getEventListeners(signal, "abort").length).toBe(0);
    }
    held.release();
  });
});

interface Hostile {
  aborted: boolean;
  reason: unknown;
  addEventListener(type: string, run: () => void): void;
  removeEventListener(): void;
}

const failure = new Error("hostile");
const fail = (): never => {
  throw failure;
};
const quiet = (): Hostile => ({
  aborted: false,
  reason: failure,
  addEventListener: () => {},
  removeEventListener: () => {},
});

/** A getter that throws as of its nth reading. */
function throwsFrom(nth: number, name: "aborted" | "reason"): Hostile {
  let reads = 0;
  return Object.defineProperty(quiet(), name, {
    get: () => (++reads >= nth ? fail() : false),
  });
}

describe("A hostile signal", () => {
  it.each<[string, () => Hostile]>([
    ["addEventListener throws", () => ({ ...quiet(), addEventListener: fail })],
    [
      "addEventListener calls back at once",
      () => ({ ...quiet(), addEventListener: (_, run) => run() }),
    ],
    [
      "addEventListener calls back at once and throws",
      () => ({ ...quiet(), addEventListener: (_, run) => (run(), fail()) }),
    ],
    [
      "both methods throw",
      () => ({ ...quiet(), addEventListener: fail, removeEventListener: fail }),
    ],
    [
      "it aborts without a call",
      () => {
        const signal = quiet();
        signal.addEventListener = () => void (signal.aborted = true);
        return signal;
      },
    ],
    [
      "reason throws",
      () => {
        const signal = throwsFrom(1, "reason");
        signal.addEventListener = (_, run) => run();
        return signal;
      },
    ],
    ...[1, 2, 3, 4].map((nth): [string, () => Hostile] => [
      `aborted throws at reading ${nth}`,
      () => throwsFrom(nth, "aborted"),
    ]),
  ])("whose %s ends its own call, and nothing else", async (_, create) => {
    const { pool, clock } = createPool({ max: 1, acquireTimeout: 1000 });
    const held = await pool.acquire();
    const before = pool.stats();
    for (const options of [{}, { timeout: 10 }]) {
      const wait = watch(pool.acquire({ signal: create() as unknown as AbortSignal, ...options }));
      await settled();
      expect(wait.error).toBe(failure);
    }
    expect(pool.stats()).toEqual(before);
    expect(clock.pending.filter(({ delay }) => delay <= 1000)).toEqual([]);
    clock.advance(5000);
    held.release();
    const lease = await pool.acquire();
    expect(pool.stats()).toMatchObject({ leased: 1, waiting: 0, timeouts: 0 });
    lease.release();
  });

  it("whose removeEventListener throws does not keep a loan from its caller", async () => {
    const { pool } = createPool({ max: 1 });
    const held = await pool.acquire();
    const signal = { ...quiet(), removeEventListener: fail };
    const wait = watch(pool.acquire({ signal: signal as unknown as AbortSignal }));
    held.release();
    await settled();
    expect(wait.value).toBeDefined();
  });
});

describe("A clock that throws", () => {
  it.each(["now", "schedule"] as const)(
    "in any call of its %s loses no caller and no room",
    async (name) => {
      for (let nth = 1; nth <= 30; nth++) {
        const clock = new FakeClock();
        let calls = -Infinity;
        const count = (): void => {
          if (++calls === nth) fail();
        };
        const broken: Clock = {
          now: () => (name === "now" && count(), clock.now()),
          schedule: (run, ms) => (name === "schedule" && count(), clock.schedule(run, ms)),
        };
        const { pool } = createPool({ max: 1, clock: broken, acquireTimeout: 1000 });
        const held = await pool.acquire();
        calls = 0;
        const waits = [watch(pool.acquire()), watch(pool.acquire({ timeout: 50 }))];
        calls = -Infinity;
        await settled();
        for (const { error } of waits) expect([undefined, failure]).toContain(error);
        const left = waits.filter(({ error }) => error === undefined).length;
        expect(pool.stats().waiting).toBe(left);
        expect(watch(pool.acquire())).toEqual({});
        clock.advance(1000);
        await settled();
        expect(pool.stats()).toMatchObject({ waiting: 0, timeouts: left + 1 });
        held.release();
        (await pool.acquire()).release();
      }
    },
  );
});

describe("Controlled delay at a cold start", () => {
  it.each([
    ["long", 300],
    ["shorter than the time until load is shed", 140],
  ])(
    "sheds no call for a first creation that is %s, but calls that wait too long after it",
    async (_, ms) => {
      const clock = new FakeClock();
      const { pool } = createPool({
        max: 2,
        clock,
        codel: { target: 50, interval: 100 },
        create: () =>
          new Promise<Thing>((resolve) => void clock.schedule(() => resolve({ id: 1 }), ms)),
      });
      const waits = Array.from({ length: 8 }, () => watch(pool.acquire()));
      for (let i = 0; i < ms / 10; i++) {
        clock.advance(10);
        await settled();
      }
      expect(waits.filter(({ value }) => value !== undefined).length).toBe(2);
      expect(waits.filter(({ error }) => error !== undefined)).toEqual([]);
      // A loan takes 20 ms.
      for (let served = 0; served < 3; served++) {
        clock.advance(20);
        (waits[2 * served]!.value as { release(): void }).release();
        (waits[2 * served + 1]!.value as { release(): void }).release();
        await settled();
      }
      expect(waits.filter(({ error }) => error !== undefined)).toEqual([]);
      const late = watch(pool.acquire());
      for (let i = 0; i < 20; i++) {
        clock.advance(10);
        await settled();
      }
      expect(late.error).toMatchObject({ code: "POOL_EXHAUSTED", reason: "overload" });
    },
  );
});
