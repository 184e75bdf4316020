import { LRUCache } from "@heapwise/lru";
import { expect, test } from "vitest";

test("failures whose time is over do not displace a failure that is remembered longer", async () => {
  let time = 0;
  const loads: number[] = [];
  const cache = new LRUCache<number, number>({
    max: 9,
    clock: { now: () => time },
    negativeTtl: (_error, key) => (key === 0 ? 3_600_000 : 10),
    load: (key) => {
      loads.push(key);
      throw new Error(String(key));
    },
  });
  for (let key = 0; key <= 1000; key++) {
    time += 20;
    await cache.getOrLoad(key).catch(() => {});
  }
  await cache.getOrLoad(0).catch(() => {});
  expect(loads.filter((key) => key === 0)).toHaveLength(1);
});
