import { BufferPool, KeyedPool, ObjectPool, ResourcePool, type Lease } from "@heapwise/pool";
import { describe, expect, it } from "vitest";

const create = (): object => ({ id: 1 });

type Lend = () => Promise<Lease<unknown>> | Lease<unknown>;

const pools: [thing: string, kind: string, lend: Lend][] = [
  ["resource", "ResourcePool", () => new ResourcePool({ create, max: 1 }).acquire()],
  [
    "resource",
    "ResourcePool in debug mode",
    () => new ResourcePool({ create, max: 1, debug: true }).acquire(),
  ],
  ["resource", "KeyedPool", () => new KeyedPool({ create, max: 1 }).acquire("a")],
  ["object", "ObjectPool", () => new ObjectPool({ create }).lease()],
  ["object", "ObjectPool in debug mode", () => new ObjectPool({ create, debug: true }).lease()],
  ["buffer", "BufferPool", () => new BufferPool({ maxBytes: 2 ** 20 }).acquire(2000)],
];

describe.each(pools)("A lease (%s) by %s", (thing, _kind, lend) => {
  const told = (method: string): string =>
    `Cannot ${method} ${thing}: the method was called without its lease, expected lease.${method}()`;

  it("throws a TypeError if a method is taken off it, and goes on", async () => {
    const lease = await lend();
    const { release, destroy, touch } = lease;
    const others = [undefined, null, {}, 1, "a", new Proxy(lease, {}), Object.create(lease)];
    for (const other of others) {
      expect(() => release.call(other)).toThrow(new TypeError(told("release")));
      expect(() => destroy.call(other)).toThrow(new TypeError(told("destroy")));
      expect(() => touch.call(other, "note")).toThrow(new TypeError(told("touch")));
      expect(() => lease[Symbol.dispose].call(other)).toThrow(new TypeError(told("release")));
      await expect(lease[Symbol.asyncDispose].call(other)).rejects.toThrow(
        new TypeError(told("release")),
      );
    }
    expect(lease.value).toBeTypeOf("object");
    lease.release();
    expect(() => release()).toThrow(TypeError);
  });

  it("throws a TypeError if a method is passed on", async () => {
    const lease = await lend();
    await expect(Promise.resolve().finally(lease.release)).rejects.toThrow(told("release"));
    expect(() => [1].forEach(lease.destroy)).toThrow(told("destroy"));
    lease.release();
  });

  it("throws a TypeError if its value is read through another object", async () => {
    const lease = await lend();
    const message = `Cannot use ${thing}: the value was read without its lease, expected lease.value`;
    for (const other of [new Proxy(lease, {}), Object.create(lease) as typeof lease]) {
      expect(() => other.value).toThrow(new TypeError(message));
    }
    lease.release();
  });

  it("can be passed on as a function that calls it", async () => {
    const lease = await lend();
    await Promise.resolve().finally(() => lease.release());
    expect(() => lease.release()).toThrow("has ended");
  });

  it("has no value after destroy", async () => {
    const lease = await lend();
    lease.destroy();
    expect(() => lease.value).toThrow(expect.objectContaining({ code: "STALE_LEASE" }));
    expect(() => lease.touch("late")).toThrow(expect.objectContaining({ code: "STALE_LEASE" }));
  });
});

describe("A lease that has ended", () => {
  it("of an object or a buffer has no value, whether it is lent again or not", () => {
    const objects = new ObjectPool<unknown>({ create: () => undefined });
    const object = objects.lease();
    expect(object.value).toBe(undefined);
    object.release();
    expect(() => object.value).toThrow("Cannot use object: loan 1 of pool has ended");
    const buffers = new BufferPool({ maxBytes: 2 ** 20 });
    for (const bytes of [0, 2000]) {
      const buffer = buffers.acquire(bytes);
      buffer.release();
      expect(() => buffer.value).toThrow("Cannot use buffer: loan ");
    }
  });

  it("has no value if the pool destroyed the resource during the loan", async () => {
    const pool = new ResourcePool({ create, max: 1 });
    const lease = await pool.acquire({ label: "slow" });
    const { left } = await pool.close({ deadline: 0 });
    expect(left[0]!.value).toEqual({ id: 1 });
    expect(() => lease.value).toThrow('Cannot use resource: loan 1.1 "slow" of pool has ended');
  });

  it("shows the place of the first return in debug mode", async () => {
    const pool = new ResourcePool({ create, max: 1, debug: true });
    const lease = await pool.acquire();
    lease.release();
    const failure = ((): unknown => {
      try {
        return lease.value;
      } catch (error) {
        return error;
      }
    })();
    const { stale } = failure as { stale: { returned: string } };
    expect(stale.returned).toMatch(/^at .*leases\.test\.ts/);
  });
});
