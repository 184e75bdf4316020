import { BufferPool, KeyedPool, ObjectPool, ResourcePool, type Lease } from "@heapwise/pool";
import { gcUntil } from "@heapwise/testkit";
import { describe, expect, it } from "vitest";

type Ended = Promise<[lease: Lease<unknown>, ref: WeakRef<object>]>;

/** Ends a loan, and returns its lease and a WeakRef of its value. */
async function end<T extends object>(
  lend: () => Promise<Lease<T>> | Lease<T>,
  way: (lease: Lease<T>) => unknown,
): Ended {
  const lease = await lend();
  const ref = new WeakRef<object>(
    lease.value instanceof Uint8Array ? lease.value.buffer : lease.value,
  );
  await way(lease);
  return [lease, ref];
}

const create = (): object => ({ id: 1 });

describe("A lease that has ended keeps nothing alive", () => {
  const ways: Record<string, () => Ended> = {
    "of a resource that was destroyed": () => {
      const pool = new ResourcePool({ create, max: 1 });
      return end(
        () => pool.acquire(),
        (lease) => lease.destroy(),
      );
    },
    "of a resource that left the pool later": () => {
      const pool = new ResourcePool({ create, max: 1 });
      return end(
        () => pool.acquire(),
        (lease) => {
          lease.release();
          pool.evictIdle();
        },
      );
    },
    "of a resource of a key": () => {
      const pool = new KeyedPool({ create, max: 1 });
      return end(
        () => pool.acquire("a"),
        (lease) => {
          lease.release();
          pool.evictIdle("a");
        },
      );
    },
    "of an object that was given back and left": () => {
      const pool = new ObjectPool({ create });
      return end(
        () => pool.lease(),
        (lease) => {
          lease.release();
          pool.clear();
        },
      );
    },
    "of an object that was destroyed": () => {
      const pool = new ObjectPool({ create });
      return end(
        () => pool.lease(),
        (lease) => lease.destroy(),
      );
    },
    "of a slab that was trimmed": () => {
      const pool = new BufferPool({ maxBytes: 2 ** 20 });
      return end(
        () => pool.acquire(2000),
        (lease) => {
          lease.release();
          pool.trim();
        },
      );
    },
    "of a slab of which a block was destroyed": () => {
      const pool = new BufferPool({ maxBytes: 2 ** 20 });
      return end(
        () => pool.acquire(2000),
        (lease) => lease.destroy(),
      );
    },
    "of a buffer that is not pooled": () => {
      const pool = new BufferPool({ maxBytes: 2 ** 20, maxBufferBytes: 1000 });
      return end(
        () => pool.acquire(2000),
        (lease) => lease.release(),
      );
    },
  };
  for (const [name, way] of Object.entries(ways)) {
    it(name, async () => {
      const [lease, ref] = await way();
      expect(await gcUntil(() => ref.deref() === undefined)).toBe(true);
      expect(() => lease.release()).toThrow("has ended");
    });
  }
});
