import { ObjectPool, PoolClosedError, PoolExhaustedError } from "@heapwise/pool";
import { FakeClock } from "@heapwise/testkit";
import { checkProperty } from "@heapwise/testkit/vitest";
import { AsyncLocalStorage } from "node:async_hooks";
import fc from "fast-check";
import { afterEach, describe, expect, it, vi } from "vitest";

interface Thing {
  readonly id: number;
  isGood: boolean;
}

type Options = ConstructorParameters<typeof ObjectPool<Thing>>[0];

function createPool(options: Partial<Options> = {}): {
  pool: ObjectPool<Thing>;
  destroyed: number[];
} {
  let made = 0;
  const destroyed: number[] = [];
  const pool = new ObjectPool<Thing>({
    create: () => ({ id: ++made, isGood: true }),
    destroy: ({ id }) => destroyed.push(id),
    ...options,
  });
  return { pool, destroyed };
}

function thrownBy(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
}

afterEach(() => void vi.useRealTimers());

describe("keep", () => {
  it("is called before reset, and has a refused object destroyed without an error", () => {
    const asked: string[] = [];
    const { pool, destroyed } = createPool({
      keep: ({ id, isGood }) => (asked.push(`keep ${id}`), isGood),
      reset: ({ id }) => asked.push(`reset ${id}`),
    });
    const [a, b] = [pool.acquire(), pool.acquire()];
    b.isGood = false;
    pool.release(a);
    pool.release(b);
    expect(asked).toEqual(["keep 1", "reset 1", "keep 2"]);
    expect(destroyed).toEqual([2]);
    expect(pool.stats()).toEqual({ idle: 1, acquired: 2, created: 2, dropped: 1 });
    pool.use((thing) => (thing.isGood = false));
    const lease = pool.lease();
    lease.value.isGood = false;
    lease.release();
    expect(pool.stats()).toMatchObject({ idle: 0, dropped: 3 });
  });

  it.each([
    [
      "throws",
      (): boolean => {
        throw new Error("broken");
      },
      "broken",
    ],
    [
      "returns a promise",
      (): boolean => Promise.reject(new Error("late")) as never,
      "keep returned a promise",
    ],
  ])("destroys an object when it %s, and release throws", (_, keep, message) => {
    const { pool, destroyed } = createPool({ keep });
    const thing = pool.acquire();
    expect(() => pool.release(thing)).toThrow(message);
    expect(destroyed).toEqual([1]);
    expect(pool.stats()).toMatchObject({ idle: 0, dropped: 1 });
  });

  it("gets the object itself in debug mode, as its borrower left it", () => {
    const seen: unknown[] = [];
    const bytes = new Uint8Array(2);
    const pool = new ObjectPool({
      create: () => bytes,
      keep: (each) => (seen.push(each, each[0]), true),
      debug: true,
    });
    pool.use((each) => (each[0] = 7));
    expect(seen).toEqual([bytes, 7]);
    expect(seen[0]).toBe(bytes);
    expect(bytes[0]).toBe(0xdb);
  });
});

