import { readFileSync } from "node:fs";
import { expect, test, vi } from "vitest";
import { ExactWalk } from "./exact-walk.ts";
import { FreeWalk } from "./free-walk.ts";

// Files are read without waiting for the system, so that a walk can be replayed.
vi.mock("node:fs/promises", async (original) => ({
  ...(await original<typeof import("node:fs/promises")>()),
  readFile: async (file: string, encoding: BufferEncoding) => readFileSync(file, encoding),
}));

const first = Number(process.env["HEAPWISE_SEED"] ?? 1);
const WALKS = 20 * Number(process.env["HEAPWISE_RUNS"] ?? 1);
const STEPS = 60;
const firstSteps = (length: number): number[] => Array.from({ length }, (_, step) => step);

test.each([
  { kind: "calls one after the other do what the model does", Walk: ExactWalk },
  { kind: "calls at the same time leave nothing half-done", Walk: FreeWalk },
])(
  "$kind, and all code is collected at the end",
  async ({ Walk }) => {
    for (let seed = first; seed < first + WALKS; seed++) {
      const walk = new Walk(seed);
      const wrong = await walk.run(firstSteps(STEPS));
      if (wrong !== undefined) {
        expect.fail(`${wrong}\n${walk.log.join("\n")}\nReplay: HEAPWISE_SEED=${seed}`);
      }
      await walk.host[Symbol.asyncDispose]();
      expect(walk.host.zombies()).toEqual([]);
      expect(walk.host.stats()).toMatchObject({ instances: 0, unverified: 0, leases: 0 });
      expect(walk.files.runs.every(({ ends }) => ends === 1)).toBe(true);
      walk.files.remove();
    }
  },
  60_000 * Number(process.env["HEAPWISE_RUNS"] ?? 1),
);
