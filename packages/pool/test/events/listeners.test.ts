import { AsyncLocalStorage } from "node:async_hooks";
import { KeyedPool, ResourcePool, type PoolEvents } from "@heapwise/pool";
import { runProgram } from "@heapwise/testkit";
import { describe, expect, it } from "vitest";
import { createPool, settled, type Thing } from "../resource-pool/pool-fixture.ts";

/** The errors of `error` events. */
function listen(pool: ResourcePool<Thing>): [operation: string, message: string][] {
  const told: [string, string][] = [];
  pool.on("error", ({ operation, error }) => void told.push([operation, String(error)]));
  return told;
}

const throwing = (): never => {
  throw new Error("thrown");
};

describe("A listener that fails later", () => {
  const ways: Record<string, () => unknown> = {
    "an async function": async () => throwing(),
    "a promise that is rejected later": () =>
      new Promise((_, reject) => setImmediate(() => reject(new Error("thrown")))),
    "a thenable that rejects": () => ({
      // oxlint-disable-next-line no-thenable
      then: (_: unknown, reject: (error: unknown) => void) => reject(new Error("thrown")),
    }),
    "a thenable that throws": () => ({
      // oxlint-disable-next-line no-thenable
      then: throwing,
    }),
    "a getter of `then` that throws": () => ({
      // oxlint-disable-next-line no-thenable
      get then() {
        return throwing();
      },
    }),
    "a function with such a getter": () =>
      // oxlint-disable-next-line no-thenable
      Object.defineProperty(() => undefined, "then", { get: throwing }),
    "a promise whose own `then` throws": () =>
      // oxlint-disable-next-line no-thenable
      Object.defineProperty(Promise.resolve(), "then", { get: throwing }),
    "a proxy": () => new Proxy({}, { get: throwing }),
    "an error that is thrown at once": throwing,
  };
  for (const [name, listener] of Object.entries(ways)) {
    it(`is an error event, by ${name}`, async () => {
      const { pool } = createPool();
      const told = listen(pool);
      for (const event of ["create", "acquire", "release", "destroy"] as const) {
        pool.on(event, listener);
      }
      (await pool.acquire()).release();
      await pool.close();
      await settled();
      await settled();
      expect(new Set(told.map(([, message]) => message))).toEqual(new Set(["Error: thrown"]));
      expect(told.map(([operation]) => operation).sort()).toEqual([
        "listener of acquire",
        "listener of create",
        "listener of destroy",
        "listener of release",
      ]);
    });
  }

  it("is uncaught if there is no listener for error events, and never makes a loop", async () => {
    const program = new URL("programs/failing-listeners.ts", import.meta.url);
    const { code, stdout, stderr } = await runProgram(program);
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout.split("\n")).toEqual([
      "no listener for error: uncaughtException: sync, uncaughtException: async",
      "the error listener rejects: uncaughtException: error listener, first",
      "errors: 1",
      "heard: a listener of create mine; uncaught: 0",
      "",
    ]);
  });

  it("is not an error if the listener returns another value", async () => {
    const { pool } = createPool();
    const told = listen(pool);
    const results = [1, "a", {}, [], Promise.resolve(1), () => undefined, Object.create(null)];
    for (const result of results) pool.on("create", () => result);
    (await pool.acquire()).release();
    await settled();
    expect(told).toEqual([]);
  });
});

