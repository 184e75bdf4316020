import { LRUCache } from "@heapwise/lru";
import { expect, test } from "vitest";

const tick = () => new Promise((resolve) => setImmediate(resolve));

test("an exclusive batch does not delay one key for the value of another that waits for the first", async () => {
  const cache = new LRUCache<string, { key: string }>({
    max: 9,
    exclusive: true,
    dispose: () => {},
    loadMany: async (keys) => keys.map((key) => [key, { key }] as const),
  });
  await cache.getOrLoad("d");
  await tick();
  const first = cache.getOrLoadMany(["d"]); // only to warm up
  await first;
  await tick();
  const one = cache.getOrLoad("a"); // a is loaded at the end of this turn
  const both = cache.getOrLoadMany(["a", "d"]); // has d, waits for a
  cache.delete("d");
  const again = cache.getOrLoad("d"); // joins the batch of a, which waits until d is closed
  const open = Symbol("open");
  for (let i = 0; i < 20; i++) await tick();
  expect(await Promise.race([Promise.all([one, both, again]), tick().then(() => open)])).not.toBe(
    open,
  );
});

test("two calls that hold each other's values: a load does not wait for later values", async () => {
  let closeFirst!: () => void;
  const cache = new LRUCache<string, { n: string }>({
    max: 9,
    exclusive: true,
    dispose: ({ n }) =>
      n === "a0" ? new Promise<void>((resolve) => (closeFirst = resolve)) : undefined,
    load: async (key) => ({ n: `${key} loaded` }),
  });
  cache.set("a", { n: "a0" }).set("b", { n: "b1" }).delete("a");
  const first = cache.getOrLoadMany(["a", "b"]); // has b1, waits for a0 to be closed
  cache.set("a", { n: "a1" }).delete("b");
  const second = cache.getOrLoadMany(["a", "b"]); // has a1, waits for b1 to be closed
  cache.delete("a");
  closeFirst();
  const open = Symbol("open");
  for (let i = 0; i < 20; i++) await tick();
  expect(await Promise.race([Promise.all([first, second]), tick().then(() => open)])).not.toBe(
    open,
  );
});
