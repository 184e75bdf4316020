import type { LRUCache, RemovalCause } from "@heapwise/lru";
import { FakeClock } from "@heapwise/testkit";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { CAUSES } from "../../src/removal/removal-queue.ts";
import { createDeferred, settled } from "../loading/deferred.ts";
import { loggedCache } from "../logged-cache.ts";

/** Removes the value of "a" for each cause. The compiler asks for the way of a new cause. */
const WAYS: Record<RemovalCause, (cache: LRUCache<string, string>, clock: FakeClock) => void> = {
  evicted: (cache) => void cache.evict(),
  expired: (cache, clock) => {
    clock.advance(100);
    cache.expireNow();
  },
  replaced: (cache) => void cache.set("a", "written"),
  deleted: (cache) => void cache.delete("a"),
};
const PAGES = ["packages/lru/README.md", "docs/glossary.md", "docs/guides/from-lru-cache.md"];

describe.each(Object.keys(CAUSES) as RemovalCause[])("The removal cause %s", (cause) => {
  it("decides whether a load that runs still stores its result", async () => {
    const clock = new FakeClock();
    const loaded = createDeferred<string>();
    const { cache, log } = loggedCache<string, string>({
      max: 3,
      ttl: 100,
      clock,
      load: () => loaded.promise,
    });
    cache.set("a", "old");
    void cache.refresh("a");
    WAYS[cause](cache, clock);
    expect(log).toEqual([["a", "old", cause]]);

    loaded.resolve("loaded");
    await settled();
    expect(cache.peek("a") === "loaded").toBe(!CAUSES[cause].fences);
  });

  it.each(PAGES)("is named in %s", (page) => {
    const text = readFileSync(new URL(`../../../../${page}`, import.meta.url), "utf8");
    expect(text).toMatch(new RegExp(`[\`']${cause}[\`']`));
  });
});