describe("Listeners", () => {
  it("run outside every async context, also outside the contexts of each other", async () => {
    const storage = new AsyncLocalStorage<string>();
    const seen: unknown[] = [];
    const names = ["create", "acquire", "release", "destroy", "error"] as const;
    const pool = new ResourcePool({
      create: () => ({ id: 1 }),
      reset: () => {
        throw new Error("reset");
      },
      max: 1,
    });
    for (const name of names) {
      for (let i = 0; i < 2; i++) {
        pool.on(name, async () => {
          seen.push([name, storage.getStore()]);
          storage.enterWith("of a listener");
          await settled();
          seen.push([name, storage.getStore()]);
        });
      }
    }
    await storage.run("request", async () => {
      (await pool.acquire()).release();
      expect(storage.getStore()).toBe("request");
    });
    await settled();
    await settled();
    expect(seen.length).toBe(4 * names.length);
    for (const name of names) {
      const stores = seen.filter((each) => (each as unknown[])[0] === name);
      expect(stores.slice(0, 2)).toEqual([
        [name, undefined],
        [name, undefined],
      ]);
      expect(stores.slice(2)).toEqual([
        [name, "of a listener"],
        [name, "of a listener"],
      ]);
    }
    expect(storage.getStore()).toBe(undefined);
  });

  it("of a pool without keys are called with the event alone", async () => {
    const { pool } = createPool();
    const calls: unknown[][] = [];
    pool.on("create", (...args: unknown[]) => calls.push(args));
    (await pool.acquire()).release();
    expect(calls).toMatchObject([[{ value: { id: 1 } }]]);
  });

  it("that are added or removed during an event begin and end with the next event", async () => {
    const { pool } = createPool({ max: 1 });
    const seen: string[] = [];
    const ends: (() => void)[] = [];
    ends.push(
      pool.on("acquire", () => {
        seen.push("first");
        ends.forEach((end) => end());
        pool.on("acquire", () => seen.push("added"));
      }),
      pool.on("acquire", () => seen.push("second")),
    );
    (await pool.acquire()).release();
    expect(seen).toEqual(["first", "second"]);
    (await pool.acquire()).release();
    expect(seen).toEqual(["first", "second", "added"]);
  });

  it("may be added twice, and are removed one at a time", async () => {
    const { pool } = createPool({ max: 1 });
    const seen: PoolEvents<Thing>["release"][] = [];
    const listener = (event: PoolEvents<Thing>["release"]): unknown => seen.push(event);
    const [end] = [pool.on("release", listener), pool.on("release", listener)];
    (await pool.acquire()).release();
    expect(seen.length).toBe(2);
    end();
    end();
    (await pool.acquire()).release();
    expect(seen.length).toBe(3);
  });

  it("of a keyed pool are called with the key too", async () => {
    const key = { host: "a" };
    const pool = new KeyedPool({ create: (host: object) => ({ host }), max: 1 });
    const calls: unknown[][] = [];
    for (const name of ["create", "acquire", "release", "destroy"] as const) {
      pool.on(name, (...args) => calls.push([name, args.length, args[1]]));
    }
    await pool.use(key, () => undefined);
    await pool.close();
    expect(calls).toEqual([
      ["create", 2, key],
      ["acquire", 2, key],
      ["release", 2, key],
      ["destroy", 2, key],
    ]);
  });

  it("are refused for an unknown event, even if each object has a member of its name", () => {
    const { pool } = createPool();
    for (const name of ["created", "toString", "__proto__", "constructor", ""]) {
      expect(() => pool.on(name as "create", () => undefined)).toThrow(RangeError);
    }
  });

  it("get the time of a creation, and the wait time of a loan", async () => {
    const { pool, clock } = createPool({ max: 1, create: () => later });
    let finish!: (thing: Thing) => void;
    const later = new Promise<Thing>((resolve) => (finish = resolve));
    const times: number[] = [];
    pool.on("create", ({ createTime }) => times.push(createTime));
    pool.on("acquire", ({ waitTime, label }) => times.push(waitTime, Number(label)));
    const first = pool.acquire({ label: "1" });
    clock.advance(30);
    const second = pool.acquire({ label: "2" });
    clock.advance(5);
    finish({ id: 1 });
    const lease = await first;
    clock.advance(100);
    lease.release();
    (await second).release();
    pool.tryAcquire()?.release();
    expect(times).toEqual([35, 35, 1, 105, 2, 0, NaN]);
  });
});
