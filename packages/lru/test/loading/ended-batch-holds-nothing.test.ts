import { LRUCache } from "@heapwise/lru";
import { expect, test } from "vitest";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

setFlagsFromString("--expose-gc");
const gc = runInNewContext("gc") as () => void;
const tick = () => new Promise((resolve) => setImmediate(resolve));

test("a finished batch holds none of its stale values", async () => {
  const refs: WeakRef<object>[] = [];
  const cache = new LRUCache<number, object>({
    max: 9,
    dispose: () => {},
    loadMany: async (keys) =>
      keys.map((key) => {
        const value = { big: new Array(1000).fill(key) };
        refs.push(new WeakRef(value));
        return [key, value] as const;
      }),
  });
  await cache.getOrLoad(1);
  await cache.refresh(1);
  cache.clear();
  await tick();
  await cache.disposed();
  for (let i = 0; i < 5; i++) {
    await tick();
    gc();
  }
  expect(refs.map((ref) => ref.deref() !== undefined)).toEqual([false, false]);
});
