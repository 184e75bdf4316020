/**
 * A Cloudflare worker: its requests use objects that were made in the global scope, in which timers
 * are refused. A request's timers end with the request.
 */
import { LRUCache } from "@heapwise/lru";
import { BufferPool, ResourcePool } from "@heapwise/pool";
import { detectProfile } from "@heapwise/sizeof";
import { WeakCache } from "@heapwise/weak";
import { expect, runChecks, until, type Checks, type Report } from "./check.ts";
import { leaksChecks } from "./leaks.ts";
import { lruChecks } from "./lru.ts";
import { poolChecks } from "./pool.ts";
import { sizeofChecks } from "./sizeof.ts";
import { weakChecks } from "./weak.ts";

const errors: unknown[] = [];
const removed: string[] = [];

const cache = new LRUCache<string, number>({
  max: 5,
  ttl: 30,
  load: async (key) => key.length,
  onRemoval: (key, _value, cause) => removed.push(`${key} ${cause}`),
  onError: (error) => errors.push(error),
});
cache.set("global", 1).set("for good", 2, { ttl: Infinity });
const pool = new ResourcePool({ create: () => ({}), max: 1, idleTimeout: 3_600_000 });
new BufferPool({ maxBytes: 2 ** 20 }).acquire(2000).release();
const hasWeakRefs = typeof WeakRef !== "undefined";
let refusal: unknown;
try {
  new WeakCache<number, object>({ strong: { max: 1 } }).set(1, {}).set(2, {});
} catch (error) {
  refusal = error;
}

/**
 * This part uses a `WeakRef`. Without `WeakRef` a cache has no timer, because the timer would keep
 * the cache alive.
 */
const USES_WEAK_REF = /^weak|by themselves|meter|measured/;
const common = Object.entries({
  ...leaksChecks,
  ...lruChecks,
  ...poolChecks,
  ...sizeofChecks,
  ...weakChecks,
});
const checks = common.filter(([name]) => hasWeakRefs || !USES_WEAK_REF.test(name));

const PARTS: Readonly<Record<string, Checks>> = {
  "/first": {
    ...Object.fromEntries(checks),
    "workerd: the global scope makes and fills caches": () => {
      expect(errors.length === 0, `no error, got ${String(errors[0])}`);
      expect(cache.get("for good") === 2, "the values to stay");
      expect(
        hasWeakRefs ? refusal === undefined : String(refusal).includes("has no WeakRef"),
        `weak caches, or a reason, got ${String(refusal)}`,
      );
    },
    "workerd: a request loads, and its entries expire": async () => {
      const both = await Promise.all([cache.getOrLoad("four"), cache.getOrLoad("four")]);
      expect(both.join() === "4,4", `4 twice, got ${both.join()}`);
      await until(() => cache.size > 0 && removed.includes("four expired"));
    },
    "workerd: a request leaves an entry and a loan whose timers end with it": async () => {
      cache.set("left", 1);
      await pool.use(() => undefined);
    },
  },
  "/second": {
    // The cache may still wait for a timer that is gone. In that case expired entries are removed
    // on the next use.
    "workerd: the next request removes expired entries, and continues with the cache": async () => {
      await until(() => cache.get("left") === undefined);
      cache.set("next", 1);
      await until(() => cache.size > 0 && removed.includes("next expired"));
      expect(removed.includes("left expired"), `it to be removed, got ${removed.join()}`);
      expect(cache.get("for good") === 2 && errors.length === 0, "the rest to stay");
    },
    "workerd: the next request sees the time of the pool": async () => {
      const lease = await pool.acquire();
      await new Promise((resolve) => setTimeout(resolve, 20));
      const { age } = pool.holders()[0]!;
      expect(age > 0 && age < 60_000, `the age of the loan, got ${age}`);
      lease.release();
    },
  },
};

export default {
  async fetch({ url }: { url: string }): Promise<unknown> {
    const report: Report = await runChecks(PARTS[new URL(url).pathname]!, {});
    const { Response } = globalThis as unknown as { Response: { json(body: unknown): unknown } };
    return Response.json({ ...report, profile: detectProfile().name });
  },
};
