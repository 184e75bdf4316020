import { LRUCache } from "@heapwise/lru";
import { expect, test } from "vitest";

const tick = () => new Promise((resolve) => setImmediate(resolve));

test("an exclusive load that waits for an older value does not wait for the value that is lent to it", async () => {
  let closeFirst!: () => void;
  const closed: string[] = [];
  const cache = new LRUCache<string, { n: string }>({
    max: 9,
    exclusive: true,
    dispose: ({ n }) => {
      closed.push(n);
      if (n === "v0") return new Promise<void>((resolve) => (closeFirst = resolve));
      return undefined;
    },
    load: async () => ({ n: "new" }),
  });
  cache.set("k", { n: "v0" });
  cache.set("k", { n: "v1" }); // v0 is being closed
  const refreshed = cache.refresh("k"); // waits for v0; v1 is lent to it
  cache.delete("k"); // v1 waits for the load
  closeFirst();
  for (let i = 0; i < 20; i++) await tick();
  const open = Symbol("open");
  const later = cache.getOrLoad("k");
  expect(
    await Promise.race([
      refreshed,
      tick()
        .then(tick)
        .then(() => open),
    ]),
  ).not.toBe(open);
  expect(
    await Promise.race([
      later,
      tick()
        .then(tick)
        .then(() => open),
    ]),
  ).not.toBe(open);
  expect(closed).toContain("v1");
});

test("an exclusive bulk load does not wait for a value that is lent to it under another key", async () => {
  let closeFirst!: () => void;
  let time = 0;
  const cache = new LRUCache<string, { n: string }>({
    max: 9,
    exclusive: true,
    ttl: 10,
    staleIfError: 1000,
    clock: { now: () => time },
    dispose: ({ n }) =>
      n === "a0" ? new Promise<void>((resolve) => (closeFirst = resolve)) : undefined,
    loadMany: async (keys) => keys.map((key) => [key, { n: "new" }] as const),
  });
  cache.set("a", { n: "a0" });
  cache.set("b", { n: "b0" });
  cache.delete("a"); // is being closed
  time = 20;
  const all = cache.getOrLoadMany(["a", "b"]); // b0 is lent to it
  cache.delete("b");
  closeFirst();
  const open = Symbol("open");
  for (let i = 0; i < 20; i++) await tick();
  expect(await Promise.race([all, tick().then(() => open)])).not.toBe(open);
});
