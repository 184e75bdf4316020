import { LRUCache } from "@heapwise/lru";
import { expect, test } from "vitest";

const thrown = new Error("negativeTtl");

test("a key without a value has no entry, even if negativeTtl throws", async () => {
  let time = 0;
  let row: string | undefined = "ada";
  const cache = new LRUCache<number, string | undefined>({
    max: 9,
    ttl: 10,
    staleIfError: 1000,
    clock: { now: () => time },
    negativeTtl: (error) => {
      if (error === undefined) throw thrown;
      return 0;
    },
    load: async () => {
      if (row === "down") throw new Error("down");
      return row;
    },
  });
  await cache.getOrLoad(1);
  time = 20;
  row = undefined;
  await expect(cache.getOrLoad(1)).rejects.toBe(thrown);
  row = "down";
  await expect(cache.getOrLoad(1)).rejects.toThrow("down"); // not "ada"
});

test("a key without a value has no entry, even if undefined cannot be weighed", async () => {
  let row: string | undefined = "ada";
  const cache = new LRUCache<number, string | undefined>({
    max: 9,
    maxWeight: 100,
    weigh: (text) => text!.length,
    negativeTtl: 1000,
    load: async () => row,
  });
  await cache.getOrLoad(1);
  row = undefined;
  await cache.refresh(1).catch(() => {});
  expect(cache.get(1)).toBe(undefined);
});

test("negative entries have no stale window", async () => {
  let time = 0;
  let row: string | undefined;
  let down = false;
  const cache = new LRUCache<number, string | undefined>({
    max: 9,
    ttl: 5,
    staleIfError: 1000,
    staleWhileRevalidate: 1000,
    clock: { now: () => time },
    negativeTtl: 10,
    load: async () => {
      if (down) throw new Error("down");
      return row;
    },
  });
  expect(await cache.getOrLoad(1)).toBe(undefined);
  time = 20;
  row = "ada";
  expect(await cache.getOrLoad(1)).toBe("ada");
  row = undefined;
  await cache.refresh(1);
  time = 40;
  down = true;
  await expect(cache.getOrLoad(1)).rejects.toThrow("down");
});
