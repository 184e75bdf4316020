import { ObjectPool, PoolClosedError, StaleLeaseError } from "@heapwise/pool";
import { checkProperty } from "@heapwise/testkit/vitest";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

interface Thing {
  id: number;
  text: string;
}

function createPool(options: Partial<ConstructorParameters<typeof ObjectPool<Thing>>[0]> = {}): {
  pool: ObjectPool<Thing>;
  destroyed: number[];
  made: () => number;
} {
  let made = 0;
  const destroyed: number[] = [];
  const pool = new ObjectPool<Thing>({
    create: () => ({ id: ++made, text: "" }),
    reset: (thing) => (thing.text = ""),
    destroy: (thing) => destroyed.push(thing.id),
    ...options,
  });
  return { pool, destroyed, made: () => made };
}

describe("An object pool", () => {
  it("lends the last returned object, reset", () => {
    const { pool } = createPool();
    const [a, b] = [pool.acquire(), pool.acquire()];
    a.text = "used";
    pool.release(b);
    pool.release(a);
    expect(pool.acquire()).toBe(a);
    expect(a.text).toBe("");
    expect(pool.acquire()).toBe(b);
    expect(pool.stats()).toEqual({ idle: 0, acquired: 4, created: 2, dropped: 0 });
  });

  it("keeps at most maxIdle objects, and destroys the others", () => {
    const { pool, destroyed } = createPool({ maxIdle: 2, prefill: 1 });
    expect(pool.stats()).toMatchObject({ idle: 1, created: 1 });
    const all = [1, 2, 3, 4].map(() => pool.acquire());
    for (const each of all) pool.release(each);
    expect(pool.stats()).toMatchObject({ idle: 2, dropped: 2 });
    expect(destroyed).toEqual([3, 4]);
  });

  it("trims the longest idle objects", () => {
    const { pool, destroyed } = createPool({ prefill: 5 });
    expect(pool.trim(3)).toBe(2);
    expect(destroyed).toEqual([1, 2]);
    expect(pool.trim(9)).toBe(0);
    pool.clear();
    expect(destroyed).toEqual([1, 2, 3, 4, 5]);
    expect(() => pool.trim(-1)).toThrow(RangeError);
  });

  it("gives the object of use back: on return, on a throw, and when a promise settles", async () => {
    const { pool } = createPool();
    expect(pool.use(({ id }) => id)).toBe(1);
    expect(() =>
      pool.use(() => {
        throw new Error("no");
      }),
    ).toThrow("no");
    expect(pool.stats().idle).toBe(1);
    const pending = pool.use(async (thing) => thing.id);
    expect(pool.stats().idle).toBe(0);
    expect(await pending).toBe(1);
    await expect(pool.use(() => Promise.reject(new Error("later")))).rejects.toThrow("later");
    expect(pool.stats().idle).toBe(1);
  });

  it("gives the object of use back once, whatever the promise does", async () => {
    const { pool } = createPool();
    const hostile = {
      // oxlint-disable-next-line no-thenable
      get then(): never {
        throw new Error("no then");
      },
    };
    expect(() => pool.use(() => hostile)).toThrow("no then");
    expect(pool.stats()).toMatchObject({ idle: 1, created: 1 });
    await pool.use(() => ({
      // oxlint-disable-next-line no-thenable
      then(resolve: (value: number) => void) {
        resolve(1);
        resolve(2);
      },
    }));
    expect(pool.stats()).toMatchObject({ idle: 1, created: 1 });
  });

  it("detects a second release of a lease", () => {
    const { pool } = createPool();
    const lease = pool.lease();
    const { value } = lease;
    expect(() => lease.touch(5 as never)).toThrow("note is 5");
    lease.release();
    expect(() => lease.release()).toThrow(StaleLeaseError);
    expect(() => lease.destroy()).toThrow(StaleLeaseError);
    lease[Symbol.dispose]();
    expect(pool.acquire()).toBe(value);
    expect(pool.acquire()).not.toBe(value);
  });

  it("destroys an object whose reset fails, and throws the error", () => {
    const { pool, destroyed } = createPool({
      reset: () => {
        throw new Error("dirty");
      },
    });
    const thing = pool.acquire();
    expect(() => pool.release(thing)).toThrow("dirty");
    expect(destroyed).toEqual([1]);
    expect(pool.stats()).toMatchObject({ idle: 0, dropped: 1 });
  });

  it("lends nothing after it was disposed of, and destroys returned objects", () => {
    const { pool, destroyed } = createPool({ prefill: 2 });
    const thing = pool.acquire();
    pool[Symbol.dispose]();
    expect(() => pool.acquire()).toThrow(PoolClosedError);
    pool.release(thing);
    expect(destroyed).toEqual([1, 2]);
    expect(pool.stats().idle).toBe(0);
  });

  it("destroys all objects even if one of them throws", () => {
    const seen: number[] = [];
    const { pool } = createPool({
      prefill: 3,
      destroy: ({ id }) => {
        seen.push(id);
        if (id < 3) throw new Error(`no ${id}`);
      },
    });
    expect(() => pool.clear()).toThrow("no 1");
    expect(seen).toEqual([1, 2, 3]);
    expect(pool.stats().idle).toBe(0);
  });

  it("may be used by its own callbacks", () => {
    const seen: number[] = [];
    const pool: ObjectPool<Thing> = new ObjectPool<Thing>({
      create: () => ({ id: seen.push(0), text: "" }),
      reset: (thing) => {
        if (thing.text !== "outer") return;
        thing.text = "";
        pool.release(pool.acquire());
      },
    });
    const thing = pool.acquire();
    thing.text = "outer";
    pool.release(thing);
    expect(pool.stats()).toMatchObject({ idle: 2, created: 2 });
  });

  it.each([
    [{}, TypeError, "create is undefined"],
    [{ create: () => ({}), maxIdle: -1 }, RangeError, "maxIdle is -1"],
    [{ create: () => ({}), maxIdle: 2, prefill: 3 }, RangeError, "prefill is 3"],
    [
      { create: () => ({}), maxIdle: Infinity, prefill: Infinity },
      RangeError,
      "prefill is Infinity",
    ],
    [{ create: () => ({}), reset: 1 }, TypeError, "reset is 1"],
    [{ create: () => ({}), size: 1 }, TypeError, 'option "size" is not known'],
    [null, TypeError, "options are null"],
  ])("refuses %o", (options, type, message) => {
    expect(() => new ObjectPool(options as never)).toThrow(type);
    expect(() => new ObjectPool(options as never)).toThrow(message);
  });

  it("agrees with a naive model", () => {
    checkProperty(
      fc.property(
        fc.nat(4),
        fc.array(fc.tuple(fc.constantFrom("acquire", "release", "trim"), fc.nat(5)), {
          maxLength: 60,
        }),
        (maxIdle, steps) => {
          const { pool, destroyed, made } = createPool({ maxIdle });
          const idle: number[] = [];
          const held: Thing[] = [];
          const gone: number[] = [];
          for (const [what, n] of steps) {
            if (what === "acquire") {
              const thing = pool.acquire();
              expect(thing.id).toBe(idle.pop() ?? made());
              held.push(thing);
            } else if (what === "release") {
              const [thing] = held.splice(n % Math.max(1, held.length), 1);
              if (thing === undefined) continue;
              pool.release(thing);
              if (idle.length < maxIdle) idle.push(thing.id);
              else gone.push(thing.id);
            } else {
              gone.push(...idle.splice(0, Math.max(0, idle.length - n)));
              pool.trim(n);
            }
            expect(destroyed).toEqual(gone);
            expect(pool.stats().idle).toBe(idle.length);
            expect(made()).toBe(idle.length + held.length + gone.length);
          }
        },
      ),
    );
  });
});

