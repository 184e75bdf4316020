import type { KeyedPoolOptions } from "@heapwise/pool";
import { describe, expect, it } from "vitest";
import { settled, watch } from "../resource-pool/pool-fixture.ts";
import { createKeyedPool, expectExact, type KeyedFixture, type Thing } from "./keyed-fixture.ts";

type Options = Partial<KeyedPoolOptions<string, Thing>>;

/** The ways in which a key with one idle resource gets out of use. */
const WAYS: [string, Options, (fixture: KeyedFixture) => Promise<void>][] = [
  ["release", {}, async ({ pool }) => (await pool.acquire("a")).release()],
  ["destroy", {}, async ({ pool }) => (await pool.acquire("a")).destroy()],
  [
    "discard",
    {},
    async ({ pool }) => {
      const { value } = await pool.acquire("a");
      pool.discard(value);
    },
  ],
  [
    "a reset that fails",
    {
      reset: ({ isOpen }) => {
        if (!isOpen) throw new Error("no");
      },
    },
    async ({ pool }) => {
      const lease = await pool.acquire("a");
      lease.value.isOpen = false;
      lease.release();
    },
  ],
  [
    "a return that is not valid",
    { validate: ({ isOpen }) => isOpen, validateOnReturn: true },
    async ({ pool }) => {
      const lease = await pool.acquire("a");
      lease.value.isOpen = false;
      lease.release();
    },
  ],
  [
    "a last use",
    { maxUses: 2 },
    async ({ pool }) => {
      (await pool.acquire("a")).release();
    },
  ],
];

describe.each(WAYS)("A key that is out of use, by %s,", (_name, options, end) => {
  it.each([0, 1])("counts against idleKeys %i", async (idleKeys) => {
    const fixture = createKeyedPool({ max: 5, idleKeys, ...options });
    const { pool } = fixture;
    const other = await pool.acquire("other");
    const held = await pool.acquire("a");
    // A second resource, so that one stays idle when the last loan ends.
    const second = await pool.acquire("a");
    second.release();
    const ending = end(fixture);
    held.release();
    await ending;
    await settled();
    expect(pool.keys()).toEqual(idleKeys === 0 ? ["other"] : ["other", "a"]);
    other.release();
    await settled();
    expect(pool.keys()).toEqual(idleKeys === 0 ? [] : ["other"]);
    await expectExact(fixture, []);
  });
});

describe("idleKeys", () => {
  it.each([0, 1])("%i counts a key after a failed creation", async (idleKeys) => {
    let isDown = false;
    const fixture = createKeyedPool({
      idleKeys,
      create: (key) => {
        if (isDown) throw new Error("down");
        fixture.made.push(`${key}${fixture.made.length + 1}`);
        return { key, id: fixture.made.length, isOpen: true };
      },
    });
    const { pool } = fixture;
    const other = await pool.acquire("other");
    const held = await pool.acquire("a");
    isDown = true;
    const failing = watch(pool.acquire("a"));
    await settled();
    expect(failing.error).toMatchObject({ code: "CREATE_FAILED" });
    held.release();
    other.release();
    expect(pool.keys()).toEqual(idleKeys === 0 ? [] : ["other"]);
    await expectExact(fixture, []);
  });

  it.each([0, 1])("%i counts a key whose creation ends when no call waits", async (idleKeys) => {
    const ends: (() => void)[] = [];
    const fixture: KeyedFixture = createKeyedPool({
      idleKeys,
      create: async (key) => {
        fixture.made.push(`${key}${fixture.made.length + 1}`);
        const id = fixture.made.length;
        await new Promise<void>((resolve) => ends.push(resolve));
        return { key, id, isOpen: true };
      },
    });
    const { pool } = fixture;
    const controller = new AbortController();
    const calls = ["a", "b"].map((key) => watch(pool.acquire(key, { signal: controller.signal })));
    await settled();
    controller.abort();
    for (const end of ends) end();
    await settled();
    expect(calls.every(({ error }) => error !== undefined)).toBe(true);
    expect(pool.keys()).toEqual(idleKeys === 0 ? [] : ["b"]);
    await expectExact(fixture, []);
  });

  it("keeps the order if a resource is kept alive, at once or later", async () => {
    for (const validate of [() => true, () => settled().then(() => true)]) {
      const fixture = createKeyedPool({ idleKeys: 2, keepAlive: 100, validate });
      const { pool, clock, destroyed } = fixture;
      await pool.use("a", settled);
      clock.advance(50);
      await pool.use("b", settled);
      // The time of "a" alone.
      clock.advance(55);
      await settled();
      await settled();
      await pool.use("c", settled);
      expect(destroyed).toEqual(["a1"]);
      expect(pool.keys()).toEqual(["b", "c"]);
    }
  });

  it("ends a key that is being checked when the check has ended", async () => {
    const ends: ((isGood: boolean) => void)[] = [];
    const fixture = createKeyedPool({
      idleKeys: 1,
      keepAlive: 100,
      validateTimeout: 10_000,
      validate: () => new Promise<boolean>((resolve) => ends.push(resolve)),
    });
    const { pool, clock, destroyed } = fixture;
    await pool.use("a", settled);
    clock.advance(100);
    expect(pool.statsOf("a")).toMatchObject({ checking: 1 });
    await pool.use("b", settled);
    expect(destroyed).toEqual([]);
    ends.shift()!(true);
    await settled();
    expect(destroyed).toEqual(["a1"]);
    expect(pool.keys()).toEqual(["b"]);
  });

  it("is not disturbed by calls that fail", async () => {
    const fixture = createKeyedPool({ idleKeys: 2 });
    const { pool, destroyed } = fixture;
    for (const key of ["a", "b"]) await pool.use(key, () => undefined);
    const signal = AbortSignal.abort(new Error("gone"));
    await expect(pool.acquire("a", { signal })).rejects.toThrow("gone");
    await expect(pool.use("a", () => undefined, { signal })).rejects.toThrow("gone");
    await expect(pool.acquire("a", { timeout: -1 })).rejects.toThrow(RangeError);
    expect(pool.tryAcquire("c")).toBe(undefined);
    expect(pool.keys()).toEqual(["a", "b"]);
    await pool.use("c", () => undefined);
    expect(destroyed).toEqual(["a1"]);
    expect(pool.keys()).toEqual(["b", "c"]);
    await expect(pool.acquire("b", { signal })).rejects.toThrow("gone");
    await pool.use("d", () => undefined);
    expect(pool.keys()).toEqual(["c", "d"]);
  });

  it("counts no key whose resources are being destroyed", async () => {
    const ends: (() => void)[] = [];
    const fixture = createKeyedPool({
      max: 4,
      idleKeys: 1,
      destroy: () => new Promise<void>((resolve) => ends.push(resolve)),
    });
    const { pool, destroyed } = fixture;
    await pool.use("a", () => undefined);
    const [b, c] = [await pool.acquire("b"), await pool.acquire("c")];
    b.release();
    expect(destroyed).toEqual(["a1"]);
    c.release();
    expect(destroyed).toEqual(["a1", "b2"]);
    expect(pool.stats()).toMatchObject({ idle: 1, closing: 2, keys: 3 });
    for (const end of ends.splice(0)) end();
    await settled();
    expect(pool.keys()).toEqual(["c"]);
  });
});
