import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import * as aliased from "@heapwise/lru";
import * as policies from "@heapwise/lru/policies";
import { describe, expect, test } from "vitest";
import { readTree } from "../tidy/tree.ts";
import { workspacesOf } from "../tidy/workspaces.ts";
import { nameOfEntry, standaloneEntriesOf } from "./entries.ts";

const root = resolve(import.meta.dirname, "../..");
const require = createRequire(import.meta.url);
const entries = workspacesOf(readTree(root))
  .filter(({ published }) => published)
  .flatMap(({ folder, manifest }) =>
    standaloneEntriesOf(manifest).map((entry) => ({
      name: manifest.name + entry.slice(1),
      path: (copy: string) => join(root, folder, copy, `${nameOfEntry(entry)}.js`),
    })),
  );

/** Runs a module in a Node without aliases, and returns its output. */
function run(code: string, ...flags: string[]): unknown {
  const head = `
    import { createRequire } from "node:module";
    const require = createRequire(${JSON.stringify(join(root, "x.js"))});
    const entries = ${JSON.stringify(
      entries.map(({ name, path }) => [name, path("dist"), path("dist/cjs")]),
    )};`;
  const args = [...flags, "--input-type=module", "--eval", head + code];
  const { stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: root,
    encoding: "utf8",
    env: { ...process.env, NODE_OPTIONS: "" },
  });
  expect(stderr).toBe("");
  return JSON.parse(stdout);
}

/** The results of both directions: the copy of one is used in the other, and the reverse. */
const twice = <T>(result: T): T[] => [result, result];

const compareAll = `
  const differing = [];
  for (const [name] of entries) {
    const [ours, theirs] = [await import(name), require(name)];
    if (Object.keys(ours).length === 0) throw new Error(name + " exports nothing");
    for (const key of Object.keys(ours)) if (ours[key] !== theirs[key]) differing.push(name);
  }
  console.log(JSON.stringify([...new Set(differing)]));`;

test("the contracts run on the CommonJS copy", () => {
  const copy = require(join(root, "packages/lru/dist/cjs/index.js")) as typeof aliased;
  expect(aliased.LRUCache).toBe(copy.LRUCache);
});

test.each(entries)("the copy of $name exports the same names, loaded first", ({ path }) => {
  const paths = JSON.stringify([path("dist"), path("dist/cjs")]);
  const [names, copied] = run(`
    const [path, copy] = ${paths};
    const copied = Object.keys(require(copy)).sort();
    console.log(JSON.stringify([Object.keys(await import(path)).sort(), copied]));`) as string[][];
  expect(copied).toEqual(names);
});

test("import and require give one copy, in a program that mixes them", () => {
  expect(run(compareAll)).toEqual([]);
});

test("without module-sync there are two copies, which shows that the comparison works", () => {
  const two = run(compareAll, "--no-experimental-require-module") as string[];
  expect(two).toContain("@heapwise/lru");
  expect(two).toContain("@heapwise/weak");
});