describe("A callback that returns a promise", () => {
  it("is refused for create, and nothing is lent", async () => {
    const unhandled = vi.fn();
    process.on("unhandledRejection", unhandled);
    for (const promise of [() => Promise.resolve({}), () => Promise.reject(new Error("late"))]) {
      const pool = new ObjectPool<object>({ create: promise, max: 1 });
      for (const ask of [() => pool.acquire(), () => pool.lease(), () => pool.use(() => 0)]) {
        const error = thrownBy(ask);
        expect(error).toBeInstanceOf(TypeError);
        expect((error as Error).message).toContain("create returned a promise");
      }
      expect(pool.stats()).toEqual({ idle: 0, acquired: 0, created: 0, dropped: 0 });
    }
    expect(() => new ObjectPool({ create: async () => ({}), prefill: 1 })).toThrow(TypeError);
    await new Promise((resolve) => setImmediate(resolve));
    process.off("unhandledRejection", unhandled);
    expect(unhandled).not.toHaveBeenCalled();
  });

  it("is refused for reset, and the object is destroyed", async () => {
    const unhandled = vi.fn();
    process.on("unhandledRejection", unhandled);
    const thenable = {
      // oxlint-disable-next-line no-thenable
      then: (_: unknown, reject: (error: Error) => void) => reject(new Error("late")),
    };
    for (const reset of [async () => 1, () => Promise.reject(new Error("late")), () => thenable]) {
      for (const debug of [false, true]) {
        const { pool, destroyed } = createPool({ reset, debug });
        const thing = pool.acquire();
        const error = thrownBy(() => pool.release(thing));
        expect(error).toBeInstanceOf(TypeError);
        expect((error as Error).message).toContain("reset returned a promise");
        expect(destroyed).toEqual([1]);
        expect(pool.stats()).toMatchObject({ idle: 0, dropped: 1 });
      }
    }
    await new Promise((resolve) => setImmediate(resolve));
    process.off("unhandledRejection", unhandled);
    expect(unhandled).not.toHaveBeenCalled();
  });

  it("is the only refused result of reset: the object itself, a number or a text are fine", () => {
    for (const answer of [1, "a", null, {}, () => 1, Symbol("s")]) {
      const { pool } = createPool({ reset: () => answer });
      pool.release(pool.acquire());
      expect(pool.stats()).toMatchObject({ idle: 1, dropped: 0 });
    }
    const rows = new ObjectPool({ create: () => new Float64Array(2), reset: (row) => row.fill(0) });
    rows.use((row) => row.fill(1));
    expect([...rows.acquire()]).toEqual([0, 0]);
  });
});

describe("prefill that fails", () => {
  it("destroys the objects that were made, and throws the error of create", () => {
    const destroyed: number[] = [];
    let made = 0;
    const options: Options = {
      create: () => {
        if (++made === 3) throw new Error("third");
        return { id: made, isGood: true };
      },
      destroy: ({ id }) => {
        destroyed.push(id);
        throw new Error("destroy");
      },
      prefill: 5,
    };
    expect(() => new ObjectPool(options)).toThrow("third");
    expect(destroyed).toEqual([1, 2]);
  });
});

