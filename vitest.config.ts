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

// The limits of time are there to end what hangs: a loaded machine takes ten times as long as a quiet one.
export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    reporters: ["default", "./scripts/verdict-reporter.ts"],
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          pool: "threads",
          include: tests(""),
          exclude: ["**/node_modules/**", "**/dist/**", ...tests(".gc"), ...tests(".slow")],
          testTimeout: 240_000,
        },
      },
      {
        // One process at a time, because a collection elsewhere in the process disturbs what is measured.
        extends: true,
        test: {
          name: "gc",
          pool: "forks",
          include: tests(".gc"),
          fileParallelism: false,
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
          fileParallelism: false,
          testTimeout: 1_200_000,
          sequence: { groupOrder: 2 },
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