describe("two copies, one of them loaded by its path, break nothing", () => {
  /** Runs code with `a`, the ES modules of all packages, and `b`, their CommonJS copies. */
  const withBoth = (code: string): unknown =>
    run(
      `
      const [a, b] = [{}, {}];
      for (const [name, path, copy] of entries) {
        const key = name.replace("@heapwise/", "");
        [a[key], b[key]] = [await import(path), require(copy)];
      }
      if (a.lru.LRUCache === b.lru.LRUCache) throw new Error("one copy");
      if (a.weak.WeakCache === b.weak.WeakCache) throw new Error("one copy");
      const both = [[a, b], [b, a]];
      const results = [];
      for (const [ours, theirs] of both) results.push(await (async () => {${code}})());
      console.log(JSON.stringify(results));`,
      "--no-experimental-require-module",
      "--expose-gc",
    );

  test("REMOVE of one deletes in the other", () => {
    const results = withBoth(`
      const cache = new ours.lru.LRUCache({ max: 2 }).set("a", 1);
      const core = new ours["lru/core"].LRUCache({ max: 2 }).set("a", 1);
      for (const each of [cache, core]) each.update("a", () => theirs.lru.REMOVE);
      return [cache.size, core.size, String(ours.lru.REMOVE)];`);
    expect(results).toEqual(twice([0, 0, "Symbol(@heapwise/lru:REMOVE)"]));
  });

  test("errors are recognized by their name and code", () => {
    const results = withBoth(`
      const cache = new ours.lru.LRUCache({ max: 2 });
      cache[Symbol.dispose]();
      try { cache.set("a", 1); } catch (error) {
        return [error instanceof theirs.lru.CacheDisposedError, error.name, error.code];
      }`);
    expect(results).toEqual(twice([false, "CacheDisposedError", "CACHE_DISPOSED"]));
  });

  test("a cache takes the policies of the other, and its snapshot", () => {
    const results = withBoth(`
      const kept = {};
      for (const [name, create] of Object.entries(theirs["lru/policies"])) {
        const cache = new ours.lru.LRUCache({ max: 10, policy: create(), seed: 1 });
        const core = new ours["lru/core"].LRUCache({ max: 10, policy: create(), seed: 1 });
        for (let i = 0; i < 100; i++) for (const each of [cache, core]) each.set(i, i).get(i % 7);
        const copy = theirs.lru.LRUCache.from(cache.snapshot(), { max: 10 });
        kept[name] = [cache.size, core.size, copy.size, [...copy.keys()].join() === [...cache.keys()].join()];
      }
      return kept;`) as object[];
    for (const kept of results) {
      expect(Object.keys(kept).sort()).toEqual(Object.keys(policies).sort());
      for (const each of Object.values(kept)) expect(each).toEqual([10, 10, 10, true]);
    }
  });

  test("a WeakCache takes the policy of the other, and pins and revives", () => {
    const results = withBoth(`
      const cache = new ours.weak.WeakCache({ strong: { max: 1, policy: theirs["lru/policies"].sieve() } });
      const [x, y] = [{}, {}];
      cache.set("x", x).set("y", y);
      return [cache.get("x") === x, cache.get("y") === y];`);
    expect(results).toEqual(twice([true, true]));
  });

  test("both finalize one target", () => {
    const results = withBoth(`
      let calls = 0;
      let target = {};
      for (const each of [ours, theirs]) each.weak.finalize(target, () => calls++);
      target = undefined;
      for (let i = 0; i < 100 && calls < 2; i++) {
        await new Promise((done) => setTimeout(done, 0));
        gc();
      }
      return calls;`);
    expect(results).toEqual([2, 2]);
  });

  test("sizes: an Accounting and a SIZE of the other count, and the sizes agree", () => {
    const results = withBoth(`
      const seen = new theirs.sizeof.Accounting();
      const value = { a: [1, 2, 3] };
      const first = ours.sizeof.sizeOf(value, { seen });
      class Known { [theirs.sizeof.SIZE]() { return 1000; } }
      return [
        first === theirs.sizeof.sizeOf(value),
        ours.sizeof.sizeOf(value, { seen }),
        theirs.sizeof.sizeOf(value, { seen }),
        ours.sizeof.sizeOf(new Known()),
      ];`);
    expect(results).toEqual(twice([true, 0, 0, 1000]));
  });

  test("failed() of the other marks a key of a batch as failed", () => {
    const results = withBoth(`
      const cache = new ours.lru.LRUCache({
        max: 5,
        loadMany: async (keys) => new Map(keys.map((key) => [key, key === 2 ? theirs.lru.failed(new Error("no")) : key])),
      });
      const found = await cache.getOrLoadMany([1, 2]).catch((error) => error);
      return [cache.get(1), cache.has(2), found instanceof Map || found instanceof Error];`);
    expect(results).toEqual(twice([1, false, true]));
  });

  test("the detector of one finds a circle of loads in caches of both", () => {
    const results = withBoth(`
      const loadCycles = theirs["lru/load-cycles"].detectLoadCycles();
      const first = new ours.lru.LRUCache({ max: 1, loadCycles, load: () => second.getOrLoad("b") });
      const second = new theirs.lru.LRUCache({ max: 1, loadCycles, load: () => first.getOrLoad("a") });
      return first.getOrLoad("a").then(() => "no circle", (error) => error.code);`);
    expect(results).toEqual(["LOAD_CYCLE", "LOAD_CYCLE"]);
  });

  test("a pool of each lends during a loan of the other", () => {
    const results = withBoth(`
      const scopes = theirs["pool/node"].asyncLoanScopes();
      const make = (kind) => new kind.pool.ResourcePool({ create: () => ({}), max: 1, scopes });
      const [p, q] = [make(ours), make(theirs)];
      const done = await p.use(() => q.use(() => "served"));
      const again = await p.use(() => p.use(() => "served")).catch((error) => error.code);
      await Promise.all([p.close(), q.close()]);
      return [done, again];`);
    expect(results).toEqual(twice(["served", "POOL_EXHAUSTED"]));
  });
});