describe("idleTimeout", () => {
  it("destroys objects that were idle for one to two of these times, and no others", () => {
    const clock = new FakeClock();
    const { pool, destroyed } = createPool({ idleTimeout: 100, clock });
    const all = [1, 2, 3].map(() => pool.acquire());
    expect(clock.pending).toEqual([]);
    for (const each of all) pool.release(each);
    expect(clock.pending.length).toBe(1);
    clock.advance(100);
    expect(pool.stats().idle).toBe(3);
    // The last two objects are used in between.
    const [c, b] = [pool.acquire(), pool.acquire()];
    expect([c.id, b.id]).toEqual([3, 2]);
    pool.release(b);
    pool.release(c);
    clock.advance(99);
    expect(destroyed).toEqual([]);
    clock.advance(1);
    expect(destroyed).toEqual([1]);
    expect(pool.acquire().id).toBe(3);
    clock.advance(100);
    expect(destroyed).toEqual([1, 2]);
    expect(pool.stats()).toEqual({ idle: 0, acquired: 6, created: 3, dropped: 0 });
    expect(clock.pending).toEqual([]);
  });

  it("keeps the order, maxIdle and trim over both parts of the stack", () => {
    const clock = new FakeClock();
    const { pool, destroyed } = createPool({ idleTimeout: 100, clock, maxIdle: 3, prefill: 2 });
    expect(clock.pending.length).toBe(1);
    const third = pool.acquire();
    const [one, fourth, fifth] = [pool.acquire(), pool.acquire(), pool.acquire()];
    pool.release(one);
    pool.release(third);
    clock.advance(100);
    pool.release(fourth);
    pool.release(fifth);
    expect(destroyed).toEqual([fifth.id]);
    expect(pool.stats().idle).toBe(3);
    expect(pool.trim(2)).toBe(1);
    expect(destroyed).toEqual([fifth.id, one.id]);
    expect([pool.acquire(), pool.acquire()]).toEqual([fourth, third]);
    for (const each of [fourth, third]) pool.release(each);
    expect(pool.stats().idle).toBe(2);
    pool[Symbol.dispose]();
    clock.advance(1000);
    expect(pool.stats().idle).toBe(0);
    expect(clock.pending).toEqual([]);
  });

  it("needs no timer by default, and otherwise one that does not keep the process alive", () => {
    const { pool } = createPool({ prefill: 3 });
    const spy = vi.spyOn(globalThis, "setTimeout");
    pool.release(pool.acquire());
    expect(spy).not.toHaveBeenCalled();
    const timed = createPool({ idleTimeout: 50_000 }).pool;
    timed.release(timed.acquire());
    timed.release(timed.acquire());
    expect(spy).toHaveBeenCalledTimes(1);
    const timer = spy.mock.results[0]!.value as NodeJS.Timeout;
    expect(timer.hasRef()).toBe(false);
    clearTimeout(timer);
    spy.mockRestore();
  });

  it("fires outside the context of the code that returned an object", () => {
    vi.useFakeTimers();
    const context = new AsyncLocalStorage<string>();
    const seen: unknown[] = [];
    const { pool } = createPool({
      idleTimeout: 100,
      clock: {
        now: () => 0,
        schedule: (run, ms) => {
          seen.push(context.getStore());
          const timer = setTimeout(run, ms);
          return () => clearTimeout(timer);
        },
      },
    });
    context.run("request", () => pool.release(pool.acquire()));
    expect(seen).toEqual([undefined]);
  });

  it("goes on if fake timers are installed or removed", () => {
    vi.useFakeTimers();
    const { pool } = createPool({ idleTimeout: 100 });
    const [a, b] = [pool.acquire(), pool.acquire()];
    pool.release(a);
    vi.useRealTimers();
    vi.useFakeTimers();
    pool.release(b);
    vi.advanceTimersByTime(100);
    expect(pool.stats().idle).toBe(2);
    vi.advanceTimersByTime(100);
    expect(pool.stats().idle).toBe(0);
  });

  it("can be longer than the longest timer", () => {
    vi.useFakeTimers();
    const month = 31 * 24 * 3600 * 1000;
    const { pool } = createPool({ idleTimeout: month, prefill: 1 });
    vi.advanceTimersByTime(2 * month - 1);
    expect(pool.stats().idle).toBe(1);
    vi.advanceTimersByTime(1);
    expect(pool.stats().idle).toBe(0);
  });

  it("reads a clock without schedule at each return, and goes on without a clock that throws", () => {
    let now = 0;
    const { pool, destroyed } = createPool({ idleTimeout: 100, clock: { now: () => now } });
    const [a, b] = [pool.acquire(), pool.acquire()];
    pool.release(a);
    pool.release(b);
    for (now = 100; now <= 300; now += 100) pool.release(pool.acquire());
    expect(destroyed).toEqual([1]);
    const fails = (): never => {
      throw new Error("no timers here");
    };
    const other = createPool({ idleTimeout: 100, clock: { now: fails, schedule: fails } }).pool;
    other.release(other.acquire());
    expect(other.stats().idle).toBe(1);
  });

  it("destroys all objects even if destroy throws, and goes on", () => {
    const clock = new FakeClock();
    const destroyed: number[] = [];
    const { pool } = createPool({
      idleTimeout: 100,
      clock,
      prefill: 3,
      destroy: ({ id }) => {
        destroyed.push(id);
        throw new Error(`no ${id}`);
      },
    });
    clock.advance(100);
    expect(() => clock.advance(100)).toThrow("no 1");
    expect(destroyed).toEqual([1, 2, 3]);
    pool.release(pool.acquire());
    clock.advance(100);
    expect(() => clock.advance(100)).toThrow("no 4");
  });
});

