import { detectProfile } from "@heapwise/sizeof";
import { runChecks, type Report } from "./check.ts";
import { leaksChecks, leaksCollections } from "./leaks.ts";
import { lruChecks, lruCollections } from "./lru.ts";
import { poolChecks, poolCollections } from "./pool.ts";
import { sizeofChecks, sizeofCollections } from "./sizeof.ts";
import { weakChecks, weakCollections } from "./weak.ts";

/** Runs all checks that need no module of Node, in a page or a worker. */
export async function run(): Promise<Report & { profile: string }> {
  const report = await runChecks(
    { ...leaksChecks, ...lruChecks, ...poolChecks, ...sizeofChecks, ...weakChecks },
    {
      ...leaksCollections,
      ...lruCollections,
      ...poolCollections,
      ...sizeofCollections,
      ...weakCollections,
    },
  );
  return { profile: detectProfile().name, ...report };
}
