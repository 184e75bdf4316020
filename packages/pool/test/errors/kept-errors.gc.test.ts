import { KeyedPool, PoolTimeoutError, ResourcePool } from "@heapwise/pool";
import { asyncLoanScopes } from "@heapwise/pool/node";
import { FakeClock, gcUntil } from "@heapwise/testkit";
import { describe, expect, it } from "vitest";
import { settled } from "../resource-pool/pool-fixture.ts";

interface Thing {
  readonly bytes: Uint8Array;
}

const create = (): Thing => ({ bytes: new Uint8Array(1000) });
const never = (): Promise<never> => new Promise(() => undefined);

/**
 * Lends the only resource of a pool, and returns the error of a second call and a WeakRef of the
 * resource.
 */
async function failWith(
  fail: (pool: ResourcePool<Thing>) => Promise<unknown>,
): Promise<[unknown, WeakRef<Thing>]> {
  const pool = new ResourcePool({ create, max: 1, maxWaiters: 1, scopes: asyncLoanScopes() });
  const lease = await pool.acquire({ label: "kept" });
  const ref = new WeakRef(lease.value);
  const error = await fail(pool).catch((thrown: unknown) => thrown);
  lease.destroy();
  await pool.close({ deadline: 0 });
  return [error, ref];
}

describe("An error that is kept does not keep a destroyed resource", () => {
  const failures: Record<string, (pool: ResourcePool<Thing>) => Promise<unknown>> = {
    "of a wait that timed out": (pool) => pool.acquire({ timeout: 1 }),
    "of a wait of no time": (pool) => pool.acquire({ timeout: 0 }),
    "of a full queue": async (pool) => {
      pool.acquire().catch(() => undefined);
      await pool.acquire();
    },
  };
  for (const [name, fail] of Object.entries(failures)) {
    it(name, async () => {
      const [error, ref] = await failWith(fail);
      expect(error).toHaveProperty("code");
      expect(await gcUntil(() => ref.deref() === undefined)).toBe(true);
      expect(error).toHaveProperty("holders.0.label", "kept");
    });
  }

  for (const operation of ["validate", "prepare", "reset", "destroy"] as const) {
    it(`of a ${operation} that took too long`, async () => {
      const clock = new FakeClock();
      const errors: unknown[] = [];
      const ref = await (async () => {
        const pool = new ResourcePool({ create, max: 1, clock, [operation]: never });
        pool.on("error", ({ error }) => errors.push(error));
        let weak!: WeakRef<Thing>;
        pool.on("create", ({ value }) => (weak ??= new WeakRef(value)));
        const first = pool.acquire().then((lease) => {
          if (operation === "destroy") lease.destroy();
          else lease.release();
        });
        if (operation !== "prepare") await first;
        const second = operation === "validate" ? pool.acquire() : first;
        second.catch(() => undefined);
        await settled();
        clock.advance(5000);
        await settled();
        return weak;
      })();
      expect(errors).toMatchObject([{ code: "POOL_TIMEOUT", operation }]);
      expect(await gcUntil(() => ref.deref() === undefined)).toBe(true);
      expect(errors.length).toBe(1);
    });
  }

  it("of a stale lease", async () => {
    const [error, ref] = await (async () => {
      const pool = new ResourcePool({ create, max: 1 });
      const lease = await pool.acquire();
      const weak = new WeakRef(lease.value);
      lease.destroy();
      try {
        lease.release();
      } catch (thrown) {
        return [thrown, weak] as const;
      }
      throw new Error("did not fail");
    })();
    expect(await gcUntil(() => ref.deref() === undefined)).toBe(true);
    expect(error).toHaveProperty("code", "STALE_LEASE");
  });

  it("of a key", async () => {
    const [error, ref] = await (async () => {
      const pool = new KeyedPool({ create: (id: object) => ({ id }), max: 1 });
      const lease = await pool.acquire({ id: 1 });
      const weak = new WeakRef(lease.value);
      const waiting = pool.acquire({ id: 2 }, { timeout: 1 });
      const thrown: unknown = await waiting.catch((reason: unknown) => reason);
      lease.destroy();
      return [thrown, weak] as const;
    })();
    expect(await gcUntil(() => ref.deref() === undefined)).toBe(true);
    expect(error).toBeInstanceOf(PoolTimeoutError);
  });
});
