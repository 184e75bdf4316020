import v8 from "node:v8";
import { collectNow } from "@heapwise/testkit";
import { Interner, WeakCache, WeakKeyCache } from "@heapwise/weak";
import { afterEach, describe, expect, it, vi } from "vitest";
import { expectCollected, expectKept, refsTo, things, type Thing } from "../collected.ts";

interface Globals {
  setImmediate: unknown;
  setTimeout: unknown;
}

const globals = globalThis as unknown as Globals;
const genuine = { setImmediate, setTimeout, clearImmediate };

/** Waits for a macrotask of the host, whatever the globals are. */
function macrotask(): Promise<void> {
  return new Promise((resolve) => void genuine.setImmediate(resolve));
}

/** The functions that the fakes of a test received, in order. */
let taken: (() => void)[] = [];
const take = (run: () => void): void => void taken.push(run);

/** The present time of a test's clock, in ms. */
let time = 0;

/** Ways to take the macrotasks away from a program, and to restore them. */
const LOSSES: Record<string, { take(): void; readonly cancels?: boolean }> = {
  "vi.useFakeTimers()": { take: () => void vi.useFakeTimers() },
  "vi.useFakeTimers of setImmediate": {
    take: () => void vi.useFakeTimers({ toFake: ["setImmediate"] }),
  },
  "vi.useFakeTimers of all there is": {
    take: () =>
      void vi.useFakeTimers({
        toFake: ["setImmediate", "setTimeout", "setInterval", "Date", "performance"],
      }),
  },
  "fakes that are replaced by others": {
    take: () => {
      vi.useFakeTimers();
      vi.useFakeTimers({ toFake: ["setImmediate"] });
    },
  },
  "a setImmediate of one's own": { take: () => void (globals.setImmediate = take) },
  "timers of one's own": {
    take: () => void (globals.setImmediate = globals.setTimeout = take),
  },
  "a setTimeout of one's own alone": {
    take: () => {
      globals.setImmediate = undefined;
      globals.setTimeout = take;
    },
  },
  "a page that cancels its timers": {
    take: () => {
      globals.setImmediate = (run: () => void) => {
        const timer = genuine.setImmediate(run);
        taken.push(() => genuine.clearImmediate(timer));
      };
    },
    cancels: true,
  },
};

afterEach(() => {
  restoreTimers();
  vi.restoreAllMocks();
  taken = [];
});

/** Collects while the macrotasks are taken away, and restores them. */
async function collectWithout(loss: (typeof LOSSES)[string]): Promise<void> {
  loss.take();
  for (let i = 0; i < 3; i++) {
    collectNow();
    await macrotask();
    if (loss.cancels) for (const cancel of taken.splice(0)) cancel();
  }
  // A page continues with the timers that it has.
  if (!loss.cancels) restoreTimers();
}

function restoreTimers(): void {
  vi.useRealTimers();
  Object.assign(globals, genuine);
}

interface Subject {
  readonly size: number;
  fill(count: number, from: number): void;
}

const SUBJECTS: Record<string, () => Subject> = {
  WeakCache: () => {
    const cache = new WeakCache<number, Thing>({ strong: { max: 0 } });
    return {
      fill: (count, from) => things(count, from).forEach((value) => cache.set(value.id, value)),
      get size() {
        return cache.size;
      },
    };
  },
  WeakKeyCache: () => {
    const cache = new WeakKeyCache<Thing, number>();
    return {
      fill: (count, from) => things(count, from).forEach((key) => cache.set(key, key.id)),
      get size() {
        return cache.size;
      },
    };
  },
  Interner: () => {
    const interner = new Interner<number, Thing>();
    return {
      fill: (count, from) =>
        things(count, from).forEach((value) => interner.intern(value.id, () => value)),
      get size() {
        return interner.size;
      },
    };
  },
};

