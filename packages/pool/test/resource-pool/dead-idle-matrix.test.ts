import type { Lease, ResourcePoolOptions } from "@heapwise/pool";
import { describe, expect, it } from "vitest";
import { createPool, settled, watch, type Thing } from "./pool-fixture.ts";

// Of twenty idle things some have died silently: their checks never end. The cost
// for borrowers is measured in the time of the clock.

const COUNT = 20;
const TIMEOUT = 100;
const CREATE = 10;

const DEAD: Record<string, (id: number) => boolean> = {
  "the oldest ten": (id) => id <= 10,
  "the youngest ten": (id) => id > 10,
  "every other one": (id) => id % 2 === 0,
  all: () => true,
};

const PREPARES: Record<string, Partial<ResourcePoolOptions<Thing>>> = {
  nothing: {},
  "at once": { prepare: () => undefined },
  later: { prepare: () => Promise.resolve() },
};

function* combinations(): Generator<[string, string, Partial<ResourcePoolOptions<Thing>>]> {
  for (const dead of Object.keys(DEAD)) {
    for (const prepare of Object.keys(PREPARES)) {
      for (const order of ["lifo", "fifo"] as const) {
        for (const max of [COUNT, COUNT + 4]) {
          for (const createConcurrency of [1, Infinity]) {
            for (const min of [0, COUNT]) {
              yield [dead, prepare, { order, max, createConcurrency, min }];
            }
          }
        }
      }
    }
  }
}

describe("Ten silently dead resources of twenty", () => {
  it("cost one caller about one validateTimeout, and the others nothing", async () => {
    let count = 0;
    for (const [dead, prepare, options] of combinations()) {
      count++;
      const name = JSON.stringify({ dead, prepare, ...options });
      let isOver = false;
      let made = 0;
      const isDead = ({ id }: Thing): boolean => isOver && id <= COUNT && DEAD[dead]!(id);
      const { pool, clock, destroyed } = createPool({
        ...options,
        ...PREPARES[prepare],
        create: async () => {
          const id = ++made;
          if (isOver) await new Promise<void>((resolve) => clock.schedule(resolve, CREATE));
          return { id };
        },
        validate: (thing) =>
          isDead(thing) ? new Promise<never>(() => undefined) : Promise.resolve(true),
        validateTimeout: TIMEOUT,
        idleTimeout: Infinity,
      });
      const first = await Promise.all(Array.from({ length: COUNT }, () => pool.acquire()));
      for (const lease of first) lease.release();
      clock.advance(1000);
      await settled();
      expect(pool.stats().idle, name).toBe(COUNT);
      isOver = true;

      // One after the other, until no dead resource is found.
      const waits: number[] = [];
      for (let caller = 0; caller < 8; caller++) {
        const since = clock.now();
        const call = watch<Lease<Thing>>(pool.acquire());
        while (call.value === undefined && call.error === undefined) {
          await settled();
          const due = clock.pending[0]?.dueAt ?? clock.now();
          if (call.value === undefined) clock.advance(Math.max(0, due - clock.now()));
        }
        await settled();
        waits.push(clock.now() - since);
        expect(isDead(call.value!.value), name).toBe(false);
        const { total, max } = pool.stats();
        expect(total, name).toBeLessThanOrEqual(max);
        call.value!.release();
        await settled();
      }
      expect(Math.max(...waits), name).toBeLessThanOrEqual(TIMEOUT + CREATE);
      const sum = waits.reduce((all, wait) => all + wait, 0);
      // All of them together.
      expect(sum, name).toBeLessThanOrEqual(2 * (TIMEOUT + CREATE));

      // The working resources are kept.
      for (let i = 0; i < 4; i++) {
        clock.advance(TIMEOUT);
        await settled();
      }
      expect(destroyed.filter((thing) => !isDead(thing)).length, name).toBe(0);
      expect(pool.stats(), name).toMatchObject({ checking: 0, leased: 0, waiting: 0 });
      await pool.close({ deadline: 0 });
      // A creation that no call waits for.
      clock.advance(CREATE);
      await settled();
      expect(pool.stats().total, name).toBe(0);
      expect(clock.pending, name).toEqual([]);
    }
    expect(count).toBe(192);
  });
});
