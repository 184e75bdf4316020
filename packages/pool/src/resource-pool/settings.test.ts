import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { ResourcePoolOptions } from "./options.ts";
import { ResourcePool } from "./resource-pool.ts";
import { POOL_OPTIONS } from "./settings.ts";

interface Thing {
  readonly id: number;
}

const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

/** A pool with an idle resource, which a pool without these options would lend on the fast path. */
async function poolWith(
  options: Partial<ResourcePoolOptions<Thing>>,
): Promise<ResourcePool<Thing>> {
  let made = 0;
  const pool = new ResourcePool({ create: () => ({ id: ++made }), max: 2, ...options });
  (await pool.acquire()).release();
  return pool;
}

/** Counts calls, and returns true. */
function counter(): { (): boolean; calls: number } {
  const count = Object.assign(
    () => {
      count.calls++;
      return true;
    },
    { calls: 0 },
  );
  return count;
}

/** By option on the loan path: its effect on a loan of an idle resource, or on its return. */
const EFFECTS: Readonly<Record<string, () => Promise<void>>> = {
  validate: async () => {
    const validate = counter();
    const pool = await poolWith({ validate });
    await pool.acquire();
    expect(validate.calls).toBe(1);
  },
  prepare: async () => {
    const prepare = counter();
    const pool = await poolWith({ prepare });
    await pool.acquire();
    expect(prepare.calls).toBe(2);
  },
  reset: async () => {
    const reset = counter();
    const pool = await poolWith({ reset });
    (await pool.acquire()).release();
    expect(reset.calls).toBe(2);
  },
  minIdle: async () => {
    const pool = await poolWith({ minIdle: 1 });
    await pool.acquire();
    await settled();
    expect(pool.stats()).toMatchObject({ leased: 1, idle: 1 });
  },
  maxUses: async () => {
    const pool = await poolWith({ maxUses: 2 });
    (await pool.acquire()).release();
    expect(pool.stats()).toMatchObject({ total: 0, destroyed: 1 });
  },
  validateAfter: async () => {
    const validate = counter();
    const pool = await poolWith({ validate, validateAfter: 1e6 });
    await pool.acquire();
    expect(validate.calls).toBe(0);
  },
  validateOnReturn: async () => {
    const validate = counter();
    const pool = await poolWith({ validate, validateAfter: 1e6, validateOnReturn: true });
    (await pool.acquire()).release();
    expect(validate.calls).toBe(2);
  },
  order: async () => {
    const pool = await poolWith({ order: "fifo" });
    const leases = [await pool.acquire(), await pool.acquire()];
    for (const lease of leases) lease.release();
    expect((await pool.acquire()).value).toEqual({ id: 1 });
  },
  sampleStacks: async () => {
    const pool = await poolWith({ sampleStacks: 1 });
    await pool.acquire();
    expect(pool.holders()[0]!.stack).toContain("settings.test");
  },
  debug: async () => {
    const pool = await poolWith({ debug: true });
    const lease = await pool.acquire();
    lease.release();
    expect(() => lease.value).toThrow("has ended");
  },
  scopes: async () => {
    const current = counter();
    const pool = await poolWith({
      scopes: { current: () => (current() ? undefined : {}), run: (_, run) => run() },
    });
    await pool.acquire();
    expect(current.calls).toBe(2);
  },
  clock: async () => {
    let now = 0;
    const pool = await poolWith({ clock: { now: () => now } });
    await pool.acquire();
    now = 1000;
    expect(pool.holders()[0]!.age).toBe(1000);
  },
};

const rows = Object.entries(POOL_OPTIONS);
const onLoanPath = rows.filter(([, [, , isOnLoanPath]]) => isOnLoanPath);

describe("An option of a pool", () => {
  it.each(onLoanPath.map(([name]) => name))(
    "that a loan looks at has its effect on a loan of an idle resource: %s",
    async (name) => {
      const effect = EFFECTS[name];
      expect(effect, `no effect of ${name} is tested, expected one in EFFECTS`).toBeDefined();
      await effect!();
    },
  );

  it("has a test of its effect only if a loan looks at it", () => {
    expect(Object.keys(EFFECTS).sort()).toEqual(onLoanPath.map(([name]) => name).sort());
  });

  it.each(rows.map(([name]) => name))("is explained in the README: %s", (name) => {
    const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");
    expect(readme).toMatch(new RegExp(`\`[^\`]*\\b${name}\\b`));
  });

  it("may be an instance of a class with getters", () => {
    class Breaker {
      get failures(): number {
        return 3;
      }
      get reset(): number {
        return 1000;
      }
    }
    const create = (): object => ({});

    expect(() => new ResourcePool({ create, max: 3, breaker: new Breaker() })).not.toThrow();
    expect(
      () => new ResourcePool({ create, max: 3, codel: Object.create({ target: -1, interval: 1 }) }),
    ).toThrow("codel.target is -1");
  });
});
