// Imports the package inside a request, arms a timer inside another request, and prints the
// contexts.
import { AsyncLocalStorage } from "node:async_hooks";

const storage = new AsyncLocalStorage<string>();
const { ResourcePool } = await storage.run("importer", () => import("@heapwise/pool"));
const awake = setInterval(() => {}, 1000);
const seen: unknown[] = [];
await new Promise<void>((resolve) => {
  const pool = new ResourcePool({
    create: () => ({ made: seen.push(storage.getStore()) }),
    max: 1,
    idleTimeout: 5,
  });
  pool.on("destroy", () => {
    seen.push(storage.getStore());
    resolve();
  });
  storage.run("request", () => void pool.use(() => undefined));
});
clearInterval(awake);
console.log(`seen: ${seen.map(String).join()}`);