describe("max", () => {
  it("refuses a loan beyond it, with counts, and lends again after a return", () => {
    const { pool, destroyed } = createPool({ max: 2, name: "parsers" });
    const a = pool.acquire();
    const lease = pool.lease();
    for (const ask of [() => pool.acquire(), () => pool.lease(), () => pool.use(() => 0)]) {
      const error = thrownBy(ask) as PoolExhaustedError;
      expect(error).toBeInstanceOf(PoolExhaustedError);
      expect(error.reason).toBe("bound");
      expect(error.message).toContain("parsers has 2 of 2 (0 idle, 2 leased");
      expect(error.pool).toMatchObject({ total: 2, max: 2, idle: 0, leased: 2, creating: 0 });
    }
    expect(pool.stats()).toMatchObject({ acquired: 2, created: 2 });
    pool.release(a);
    expect(pool.acquire()).toBe(a);
    lease.destroy();
    expect(destroyed).toEqual([2]);
    expect(pool.acquire().id).toBe(3);
    expect(() => pool.acquire()).toThrow(PoolExhaustedError);
  });

  it("does not count failed creations, nor objects that keep, reset, trim and maxIdle have ended", () => {
    let fails = true;
    const { pool } = createPool({
      max: 2,
      maxIdle: 1,
      create: () => {
        if (fails) throw new Error("no");
        return { id: 0, isGood: true };
      },
      keep: ({ isGood }) => isGood,
      reset: ({ id }) => {
        if (id < 0) throw new Error("dirty");
      },
      destroy: () => {
        throw new Error("destroy");
      },
    });
    for (let i = 0; i < 3; i++) expect(() => pool.acquire()).toThrow("no");
    fails = false;
    const fill = (): [Thing, Thing] => {
      const both = [pool.acquire(), pool.acquire()] as [Thing, Thing];
      expect(() => pool.acquire()).toThrow(PoolExhaustedError);
      return both;
    };
    let [a, b] = fill();
    pool.release(a);
    expect(() => pool.release(b)).toThrow("destroy");
    expect(() => pool.clear()).toThrow("destroy");
    [a, b] = fill();
    a.isGood = false;
    expect(() => pool.release(a)).toThrow("destroy");
    (b as { id: number }).id = -1;
    expect(() => pool.release(b)).toThrow("dirty");
    fill();
  });

  it("holds if callbacks call the pool", () => {
    let alive = 0;
    let most = 0;
    const answers: unknown[] = [];
    const ask = (): void => {
      try {
        pool.release(pool.acquire());
      } catch (error) {
        answers.push(error);
      }
    };
    let depth = 0;
    const once = (run: () => void): void => {
      if (depth > 0) return;
      depth++;
      run();
      depth--;
    };
    const pool: ObjectPool<Thing> = new ObjectPool<Thing>({
      max: 2,
      create: () => {
        once(ask);
        most = Math.max(most, ++alive);
        return { id: alive, isGood: true };
      },
      keep: ({ isGood }) => (once(ask), isGood),
      reset: () => once(ask),
      destroy: () => {
        once(ask);
        alive--;
      },
    });
    const [a, b] = [pool.acquire(), pool.acquire()];
    b.isGood = false;
    pool.release(a);
    pool.release(b);
    pool.trim();
    ask();
    pool[Symbol.dispose]();
    expect(most).toBe(2);
    expect(alive).toBe(0);
    for (const error of answers) {
      expect(error instanceof PoolExhaustedError || error instanceof PoolClosedError).toBe(true);
    }
  });

  it("does not lend an object whose create disposed of the pool", () => {
    const { pool, destroyed } = createPool({
      create: () => {
        pool[Symbol.dispose]();
        return { id: 9, isGood: true };
      },
    });
    expect(() => pool.acquire()).toThrow(PoolClosedError);
    expect(destroyed).toEqual([9]);
  });

  it.each([
    [{ max: 0 }, RangeError, "max is 0"],
    [{ max: 1.5 }, RangeError, "max is 1.5"],
    [{ max: 2, prefill: 3 }, RangeError, "prefill is 3"],
    [{ idleTimeout: 0 }, RangeError, "idleTimeout is 0"],
    [{ idleTimeout: "1" }, TypeError, 'idleTimeout is "1"'],
    [{ keep: true }, TypeError, "keep is true"],
    [{ clock: {} }, TypeError, "clock.now is undefined"],
  ])("refuses %o", (options, type, message) => {
    expect(() => createPool(options as never)).toThrow(type);
    expect(() => createPool(options as never)).toThrow(message);
  });
});

