import { memoize } from "@heapwise/lru/memoize";
import { expect, test } from "vitest";

const tick = () => new Promise((resolve) => setImmediate(resolve));

test("the first call of an async function whose cache is disposed of leaves no unhandled rejection", async () => {
  const unhandled: unknown[] = [];
  const listener = (error: unknown) => unhandled.push(error);
  process.on("unhandledRejection", listener);
  const f = memoize(async (_k: string): Promise<number> => {
    throw new Error("own");
  });
  f.cacheOf()[Symbol.dispose]();
  await f("a").catch(() => {});
  await tick();
  await tick();
  process.off("unhandledRejection", listener);
  expect(unhandled).toEqual([]);
});

test("the first call of an async function whose result is stored leaves no unhandled rejection", async () => {
  const unhandled: unknown[] = [];
  const listener = (error: unknown) => unhandled.push(error);
  process.on("unhandledRejection", listener);
  const f = memoize(async (_k: string): Promise<number> => {
    throw new Error("own");
  });
  f.cacheOf().set(f.keyOf("a"), 7);
  expect(await f("a")).toBe(7);
  await tick();
  await tick();
  process.off("unhandledRejection", listener);
  expect(unhandled).toEqual([]);
});

test("undefined is memoized for async functions, refreshes and bulk loads, also with staleWhileRevalidate", async () => {
  let n = 0;
  const f = memoize(async (_k: string): Promise<undefined> => {
    n++;
  });
  await f("a");
  await f("a");
  expect(n).toBe(1);
  const found = await f
    .cacheOf()
    .getOrLoadMany(["b"], async (keys) => keys.map((key) => [key, undefined] as const));
  const again = await f
    .cacheOf()
    .getOrLoadMany(["b"], async (keys) => keys.map((key) => [key, undefined] as const));
  expect([...found.keys()]).toEqual([...again.keys()]);
});
