import { resolve } from "node:path";
import { buildSync } from "esbuild";
import { expect, it } from "vitest";

/**
 * The package as an engine reads it that has no symbols of disposal: Safari, and older browsers.
 */
async function inOlderEngine(): Promise<typeof import("../src/index.ts")> {
  const { outputFiles } = buildSync({
    entryPoints: [resolve(import.meta.dirname, "../src/index.ts")],
    define: { "Symbol.dispose": "undefined", "Symbol.asyncDispose": "undefined" },
    bundle: true,
    format: "esm",
    write: false,
  });
  const code = encodeURIComponent(outputFiles[0]!.text);
  return import(/* @vite-ignore */ `data:text/javascript,${code}`) as Promise<
    typeof import("../src/index.ts")
  >;
}

it("use gives its resource back if the engine has no Symbol.dispose", async () => {
  const { BufferPool, KeyedPool, ObjectPool, ResourcePool } = await inOlderEngine();
  const pool = new ResourcePool({ create: () => ({}), max: 1 });
  expect(await Promise.all([1, 2, 3].map((i) => pool.use(() => i)))).toEqual([1, 2, 3]);
  await expect(pool.use(() => Promise.reject(new Error("mine")))).rejects.toThrow("mine");
  expect(pool.stats()).toMatchObject({ idle: 1, leased: 0 });
  const keyed = new KeyedPool({ create: (key: string) => ({ key }), max: 1 });
  expect(await keyed.use("a", ({ key }) => key)).toBe("a");
  expect(keyed.stats()).toMatchObject({ leased: 0 });
  await Promise.all([pool.close(), keyed.close()]);
  new ObjectPool({ create: () => ({}) }).lease().release();
  new BufferPool({ maxBytes: 2 ** 20 }).acquire(2000).release();
});