describe("An object pool with all options", () => {
  it("agrees with a naive model after each step", () => {
    const step = fc.tuple(
      fc.constantFrom(
        "acquire",
        "acquire",
        "release",
        "release",
        "spoil",
        "destroy",
        "trim",
        "wait",
      ),
      fc.nat(7),
    );
    checkProperty(
      fc.property(
        fc.record({
          max: fc.constantFrom(1, 2, 5, Infinity),
          maxIdle: fc.nat(4),
          idleTimeout: fc.constantFrom(10, Infinity),
          debug: fc.boolean(),
        }),
        fc.array(step, { maxLength: 80 }),
        (options, steps) => {
          const clock = new FakeClock();
          const { pool, destroyed } = createPool({
            ...options,
            clock,
            keep: (each) => each.isGood,
          });
          const held: { id: number; lease: ReturnType<typeof pool.lease> }[] = [];
          // The model: each idle object with the timer runs it has seen, and the time of the next
          // run.
          let idle: { id: number; seen: number }[] = [];
          const gone: number[] = [];
          let made = 0;
          let due = Infinity;
          for (const [what, n] of steps) {
            const one = held[n % Math.max(1, held.length)];
            if (what === "acquire") {
              if (idle.length === 0 && held.length >= options.max) {
                expect(() => pool.lease()).toThrow(PoolExhaustedError);
              } else {
                const lease = pool.lease();
                expect(lease.value.id).toBe(idle.pop()?.id ?? ++made);
                held.push({ id: lease.value.id, lease });
              }
            } else if (what === "trim") {
              gone.push(...idle.splice(0, Math.max(0, idle.length - n)).map(({ id }) => id));
              pool.trim(n);
            } else if (what === "wait") {
              clock.advance(n);
              if (clock.now() >= due) {
                gone.push(...idle.filter(({ seen }) => seen > 0).map(({ id }) => id));
                idle = idle.filter(({ seen }) => seen === 0).map(({ id }) => ({ id, seen: 1 }));
                due = idle.length > 0 ? due + 10 : Infinity;
              }
            } else if (one !== undefined) {
              held.splice(held.indexOf(one), 1);
              if (what === "spoil") one.lease.value.isGood = false;
              if (what === "destroy") one.lease.destroy();
              else one.lease.release();
              if (what === "release" && idle.length < options.maxIdle) {
                idle.push({ id: one.id, seen: 0 });
              } else gone.push(one.id);
              if (idle.length > 0 && what === "release" && due === Infinity) {
                if (options.idleTimeout === 10) due = clock.now() + 10;
              }
            }
            expect(destroyed).toEqual(gone);
            expect(pool.stats().idle).toBe(idle.length);
            expect(pool.stats().created).toBe(made);
            expect(made).toBe(idle.length + held.length + gone.length);
            expect(idle.length + held.length).toBeLessThanOrEqual(options.max);
          }
        },
      ),
      { runs: 300 },
    );
  });
});
