import { LRUCache } from "@heapwise/lru";
import { expect, test } from "vitest";

const tick = () => new Promise((resolve) => setImmediate(resolve));

test("a value of a bulk load whose `in` throws does not delay the other values", async () => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  const cache = new LRUCache<string, object>({
    max: 9,
    loadMany: async () => [
      ["a", proxy],
      ["b", {}],
    ],
  });
  const a = cache.getOrLoad("a");
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
