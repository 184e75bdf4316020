import { KeyedPool, PoolClosedError, type KeyedPoolOptions } from "@heapwise/pool";
import { FakeClock, randomStream } from "@heapwise/testkit";
import { announceSeed } from "@heapwise/testkit/vitest";
import { describe, expect, it } from "vitest";

interface Thing {
  readonly key: string;
  readonly id: number;
}

function createPool(options: Partial<KeyedPoolOptions<string, Thing>> = {}): {
  pool: KeyedPool<string, Thing>;
  clock: FakeClock;
  destroyed: string[];
} {
  const clock = new FakeClock();
  const destroyed: string[] = [];
  let id = 0;
  const pool = new KeyedPool<string, Thing>({
    create: async (key) => ({ key, id: ++id }),
    destroy: (thing, _reason, key) => void destroyed.push(`${key}${thing.id}`),
    max: 3,
    clock,
    seed: 1,
    ...options,
  });
  return { pool, clock, destroyed };
}

const create = (): number => 1;

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("A keyed pool", () => {
  it("lends resources of the key", async () => {
    const { pool } = createPool();
    const [a, b] = await Promise.all([pool.acquire("a"), pool.acquire("b")]);
    expect([a.value.key, b.value.key]).toEqual(["a", "b"]);
    a.release();
    expect((await pool.acquire("a")).value).toBe(a.value);
    expect(pool.stats()).toMatchObject({ keys: 2, total: 2, created: 2, acquired: 3 });
    expect(pool.tryAcquire("c")).toBe(undefined);
    expect(pool.keys()).toEqual(["b", "a"]);
  });

  it("bounds each key", async () => {
    const { pool } = createPool({ maxPerKey: 1 });
    const a = await pool.acquire("a");
    let second: Thing | undefined;
    void pool.acquire("a").then(({ value }) => (second = value));
    await turn();
    expect(second).toBe(undefined);
    expect((await pool.acquire("b")).value.key).toBe("b");
    a.release();
    await turn();
    expect(second).toBe(a.value);
  });

  it("takes the room of an idle resource of the least recently used key", async () => {
    const { pool, destroyed } = createPool();
    for (const key of ["a", "b", "c"]) await pool.use(key, () => undefined);
    await pool.use("a", () => undefined);
    expect((await pool.acquire("d")).value.key).toBe("d");
    expect(destroyed).toEqual(["b2"]);
    expect(pool.keys()).toEqual(["c", "a", "d"]);
  });

  it("serves the call that has waited longest if another key makes room", async () => {
    const { pool, clock } = createPool({ max: 1 });
    const a = await pool.acquire("a");
    const order: string[] = [];
    const served = ["b", "c", "b"].map((key) => {
      clock.advance(1);
      return pool.use(key, () => void order.push(key));
    });
    await turn();
    a.release();
    await Promise.all(served);
    expect(order.length).toBe(3);
    expect(order[0]).toBe("b");
    expect(pool.stats()).toMatchObject({ total: 1, waiting: 0 });
  });

  it("ends idle keys, the least recently used first, and forgets empty keys", async () => {
    const { pool, clock, destroyed } = createPool({ idleKeys: 1, idleTimeout: 1000 });
    await pool.use("a", () => undefined);
    await pool.use("b", () => undefined);
    expect(destroyed).toEqual(["a1"]);
    expect(pool.keys()).toEqual(["b"]);
    clock.advance(1000);
    expect(pool.keys()).toEqual([]);
    expect(pool.stats()).toMatchObject({ keys: 0, created: 2, destroyed: 2, acquired: 2 });
  });

  it("forgets a key whose last waiter gives up", async () => {
    const { pool, clock } = createPool({ max: 1 });
    await pool.acquire("a");
    const failing = pool.acquire("b", { timeout: 10 });
    clock.advance(10);
    await expect(failing).rejects.toMatchObject({ code: "POOL_TIMEOUT" });
    expect(pool.keys()).toEqual(["a"]);
    const broken = createPool({ create: () => Promise.reject(new Error("no")) }).pool;
    await expect(broken.acquire("a")).rejects.toMatchObject({ code: "CREATE_FAILED" });
    expect(broken.keys()).toEqual([]);
  });

  it("forgets a key after tryAcquire found nothing", async () => {
    const { pool } = createPool({ breaker: { failures: 1, reset: 100 } });
    const signal = AbortSignal.abort("late");
    await expect(pool.acquire("a", { signal })).rejects.toBe("late");
    await expect(pool.use("b", () => undefined, { signal })).rejects.toBe("late");
    expect(pool.keys()).toEqual([]);
  });

  it("remembers the failures to create of a key without resources", async () => {
    let calls = 0;
    const { pool, clock } = createPool({
      create: (key) => {
        calls++;
        if (calls < 4) throw new Error("down");
        return { key, id: calls };
      },
      breaker: { failures: 2, reset: 100 },
    });
    const codes: string[] = [];
    for (let i = 0; i < 4; i++) {
      await pool.acquire("a").catch(({ code, isOpen }) => codes.push(`${code} ${isOpen}`));
    }
    expect(codes).toEqual(["false", "true", "true", "true"].map((open) => `CREATE_FAILED ${open}`));
    expect([calls, pool.keys()]).toEqual([2, []]);
    await expect(pool.acquire("b")).rejects.toMatchObject({ failures: 1, isOpen: false });
    clock.advance(100);
    expect((await pool.acquire("a")).value.id).toBe(4);
  });

  it("never keeps the event loop from its timers, whichever key fails", async () => {
    const pool = new KeyedPool<string, number>({
      create: () => {
        throw new Error("no");
      },
      max: 1,
    });
    let [calls, isOver] = [0, false];
    const stubborn = (async () => {
      while (!isOver && ++calls < 1e5) {
        await pool.acquire("a", { timeout: 20 }).catch(() => undefined);
      }
    })();
    await new Promise((resolve) => setTimeout(resolve, 1));
    isOver = true;
    await stubborn;
    expect(calls).toBeLessThan(1e5);
    await pool.close();
  });

  it("closes once, and opens no key for callbacks of closing keys", async () => {
    const reports: unknown[] = [];
    const { pool } = createPool({
      destroy: () => {
        pool.acquire("z").catch(({ code }) => reports.push(code));
        reports.push(pool.close());
      },
    });
    await pool.use("a", () => undefined);
    const closing = pool.close();
    await closing;
    expect(reports).toContain("POOL_CLOSED");
    expect(pool.keys()).toEqual([]);
    await expect(Promise.all(reports)).resolves.toHaveLength(2);
  });

  it("has the key in each event and holder", async () => {
    const { pool } = createPool();
    const heard: string[] = [];
    const off = pool.on("acquire", ({ loan }, key) => heard.push(`${key} ${loan}`));
    await pool.acquire("a", { label: "ada" });
    await pool.acquire("b");
    off();
    await pool.acquire("b");
    expect(heard).toEqual(["a 1.1", "b 1.1"]);
    expect(pool.holders()).toMatchObject([{ key: "a", label: "ada" }, { key: "b" }, { key: "b" }]);
    expect(() => pool.on("borrow" as never, () => undefined)).toThrow(RangeError);
  });

  it("closes all keys", async () => {
    const { pool, destroyed } = createPool();
    const a = await pool.acquire("a");
    await pool.use("b", () => undefined);
    const closed = pool.close();
    await expect(pool.acquire("a")).rejects.toBeInstanceOf(PoolClosedError);
    expect(() => pool.tryAcquire("a")).toThrow(PoolClosedError);
    a.release();
    expect(await closed).toMatchObject({ destroyed: 2, left: [] });
    expect(destroyed.sort()).toEqual(["a1", "b2"]);
  });

  it.each([
    [{ create }, TypeError, "max is undefined"],
    [{ create, max: 2, min: 1 }, TypeError, "min is set"],
    [{ create, max: 2, maxPerKey: 0 }, RangeError, "maxPerKey is 0"],
    [{ create, max: 2, idleTimeout: -1 }, RangeError, "idleTimeout is -1"],
    [{ create, max: 2, keys: 2 }, TypeError, 'option "keys" is not known'],
  ])("refuses %o", (options, type, message) => {
    expect(() => new KeyedPool(options as never)).toThrow(type);
    expect(() => new KeyedPool(options as never)).toThrow(message);
  });

  it("never exceeds its bounds, and serves all calls, whichever keys they ask for", async () => {
    const seed = announceSeed();
    for (let run = 0; run < 60; run++) {
      const random = randomStream(seed * 1000 + run);
      const live = new Map<string, number>();
      const count = (): number => [...live.values()].reduce((sum, n) => sum + n, 0);
      const later = <R>(value: R): Promise<R> | R =>
        random() < 0.5 ? value : Promise.resolve(value);
      const pool: KeyedPool<string, Thing> = new KeyedPool<string, Thing>({
        create: (key): Promise<Thing> | Thing => {
          if (count() >= 4 || (live.get(key) ?? 0) >= 2) throw new Error("too many");
          live.set(key, (live.get(key) ?? 0) + 1);
          return later<Thing>({ key, id: 0 });
        },
        destroy: async (_thing, _reason, key) => {
          await later(undefined);
          live.set(key, live.get(key)! - 1);
        },
        max: 4,
        maxPerKey: 2,
        idleKeys: 2,
        clock: new FakeClock(),
      });
      const uses = Array.from({ length: 40 }, async (_, i) => {
        const key = "abcdef"[Math.floor(random() * 6)]!;
        if (i % 3 === 0) await turn();
        await pool.use(key, async (thing) => {
          expect(thing.key).toBe(key);
          if (random() < 0.5) await turn();
        });
      });
      await Promise.all(uses);
      expect(pool.stats()).toMatchObject({ waiting: 0, leased: 0, acquired: 40 });
      await pool.close();
      expect(count()).toBe(0);
      expect(pool.keys()).toEqual([]);
    }
  });
});
