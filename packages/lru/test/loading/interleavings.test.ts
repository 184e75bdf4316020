import { LRUCache } from "@heapwise/lru";
import { checkAsyncProperty } from "@heapwise/testkit/vitest";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

/** A database with many readers and writers, each of which takes its own time. */
class Database {
  readonly #scheduler: fc.Scheduler;
  readonly rows = new Map<string, number>();

  constructor(scheduler: fc.Scheduler) {
    this.#scheduler = scheduler;
  }

  /** The row at some moment between the call and its end. */
  async read(key: string): Promise<number> {
    await this.#scheduler.schedule(Promise.resolve(), `read ${key}`);
    const row = this.rows.get(key) ?? 0;
    await this.#scheduler.schedule(Promise.resolve(), `answer ${key}`);
    return row;
  }

  async write(key: string): Promise<void> {
    await this.#scheduler.schedule(Promise.resolve(), `write ${key}`);
    this.rows.set(key, (this.rows.get(key) ?? 0) + 1);
  }
}

type Act = { readonly kind: "read" | "write" | "refresh" | "many"; readonly key: string };

const key = fc.constantFrom("a", "b", "c");
const acts: fc.Arbitrary<Act[]> = fc.array(
  fc.record({ kind: fc.constantFrom("read", "read", "write", "refresh", "many"), key }),
  { minLength: 1, maxLength: 14 },
);
const caches: fc.Arbitrary<{ max: number; refreshAfter?: number; isBulk: boolean }> = fc.record(
  { max: fc.integer({ min: 1, max: 3 }), refreshAfter: fc.constant(0), isBulk: fc.boolean() },
  { requiredKeys: ["max", "isBulk"] },
);

describe("In every order of events", () => {
  it("no call reads a row that was invalidated before the call", async () => {
    await checkAsyncProperty(
      fc.asyncProperty(fc.scheduler(), caches, acts, async (scheduler, chosen, plan) => {
        const database = new Database(scheduler);
        /** The row of each key at its last invalidation. */
        const known = new Map<string, number>();
        const { isBulk, ...options } = chosen;
        const load = (wanted: string): Promise<number> => database.read(wanted);
        const cache = new LRUCache<string, number>({
          ...options,
          load,
          ...(isBulk && {
            loadMany: (keys) =>
              Promise.all(keys.map(async (one) => [one, await load(one)] as const)),
          }),
        });
        const check = (wanted: string, row: number, least: number): void => {
          if (row < least) throw new Error(`${wanted}: read row ${row}, but ${least} was known`);
        };
        const act = async ({ kind, key: wanted }: Act): Promise<void> => {
          await scheduler.schedule(Promise.resolve(), `${kind} ${wanted}`);
          const least = known.get(wanted) ?? 0;
          if (kind === "write") {
            await database.write(wanted);
            cache.delete(wanted);
            known.set(wanted, database.rows.get(wanted)!);
          } else if (kind === "many") {
            const all = ["a", "b", "c"];
            const leasts = all.map((one) => known.get(one) ?? 0);
            const rows = await cache.getOrLoadMany(all);
            all.forEach((one, i) => check(one, rows.get(one)!, leasts[i]!));
          } else {
            const row = await (kind === "read" ? cache.getOrLoad(wanted) : cache.refresh(wanted));
            check(wanted, row, least);
          }
        };
        const all = Promise.all(plan.map(act));
        await scheduler.waitFor(all);
        // The loads that were started in the background.
        await scheduler.waitIdle();

        expect(cache.size).toBeLessThanOrEqual(chosen.max);
        expect(cache.stats().inFlight).toBe(0);
        for (const [held, row] of cache) check(held, row, known.get(held) ?? 0);
      }),
      { runs: 1000 },
    );
  });

  it("a key has one load at a time, unless the load is fenced", async () => {
    await checkAsyncProperty(
      fc.asyncProperty(fc.scheduler(), acts, async (scheduler, plan) => {
        const database = new Database(scheduler);
        const running = new Set<string>();
        const cache = new LRUCache<string, number>({
          max: 3,
          load: async (wanted) => {
            if (running.has(wanted)) throw new Error(`${wanted} is loaded twice at a time`);
            running.add(wanted);
            const row = await database.read(wanted);
            running.delete(wanted);
            return row;
          },
        });
        const act = async ({ kind, key: wanted }: Act): Promise<void> => {
          await scheduler.schedule(Promise.resolve(), `${kind} ${wanted}`);
          if (kind === "many") await cache.getOrLoadMany(["a", wanted]);
          else if (kind === "refresh") await cache.refresh(wanted);
          else await cache.getOrLoad(wanted);
        };
        const all = Promise.all(plan.map(act));
        await scheduler.waitFor(all);
        await all;
      }),
      { runs: 500 },
    );
  });
});
