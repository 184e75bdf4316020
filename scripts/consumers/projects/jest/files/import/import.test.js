// ES modules as most projects write them: babel-jest makes CommonJS of them.
import { LRUCache, REMOVE } from "@heapwise/lru";
import { ResourcePool } from "@heapwise/pool";
import { sizeOf } from "@heapwise/sizeof";
import { WeakCache } from "@heapwise/weak";

jest.setTimeout(300_000);

test("all packages", async () => {
  const cache = new LRUCache({ maxBytes: "1kb" });
  for (let i = 0; i < 100; i++) cache.set(`key ${i}`, "value");
  expect(cache.bytes()).toBeLessThanOrEqual(1000);
  expect(cache.update("key 99", () => REMOVE)).toBeUndefined();
  expect(cache.has("key 99")).toBe(false);

  const pool = new ResourcePool({ create: async () => ({ id: 1 }), max: 2 });
  expect(await pool.use(({ id }) => id)).toBe(1);
  await pool.close();

  const value = { name: "a" };
  expect(new WeakCache().set("a", value).get("a")).toBe(value);
  expect(sizeOf(value)).toBeGreaterThan(0);
});
