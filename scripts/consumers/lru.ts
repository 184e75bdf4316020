import { LRUCache, type RemovalCause } from "@heapwise/lru";
import { adaptive, lru, s3Fifo, sieve, wTinyLfu } from "@heapwise/lru/policies";

const removed: [string, RemovalCause][] = [];
const cache = new LRUCache<string, number>({
  max: 2,
  onRemoval: (key, _value, cause) => {
    removed.push([key, cause]);
  },
});
cache.set("a", 1).set("b", 2);
const hit: number | undefined = cache.get("a");
cache.set("c", 3);
expect(hit === 1 && cache.size === 2, "a hit and a full cache");
expect(JSON.stringify(removed) === '[["b","evicted"]]', "one removal");
expect([...cache.keys()].join() === "c,a", "keys from the hottest to the coldest");

for (const policy of [adaptive, lru, s3Fifo, sieve, wTinyLfu]) {
  const weighted = new LRUCache<string, string>({
    maxWeight: 10,
    weigh: (value) => value.length,
    policy: policy(),
  });
  for (let i = 0; i < 100; i += 1) weighted.set(`key ${i}`, "abc");
  expect(weighted.weight <= 10, "a bound that holds");
}

const bounded = new LRUCache<string, Uint8Array>({ maxBytes: "1mb" });
for (let i = 0; i < 100; i += 1) bounded.set(`key ${i}`, new Uint8Array(50_000));
expect(bounded.bytes() <= 1e6 && bounded.size === 19, "a bound in bytes");

function expect(condition: boolean, what: string): void {
  if (!condition) throw new Error(`Cannot use the package: expected ${what}`);
}
