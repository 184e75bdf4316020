import { PoolClosedError, type KeyedPoolOptions } from "@heapwise/pool";
import { describe, expect, it } from "vitest";
import { settled, watch } from "../resource-pool/pool-fixture.ts";
import { createKeyedPool, expectExact, type Thing } from "./keyed-fixture.ts";

type Options = Partial<KeyedPoolOptions<string, Thing>>;

describe("closeKey", () => {
  it("refuses calls of the key until it has closed, and then a call opens it again", async () => {
    const fixture = createKeyedPool();
    const { pool, destroyed } = fixture;
    const a = await pool.acquire("a");
    await pool.use("a", () => undefined);
    const b = await pool.acquire("b");
    const closing = watch(pool.closeKey("a"));
    expect(destroyed).toEqual(["a2"]);
    await expect(pool.acquire("a")).rejects.toBeInstanceOf(PoolClosedError);
    await expect(pool.use("a", () => undefined)).rejects.toMatchObject({ pool: { key: "a" } });
    expect(() => pool.tryAcquire("a")).toThrow(PoolClosedError);
    expect(await pool.use("b", ({ key }) => key)).toBe("b");
    expect(closing.value).toBe(undefined);
    expect(pool.keys()).toContain("a");
    a.release();
    await settled();
    expect(closing.value).toMatchObject({ destroyed: 2, left: [], abandoned: 0, failures: [] });
    expect(pool.statsOf("a")).toBe(undefined);
    expect((await pool.acquire("a")).value.id).toBe(5);
    b.release();
    await expectExact(fixture, ["a"]);
  });

  it("resolves at once for a key that the pool does not have", async () => {
    const { pool } = createKeyedPool();
    expect(await pool.closeKey("a")).toEqual({
      destroyed: 0,
      left: [],
      abandoned: 0,
      failures: [],
    });
    expect((await pool.acquire("a")).value.key).toBe("a");
    await expect(pool.closeKey("a", { deadline: -1 })).rejects.toThrow(RangeError);
    await expect(pool.closeKey("a", { waiters: "no" as never })).rejects.toThrow(RangeError);
    expect(pool.statsOf("a")).toMatchObject({ leased: 1 });
    await pool.use("a", () => undefined);
  });

  it("refuses waiters, or serves them first", async () => {
    for (const waiters of ["reject", "serve"] as const) {
      const fixture = createKeyedPool({ maxPerKey: 1 });
      const { pool } = fixture;
      const a = await pool.acquire("a");
      const calls = [1, 2].map(() => watch(pool.acquire("a")));
      const closing = watch(pool.closeKey("a", { waiters }));
      await settled();
      await expect(pool.acquire("a")).rejects.toBeInstanceOf(PoolClosedError);
      if (waiters === "reject") {
        expect(calls.map(({ error }) => error instanceof PoolClosedError)).toEqual([true, true]);
      } else expect(calls).toEqual([{}, {}]);
      a.release();
      for (const call of calls) {
        await settled();
        if (waiters === "serve") expect(call.value?.value.key).toBe("a");
        call.value?.release();
      }
      await settled();
      expect(closing.value).toMatchObject({ left: [] });
      expect(pool.keys()).toEqual([]);
      await expectExact(fixture, []);
    }
  });

  it("serves waiters even if other keys have all the room", async () => {
    const fixture = createKeyedPool({ max: 1 });
    const { pool } = fixture;
    const b = await pool.acquire("b");
    const a = watch(pool.acquire("a"));
    const closing = watch(pool.closeKey("a", { waiters: "serve" }));
    const again = watch(pool.acquire("b"));
    b.release();
    await settled();
    expect([a.value?.value.key, again.value]).toEqual(["a", undefined]);
    a.value!.release();
    await settled();
    expect(closing.value).toMatchObject({ destroyed: 1 });
    expect(again.value?.value.key).toBe("b");
    await expectExact(fixture, ["b"]);
  });

  it("destroys leased resources at the deadline, and reports their loans", async () => {
    const fixture = createKeyedPool({
      create: (key) =>
        key === "slow" ? new Promise(() => undefined) : { key, id: 1, isOpen: true },
    });
    const { pool, clock } = fixture;
    const { value } = await pool.acquire("a", { label: "report" });
    const closing = watch(pool.closeKey("a", { deadline: 100 }));
    const slow = watch(pool.acquire("slow"));
    const other = watch(pool.closeKey("slow", { deadline: 100, waiters: "serve" }));
    clock.advance(99);
    await settled();
    expect([closing, other, slow]).toEqual([{}, {}, {}]);
    clock.advance(1);
    await settled();
    expect(closing.value).toMatchObject({ destroyed: 1, left: [{ label: "report", age: 100 }] });
    expect(closing.value!.left[0]!.value).toBe(value);
    expect(other.value).toMatchObject({ destroyed: 0, abandoned: 1 });
    expect(slow.error).toBeInstanceOf(PoolClosedError);
    expect(pool.keys()).toEqual([]);
    expect(pool.stats()).toMatchObject({ total: 0, leased: 0, creating: 0 });
    expect(clock.pending).toEqual([]);
  });

  it("is made faster by a second call", async () => {
    const { pool } = createKeyedPool();
    await pool.acquire("a");
    const closing = pool.closeKey("a", { deadline: Infinity });
    expect(await pool.closeKey("a", { deadline: 0 })).toMatchObject({ destroyed: 1 });
    expect(await closing).toMatchObject({ left: [{ loan: "1.1" }] });
  });

  it("ends with the close of the pool", async () => {
    const { pool } = createKeyedPool();
    const a = await pool.acquire("a");
    const closing = watch(pool.closeKey("a", { deadline: Infinity }));
    const all = watch(pool.close({ deadline: Infinity }));
    await settled();
    expect([closing, all]).toEqual([{}, {}]);
    a.release();
    await settled();
    expect(closing.value).toMatchObject({ destroyed: 1 });
    expect(all.value).toBeDefined();
    expect(await pool.closeKey("a")).toMatchObject({ destroyed: 0 });
    await expect(pool.acquire("a")).rejects.toBeInstanceOf(PoolClosedError);
  });

  it("forgets the failures of the key", async () => {
    let isDown = true;
    const { pool } = createKeyedPool({
      breaker: { failures: 1, reset: 1e6 },
      create: (key) => {
        if (isDown) throw new Error("down");
        return { key, id: 1, isOpen: true };
      },
    });
    await expect(pool.acquire("a")).rejects.toMatchObject({ isOpen: true });
    isDown = false;
    await expect(pool.acquire("a")).rejects.toMatchObject({ isOpen: true });
    await pool.closeKey("a");
    expect((await pool.acquire("a")).value.key).toBe("a");
  });

  it("gives its room to other keys as soon as it is free", async () => {
    const ends: (() => void)[] = [];
    const { pool } = createKeyedPool({
      max: 2,
      destroy: (_thing, _reason, key) =>
        key === "a" ? new Promise<void>((resolve) => ends.push(resolve)) : undefined,
    });
    await pool.acquire("a");
    await pool.use("a", () => undefined);
    const calls = ["b", "c"].map((key) => watch(pool.acquire(key)));
    void pool.closeKey("a", { deadline: 0 });
    await settled();
    expect(calls).toEqual([{}, {}]);
    expect(pool.stats()).toMatchObject({ closing: 2, total: 2 });
    ends.shift()!();
    await settled();
    expect(calls.map(({ value }) => value !== undefined)).toEqual([true, false]);
    ends.shift()!();
    await settled();
    expect(calls.map(({ value }) => value !== undefined)).toEqual([true, true]);
  });
});

