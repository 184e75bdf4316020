import { LRUCache } from "@heapwise/lru";

const cache = new LRUCache<number, object>({ maxBytes: "64mb", remeasure: { ms: 3_600_000 } });
const busy = new LRUCache<number, object>({ maxBytes: "64mb", remeasure: { ms: 1 } });
for (let i = 0; i < 5000; i++) {
  cache.set(i, { i, list: [i] });
  busy.set(i, { i, list: [i] });
}
setTimeout(() => console.log("end"), 20);