describe.each(Object.entries(LOSSES))("After %s", (_, loss) => {
  it.each(Object.entries(SUBJECTS))("a %s is swept", async (_name, make) => {
    const subject = make();
    subject.fill(1000, 0);
    await macrotask();
    await collectWithout(loss);
    subject.fill(1000, 1000);
    expect(subject.size).toBeGreaterThanOrEqual(1000);
    expect(await settled(() => subject.size < 200)).toBe(true);
  });

  it("onCollect is called once with each key", async () => {
    const told: number[] = [];
    const cache = new WeakCache<number, Thing>({
      strong: { max: 0 },
      onCollect: (key) => told.push(key),
    });
    things(1000).forEach((value) => cache.set(value.id, value));
    await macrotask();
    await collectWithout(loss);
    things(1000, 1000).forEach((value) => cache.set(value.id, value));
    expect(await settled(() => told.length > 1800)).toBe(true);
    // The functions that the fakes took come late.
    for (const run of taken.splice(0)) run();
    await macrotask();
    expect(new Set(told).size).toBe(told.length);
  });

  it("a cache with a soft limit still holds values weakly", async () => {
    const heap = { ...v8.getHeapStatistics(), heap_size_limit: 1000, external_memory: 0 };
    vi.spyOn(v8, "getHeapStatistics").mockImplementation(() => heap);
    const cache = new WeakCache<number, Thing>({ strong: { max: 10 }, softLimit: "70%" });
    heap.used_heap_size = 100;
    loss.take();
    const held = things(100);
    for (const value of held.slice(0, 50)) {
      cache.set(value.id, value);
      heap.used_heap_size += 100;
    }
    expect(cache.stats().dropped).toBeGreaterThan(0);
    heap.used_heap_size = 100;
    for (const value of held) cache.set(value.id, value);
    await collectWithout(loss);
    const isWhole = (): boolean => {
      const { dropped } = cache.stats();
      for (const value of held) cache.set(value.id, value);
      const isFound = held.every((value) => cache.get(value.id) === value);
      return isFound && cache.stats().dropped === dropped;
    };
    expect(await settled(isWhole)).toBe(true);
  });
});

it.each(Object.entries(LOSSES))("A package that met %s first is swept after", async (_, loss) => {
  loss.take();
  vi.resetModules();
  const { WeakCache: Fresh } = await import("@heapwise/weak");
  expect(Fresh).not.toBe(WeakCache);
  const cache = new Fresh<number, Thing>({ strong: { max: 10 } });
  things(1000).forEach((value) => cache.set(value.id, value));
  await macrotask();
  await collectWithout(loss);
  things(1000).forEach((value) => cache.set(value.id, value));
  expect(await settled(() => cache.size < 200)).toBe(true);
});

it.each([
  ["by a clock of its own", () => time],
  ["by Date", undefined],
])("A residence lets go after its time %s, which steps back", async (_, now) => {
  time = 7_200_000;
  vi.useFakeTimers({ toFake: ["Date"], now: time });
  const cache = new WeakCache<number, Thing>({
    strong: { max: 0 },
    minResidence: { ms: 1000 },
    clock: { now: now ?? (() => Date.now()) },
  });
  const write = (count: number, from: number): WeakRef<WeakKey>[] =>
    refsTo(things(count, from).map((value) => (cache.set(value.id, value), value)));
  const move = (ms: number): void => void vi.setSystemTime((time += ms));
  const early = write(1, 0);
  move(-3_600_000);
  const refs = write(1000, 1);
  move(999);
  await expectKept([...early, ...refs]);
  move(1);
  const [late] = write(1, 2000);
  await expectCollected(refs);
  expect(late!.deref()).toBeDefined();
});

/**
 * Returns whether `done` becomes true after a few collections: a frame on the stack may survive
 * one.
 */
async function settled(done: () => boolean): Promise<boolean> {
  for (let i = 0; i < 10; i++) {
    await macrotask();
    collectNow();
    for (let turn = 0; turn < 100; turn++) {
      await macrotask();
      if (done()) return true;
    }
  }
  return false;
}
