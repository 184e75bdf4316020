// Imports the package inside a request, starts sweeps and timers inside another request, and prints
// whose context the callbacks see.
import { AsyncLocalStorage } from "node:async_hooks";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

const storage = new AsyncLocalStorage<string>();
const { finalize, WeakCache } = await storage.run("importer", () => import("@heapwise/weak"));
setFlagsFromString("--expose-gc");
const gc = runInNewContext("gc") as () => void;
const seen = new Set<unknown>();
let finalized = false;
storage.run("request", () => {
  const cache = new WeakCache<number, object>({
    strong: { max: 1 },
    minResidence: { ms: 5 },
    onCollect: () => seen.add(storage.getStore()),
  });
  for (let i = 0; i < 100; i++) cache.set(i, {});
  finalize({}, () => {
    finalized = true;
    seen.add(storage.getStore());
  });
  Object.assign(globalThis, { cache });
});
for (let i = 0; i < 100 && (seen.size === 0 || !finalized); i++) {
  await new Promise((resolve) => setTimeout(resolve, 1));
  storage.run("collector", () => gc());
}
console.log(`seen: ${[...seen].map(String).join()}, finalized: ${finalized}`);