class Secret {
  #count = 0;
  plain = 1;
  bump(): this {
    this.#count++;
    return this;
  }
  get count(): number {
    return this.#count;
  }
}

describe("An object pool in debug mode", () => {
  it("detects a second release and a use after release, with the stacks of both loans", () => {
    const pool = new ObjectPool({ create: () => new Secret(), name: "secrets", debug: true });
    const first = pool.acquire();
    expect(first.bump().bump().count).toBe(2);
    pool.release(first);
    const second = pool.acquire();
    expect(second.count).toBe(2);
    const errors = [() => pool.release(first), () => first.count, () => void (first.plain = 2)].map(
      (misuse): StaleLeaseError => {
        try {
          misuse();
        } catch (error) {
          return error as StaleLeaseError;
        }
        throw new Error("not noticed");
      },
    );
    for (const error of errors) {
      expect(error).toBeInstanceOf(StaleLeaseError);
      expect(error.stale.borrowed).toContain("object-pool.test.ts");
      expect(error.stale.returned).toContain("object-pool.test.ts");
      expect(error.holder?.borrowed).toContain("object-pool.test.ts");
      expect(error.message).toContain("secrets");
    }
    expect(second.plain).toBe(1);
    pool.release(second);
  });

  it("refuses an object that it did not lend", () => {
    const pool = new ObjectPool({ create: () => ({}), debug: true });
    expect(() => pool.release({})).toThrow(TypeError);
  });

  it("works with maps, typed arrays, frozen objects and functions", () => {
    const maps = new ObjectPool({ create: () => new Map([[1, 2]]), debug: true });
    expect(maps.use((map) => [...map.keys(), map.get(1), map.size])).toEqual([1, 2, 1]);
    const bytes = new ObjectPool({ create: () => new Uint8Array(4), debug: true });
    const view = bytes.acquire();
    const kept = view.subarray(0, 2);
    view[0] = 7;
    expect([...view]).toEqual([7, 0, 0, 0]);
    bytes.release(view);
    expect([...kept]).toEqual([0xdb, 0xdb]);
    const frozen = new ObjectPool({ create: () => Object.freeze({ run: () => 3 }), debug: true });
    expect(frozen.use((each) => each.run())).toBe(3);
    const functions = new ObjectPool({ create: () => (n: number) => n + 1, debug: true });
    expect(functions.use((each) => each(1))).toBe(2);
  });

  it("works with leases", () => {
    const pool = new ObjectPool({ create: () => new Secret(), debug: true });
    const lease = pool.lease();
    const { value } = lease;
    lease.release();
    expect(() => value.count).toThrow(StaleLeaseError);
    expect(() => lease.release()).toThrow(StaleLeaseError);
    pool.lease().destroy();
    expect(pool.stats()).toMatchObject({ idle: 0, dropped: 1 });
  });
});
