import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";
import { makeWorkerProgram, WORKER_PROGRAM } from "./worker-program.ts";

const root = resolve(import.meta.dirname, "../..");

test("the program of workers is that of its sources", async () => {
  const made = await makeWorkerProgram(root);
  const isCurrent = readFileSync(join(root, WORKER_PROGRAM), "utf8") === made;
  expect(isCurrent, `${WORKER_PROGRAM} is stale, expected what npm run worker writes`).toBe(true);
});
