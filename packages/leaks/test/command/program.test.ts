import { closeSync, existsSync, mkdtempSync, openSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startCommand, startCommandInto } from "./start-program.ts";
import { heapOf, tinySnapshot } from "./tiny-snapshot.ts";

let folder = "";
const at = (name: string): string => join(folder, name);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "leaks-"));
  writeFileSync(at("a.heapsnapshot"), heapOf([101]));
  writeFileSync(at("b.heapsnapshot"), heapOf([101, 103]));
});
afterAll(() => rmSync(folder, { recursive: true }));

test("the exit code of the process is that of the command", async () => {
  const [a, b] = [at("a.heapsnapshot"), at("b.heapsnapshot")];
  const fine = startCommand("types", a);
  const grown = startCommand("diff", a, b, "--fail-on-growth");
  expect([await fine.ended(), fine.err]).toEqual([0, ""]);
  expect(await grown.ended()).toBe(1);
  expect(grown.out).toContain("Session");
  const wrong = startCommand("types", at("absent"));
  expect([await wrong.ended(), wrong.out]).toEqual([2, ""]);
  expect(wrong.err).toMatch(/^heapwise-leaks: Cannot read .*\n$/);
});

test("results that cannot be written are an error, and no growth", async () => {
  // Linux has a file like a full disk; a file that is open for reading refuses everywhere.
  const output = existsSync("/dev/full")
    ? openSync("/dev/full", "w")
    : openSync(at("a.heapsnapshot"), "r");
  const program = startCommandInto(output, "types", at("a.heapsnapshot"));
  closeSync(output);
  expect(await program.ended()).toBe(2);
  expect(program.err).toMatch(/^heapwise-leaks: Cannot write the results: \w+.*\n$/);
});

test("if the reader goes away, as in | head, it ends without a word and with its own code", async () => {
  const types = Array.from({ length: 40_000 }, (_, i) => ({
    kind: "object",
    name: `Type${i}`,
    id: 3 + 2 * i,
    selfBytes: 8,
  }));
  const edges = types.map(({ id }, i) => ["element", i, id] as const);
  const root = { kind: "synthetic", name: "", id: 1, selfBytes: 0, edges };
  writeFileSync(at("many.heapsnapshot"), tinySnapshot([root, ...types]));
  writeFileSync(at("none.heapsnapshot"), tinySnapshot([{ ...root, edges: [] }]));
  const args = [at("none.heapsnapshot"), at("many.heapsnapshot"), "--top", "40000"];
  const program = startCommand("diff", ...args, "--fail-on-growth");
  program.child.stdout!.once("data", () => program.child.stdout!.destroy());
  expect(await program.ended()).toBe(1);
  expect(program.err).toMatch(/^heapwise-leaks: Type\d+ \(\+1\) and 39999 more grew\n$/);
});
