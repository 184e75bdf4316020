import { AsyncLocalStorage } from "node:async_hooks";
import { bundleSource, gcUntil, runProgram } from "@heapwise/testkit";
import { expect, it } from "vitest";

type Package = typeof import("@heapwise/lru");

const PROGRAM = new URL("programs/first-import.ts", import.meta.url);
const storage = new AsyncLocalStorage<object>();

it("A timer belongs to no request, though one was the first to import the package", async () => {
  const { code, stdout, stderr } = await runProgram(PROGRAM);
  expect([code, stdout, stderr]).toEqual([0, "seen: undefined\n", ""]);
});

it("A bundle that a request loads keeps nothing of the request, and neither do its timers", async () => {
  const script = bundleSource('export * from "@heapwise/lru"', "cjs");
  const load = new Function("module", "exports", script) as (
    module: { exports: Package },
    exports: unknown,
  ) => void;
  const module = { exports: {} as Package };
  const importer = ((): WeakRef<object> => {
    const store = {};
    storage.run(store, () => load(module, module.exports));
    return new WeakRef(store);
  })();
  const seen = await new Promise((resolve) => {
    const { LRUCache } = module.exports;
    const cache = new LRUCache<string, number>({
      max: 5,
      ttl: 5,
      onRemoval: () => resolve(storage.getStore()),
    });
    storage.run({}, () => cache.set("a", 1));
  });
  expect(seen).toBe(undefined);
  expect(await gcUntil(() => importer.deref() === undefined)).toBe(true);
  expect(typeof module.exports.LRUCache).toBe("function");
});
