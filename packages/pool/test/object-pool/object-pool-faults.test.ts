import { ObjectPool, type ObjectPoolOptions } from "@heapwise/pool";
import { describe, expect, it } from "vitest";

const fail = (): never => {
  throw new Error("read");
};

type Then = (resolve: (value: number) => void, reject: (error: unknown) => void) => void;

/** A promise of the platform with a `then` of its own. */
const withThen = (value: Then): Promise<void> =>
  // oxlint-disable-next-line no-thenable
  Object.defineProperty(Promise.resolve(), "then", { value });

describe("An object pool loses no object", () => {
  it("if the memory of a returned typed array was transferred, in debug mode", () => {
    const makers: readonly ((buffer: ArrayBuffer) => ArrayBufferView<ArrayBuffer>)[] = [
      (buffer) => new Uint8Array(buffer),
      (buffer) => new Float64Array(buffer),
      (buffer) => new DataView(buffer),
    ];
    for (const make of makers) {
      const pool = new ObjectPool({
        create: () => make(new ArrayBuffer(64)),
        keep: ({ buffer }) => buffer.byteLength > 0,
        max: 1,
        debug: true,
      });
      for (const end of ["release", "destroy"] as const) {
        const lease = pool.lease();
        const { buffer } = lease.value;
        structuredClone(buffer, { transfer: [buffer] });
        lease[end]();
      }
      expect(pool.stats()).toEqual({ idle: 0, acquired: 2, created: 2, dropped: 2 });
      expect(pool.acquire().byteLength).toBe(64);
    }
  });

  it("to a promise that settles twice, or whose constructor cannot be read", async () => {
    const promises: Record<string, () => Promise<unknown>> = {
      "resolves, rejects": () =>
        withThen((resolve, reject) => {
          resolve(1);
          resolve(2);
          reject(new Error("late"));
        }),
      "rejects, resolves": () =>
        withThen((resolve, reject) => {
          reject(new Error("first"));
          resolve(2);
        }),
      "throws as its constructor is read": () =>
        Object.defineProperty(Promise.resolve(), "constructor", { get: fail }),
      "throws in then": () => withThen(fail),
    };
    for (const [name, make] of Object.entries(promises)) {
      let resets = 0;
      const pool = new ObjectPool({ create: () => ({}), reset: () => ++resets, max: 1 });
      const result: unknown = pool.use(make);
      await Promise.resolve(result).catch(() => undefined);
      expect([resets, pool.stats().idle], name).toEqual([1, 1]);
    }
  });

  it("to a clock that throws or returns no number, and goes on when the clock works again", () => {
    const tells: readonly (() => unknown)[] = [fail, () => Number.NaN, () => undefined];
    for (const broken of tells) {
      let now: () => unknown = broken;
      const clock = { now: () => now() } as ObjectPoolOptions<object>["clock"];
      const pool = new ObjectPool({ create: () => ({}), idleTimeout: 10, clock });
      const lease = pool.lease();
      lease.release();
      expect(pool.stats().idle).toBe(1);
      // The first object is destroyed. The other one was used in between.
      const two = [pool.acquire(), pool.acquire()];
      for (const at of [0, 10, 20]) {
        now = () => at;
        for (const object of two) pool.release(object);
        two.splice(0, two.length, pool.acquire());
      }
      expect(pool.stats().idle).toBe(0);
    }
  });
});
