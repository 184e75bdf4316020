import { runProgram } from "@heapwise/testkit";
import { expect, test } from "vitest";

const program = new URL("programs/huge.ts", import.meta.url);

interface Told {
  readonly kind: string;
  readonly isMore: boolean;
  readonly min: number;
  readonly max: string;
  readonly sizes: readonly number[];
}

/** Kinds whose sum is too low: V8 hides a part, or only some objects are searched for the keys. */
const UNCOUNTED = [
  "description of a symbol",
  "symbol for a key",
  "field of a view",
  "name of a function",
];

test("a text or number that fills the heap is not read, wherever a value holds it", async () => {
  const flags = ["--max-old-space-size=256"];
  const { code, stdout, stderr } = await runProgram(program, { flags });
  const told = stdout.split("\n").filter((line) => line !== "");
  const rows = told.map((line) => JSON.parse(line) as Told);
  expect({ code, stderr, last: rows.at(-1)?.kind }).toEqual({
    code: 0,
    stderr: "",
    last: "negative bigint",
  });
  for (const { kind, isMore, min, max, sizes } of rows) {
    // Two bytes for each of 4e8 characters, which were not read.
    const bytes = kind.endsWith("bigint") ? 12.5e6 : 8e8;
    expect({ kind, isEnough: Number(max) >= bytes }).toEqual({ kind, isEnough: true });
    if (UNCOUNTED.includes(kind)) continue;
    expect({ kind, isMore }).toEqual({ kind, isMore: true });
    expect(min).toBeLessThanOrEqual(bytes / 2);
    expect({ kind, isAll: sizes.every((size) => size >= bytes) }).toEqual({ kind, isAll: true });
  }
});
