/** Calls memoized functions that reject, and prints how many rejections stay unhandled. */
import { AsyncLocalStorage } from "node:async_hooks";
import { weakMemoize } from "@heapwise/weak";

const storage = new AsyncLocalStorage<object>();
let unhandled = 0;
process.on("unhandledRejection", () => void unhandled++);

const paths: unknown[][] = [[], [1], [{}], [{}, 1]];

async function count(name: string, run: (load: () => Promise<unknown>) => void): Promise<void> {
  const counts = new Set<number>();
  for (const args of paths) {
    unhandled = 0;
    const memoized = weakMemoize(async (..._args: unknown[]) => {
      await Promise.resolve();
      if (name === "not stored") memoized.clear();
      if (name === "fulfilled") return;
      throw new Error("no");
    });
    run(() => memoized(...args));
    for (let i = 0; i < 3; i++) await new Promise((resolve) => setImmediate(resolve));
    counts.add(unhandled);
  }
  console.log(`${name}: ${[...counts].join()}`);
}

await count("ignored", (load) => void load());
// Inside a request, because in Node 20 promises have properties of async hooks then.
await count("ignored in a request", (load) => void storage.run({}, load));
await count("handled", (load) => void load().catch(() => {}));
await count("handled by all", (load) => {
  for (let i = 0; i < 3; i++) load().then(undefined, () => {});
});
await count("not stored", (load) => void load());
await count("fulfilled", (load) => void load());
