// Imports the package inside a request, sets a timer inside another request, and prints the context
// in which a listener runs.
import { AsyncLocalStorage } from "node:async_hooks";

const storage = new AsyncLocalStorage<string>();
const { LRUCache } = await storage.run("importer", () => import("@heapwise/lru"));
const awake = setInterval(() => {}, 1000);
const seen = await new Promise((resolve) => {
  const cache = new LRUCache<string, number>({
    max: 5,
    ttl: 5,
    onRemoval: () => resolve(storage.getStore()),
  });
  storage.run("request", () => cache.set("a", 1));
});
clearInterval(awake);
console.log(`seen: ${String(seen)}`);