describe("close", () => {
  it.each<Options>([
    {},
    { validate: () => true },
    { prepare: () => undefined },
    { destroy: () => settled() },
  ])("serves waiters of all keys, with %o", async (options) => {
    const fixture = createKeyedPool({ max: 2, ...options });
    const { pool } = fixture;
    const held = [await pool.acquire("a"), await pool.acquire("b")];
    const calls = ["a", "c", "d", "a"].map((key) => pool.acquire(key));
    const served: string[] = [];
    const closing = watch(pool.close({ waiters: "serve" }));
    const releasing = calls.map(async (call) => {
      const lease = await call;
      served.push(lease.value.key);
      await settled();
      lease.release();
    });
    await expect(pool.acquire("a")).rejects.toBeInstanceOf(PoolClosedError);
    expect(closing.value).toBe(undefined);
    for (const lease of held) lease.release();
    await Promise.all(releasing);
    expect([...served].sort()).toEqual(["a", "a", "c", "d"]);
    for (let i = 0; i < 4; i++) await settled();
    expect(closing.value).toMatchObject({ left: [], abandoned: 0 });
    expect(pool.keys()).toEqual([]);
    expect([...fixture.destroyed].sort()).toEqual([...fixture.made].sort());
    expect(fixture.clock.pending).toEqual([]);
  });

  it("is forced by a second call with a deadline of 0", async () => {
    const { pool } = createKeyedPool({ max: 2 });
    await pool.acquire("a", { label: "report" });
    await pool.acquire("b");
    const waiting = watch(pool.acquire("c"));
    const closing = watch(pool.close({ waiters: "serve", deadline: Infinity }));
    await settled();
    expect([waiting, closing]).toEqual([{}, {}]);
    const report = await pool.close({ deadline: 0 });
    expect(report.destroyed).toBe(2);
    expect(report.left.map(({ label }) => label)).toEqual(["report", undefined]);
    expect(waiting.error).toBeInstanceOf(PoolClosedError);
    expect(closing.value).toBe(report);
    expect(await pool.close()).toBe(report);
  });

  it.each([
    { deadline: 0 },
    { deadline: 0, waiters: "serve" },
    { deadline: 10 },
    { deadline: 10, waiters: "serve" },
  ] as const)(
    "with %o creates nothing for waiters of the resources that it destroys",
    async (options) => {
      for (const destroy of [() => undefined, () => settled()]) {
        for (const isLate of [false, true]) {
          const { pool, clock, made } = createKeyedPool({ max: 2, destroy });
          const held = [await pool.acquire("a"), await pool.acquire("c")];
          expect(held.length).toBe(2);
          const calls = ["b", "d", "a"].map((key) => watch(pool.acquire(key)));
          let closing = watch(pool.close(isLate ? { deadline: 100, waiters: "serve" } : options));
          if (isLate) closing = watch(pool.close(options));
          clock.advance(options.deadline);
          for (let i = 0; i < 3; i++) await settled();
          expect(made).toEqual(["a1", "c2"]);
          for (const { error } of calls) expect(error).toBeInstanceOf(PoolClosedError);
          expect(closing.value).toMatchObject({ destroyed: 2, abandoned: 0 });
          expect(closing.value!.left.length).toBe(2);
          expect(pool.keys()).toEqual([]);
          expect(clock.pending).toEqual([]);
        }
      }
    },
  );

  it("refuses waiters if a second call does not serve them", async () => {
    const { pool } = createKeyedPool({ max: 1 });
    const a = await pool.acquire("a");
    const calls = ["a", "b"].map((key) => watch(pool.acquire(key)));
    const closing = watch(pool.close({ waiters: "serve" }));
    void pool.close();
    await settled();
    expect(calls.map(({ error }) => error instanceof PoolClosedError)).toEqual([true, true]);
    expect(closing.value).toBe(undefined);
    a.release();
    await settled();
    expect(closing.value).toMatchObject({ destroyed: 1, left: [] });
  });

  it("ends everything at the deadline, also for keys that are suspended or cannot create", async () => {
    const { pool, clock } = createKeyedPool({
      retry: { delay: 10 },
      create: (key) => {
        if (key === "down") throw new Error("down");
        return { key, id: 1, isOpen: true };
      },
    });
    pool.suspendKey("held");
    const calls = ["down", "held"].map((key) => watch(pool.acquire(key)));
    await pool.acquire("a");
    const closing = watch(pool.close({ waiters: "serve", deadline: 1000 }));
    clock.advance(999);
    await settled();
    expect(closing).toEqual({});
    clock.advance(1);
    await settled();
    expect(closing.value).toMatchObject({ destroyed: 1, left: [{ loan: "1.1" }] });
    expect(calls.map(({ error }) => error instanceof PoolClosedError)).toEqual([true, true]);
    expect(clock.pending).toEqual([]);
  });

  it("reports the errors of destroy, of all keys", async () => {
    const { pool } = createKeyedPool({
      destroy: (_thing, _reason, key) => {
        throw new Error(key);
      },
    });
    for (const key of ["a", "b"]) await pool.use(key, () => undefined);
    const { failures } = await pool.close();
    expect(failures).toMatchObject([{ message: "a" }, { message: "b" }]);
  });
});
