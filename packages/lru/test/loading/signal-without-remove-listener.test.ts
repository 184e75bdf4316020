import { LRUCache } from "@heapwise/lru";
import { expect, test } from "vitest";

const tick = () => new Promise((resolve) => setImmediate(resolve));

test("a signal without removeEventListener does not delay other callers", async () => {
  const cache = new LRUCache<string, string>({
    max: 9,
    loadMany: async (keys) => keys.map((key) => [key, key] as const),
  });
  const signal = { aborted: false, reason: undefined, addEventListener() {} } as never;
  const a = cache.getOrLoad("a", undefined, { signal });
  const b = cache.getOrLoad("b");
  const open = Symbol("open");
  const settled = Promise.allSettled([a, b]);
  expect(
    await Promise.race([
      settled,
      tick()
        .then(tick)
        .then(tick)
        .then(() => open),
    ]),
  ).not.toBe(open);
});
