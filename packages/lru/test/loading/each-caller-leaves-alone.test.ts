import { LRUCache } from "@heapwise/lru";
import { expect, it } from "vitest";
import { createDeferred, outcomeOf } from "./deferred.ts";

// lru-cache 11.5.3: of several callers only the signal of the first counts. If it aborts, the
// others reject too. Their own signals are ignored, also a signal that was aborted before the call.
it("each caller leaves by its own signal, alone", async () => {
  const value = createDeferred<string>();
  let loadSignal: AbortSignal | undefined;
  const cache = new LRUCache<string, string>({
    max: 3,
    load: (_key, { signal }) => {
      loadSignal = signal;
      return value.promise;
    },
  });
  const first = new AbortController();
  const second = new AbortController();
  const a = cache.getOrLoad("k", undefined, { signal: first.signal });
  const b = cache.getOrLoad("k", undefined, { signal: second.signal });
  const c = cache.getOrLoad("k");
  const d = cache.getOrLoad("k", undefined, { signal: AbortSignal.abort("late") });

  first.abort("first");
  second.abort("second");

  expect(await Promise.all([a, b, c, d].map(outcomeOf))).toEqual([
    { error: "first" },
    { error: "second" },
    "pending",
    { error: "late" },
  ]);
  expect(loadSignal!.aborted).toBe(false);
  value.resolve("value");
  expect(await c).toBe("value");
});
