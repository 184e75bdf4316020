/**
 * Runs all checks in Node, Bun or Deno, and prints the report as a line of JSON. Objects that are
 * still open must let the program end, and the finalizer must run at the end.
 */
import { LRUCache } from "@heapwise/lru";
import { ResourcePool } from "@heapwise/pool";
import { detectProfile } from "@heapwise/sizeof";
import { finalize, WeakCache } from "@heapwise/weak";
import { runChecks } from "./check.ts";
import { leaksChecks, leaksCollections } from "./leaks.ts";
import { lruChecks, lruCollections } from "./lru.ts";
import { modulesChecks } from "./modules.ts";
import { nodeChecks } from "./node-entries.ts";
import { poolChecks, poolCollections } from "./pool.ts";
import { sizeofChecks, sizeofCollections } from "./sizeof.ts";
import { weakChecks, weakCollections } from "./weak.ts";

const open = {
  cache: new LRUCache({ max: 5, ttl: 3_600_000 }).set(1, 1),
  weak: new WeakCache({ minResidence: { ms: 3_600_000 } }).set(1, {}),
  pool: new ResourcePool({
    create: () => ({}),
    max: 1,
    idleTimeout: 3_600_000,
    leakThreshold: 1e6,
  }),
};
await open.pool.use(() => undefined);
const lent = await open.pool.acquire();
finalize(open, () => console.log("finalized"));

const report = await runChecks(
  {
    ...leaksChecks,
    ...lruChecks,
    ...modulesChecks,
    ...poolChecks,
    ...sizeofChecks,
    ...weakChecks,
    ...nodeChecks,
  },
  {
    ...leaksCollections,
    ...lruCollections,
    ...poolCollections,
    ...sizeofCollections,
    ...weakCollections,
  },
);
console.log(JSON.stringify({ profile: detectProfile().name, ...report }));
if (lent.value === undefined) console.log("no resource");
