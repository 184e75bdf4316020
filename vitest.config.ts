import { resolve } from "node:path";
import { defaultServerConditions } from "vite";
import { defineConfig } from "vitest/config";

// "module" is for bundlers: some packages answer it with modules that Node cannot load.
const nodeConditions = defaultServerConditions.filter((name) => name !== "module");
const conditions = ["@heapwise/source", ...nodeConditions];
const tests = (kind: string): string[] => [
  `packages/*/{src,test}/**/*${kind}.test.ts`,
  `benchmarks/**/*${kind}.test.ts`,
  `scripts/**/*${kind}.test.ts`,
];

/** A file of the CommonJS copy of a package. */
const copyOf = (name: string, entry: string): string =>
  resolve(import.meta.dirname, `packages/${name}/dist/cjs/${entry}.js`);

/**
 * What the packages promise, in tests that use nothing but their entries. The code of both copies
 * has the same lines, and what could differ is how files find each other: walks and models add
 * nothing.
 */
const CONTRACTS = [
  "packages/leaks/test/handles/left-handles.test.ts",
  "packages/leaks/test/pictures/heap-graph-pictures.test.ts",
  "packages/lru/test/cache/{contract,core,memoize,snapshot,upsert,weights}.test.ts",
  "packages/lru/test/removal/leases.test.ts",
  "packages/lru/test/loading/{get-or-load,load-cycles}.test.ts",
  "packages/lru/test/observation/*.test.ts",
  "packages/pool/test/{buffer-pool,keyed-pool,object-pool}/*-pool.test.ts",
  "packages/pool/test/leases.test.ts",
  "packages/pool/test/resource-pool/{limits,loans,waits}.test.ts",
  "packages/sizeof/test/{charge,kinds,options,safety,shapes,unreadable}.test.ts",
  "packages/weak/test/{finalize,interner,weak-key-cache,weak-memoize}.test.ts",
  "packages/weak/test/weak-cache{,-loads,-pins,-removals}.test.ts",
];

// The limits of time are there to end what hangs: a loaded machine takes ten times as long as a
// quiet one.
export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    reporters: ["default", "./scripts/verdict-reporter.ts"],
    // All cores: by default one of them only loads files, and half of a machine with two is idle.
    maxWorkers: "100%",
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          pool: "threads",
          include: tests(""),
          exclude: [
            "**/node_modules/**",
            "**/dist/**",
            ...[".gc", ".slow", ".built"].flatMap(tests),
          ],
          testTimeout: 240_000,
        },
      },
      {
        // A process for each file, because a collection elsewhere in the process disturbs what is
        // measured.
        extends: true,
        test: {
          name: "gc",
          pool: "forks",
          include: tests(".gc"),
          testTimeout: 480_000,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: "slow",
          pool: "forks",
          include: tests(".slow"),
          execArgv: ["--max-old-space-size=8192"],
          testTimeout: 1_200_000,
          sequence: { groupOrder: 2 },
        },
      },
      {
        // What users get: `dist/cjs` in place of the sources, as in Jest and in tools that do not
        // read `exports`. It does not extend the conditions above, which would find the sources.
        resolve: {
          alias: [
            { find: /^@heapwise\/(?!testkit)([\w-]+)$/, replacement: copyOf("$1", "index") },
            { find: /^@heapwise\/(?!testkit)([\w-]+)\/([\w-]+)$/, replacement: copyOf("$1", "$2") },
          ],
        },
        test: {
          name: "built",
          pool: "forks",
          include: [...tests(".built"), ...CONTRACTS],
          exclude: ["**/node_modules/**", "**/dist/**", ...tests(".gc")],
          globalSetup: ["./scripts/build-packages.ts"],
          // As a Node before 20.19: a package that requires another one gets its CommonJS copy.
          execArgv: ["--no-experimental-require-module"],
          server: { deps: { external: [/\/dist\//] } },
          testTimeout: 240_000,
          sequence: { groupOrder: 4 },
        },
      },
      {
        // With servers of their own, see examples/servers.
        extends: true,
        test: {
          name: "examples",
          pool: "forks",
          include: ["examples/**/*.test.ts"],
          fileParallelism: false,
          testTimeout: 120_000,
          sequence: { groupOrder: 3 },
        },
      },
    ],
  },
});
