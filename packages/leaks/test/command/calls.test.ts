import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { commands } from "../../src/command/commands.ts";
import { run } from "./run-in-process.ts";

const manifest = resolve(import.meta.dirname, "../../package.json");

describe("a call that is wrong exits with 2 and says in one line what is right", () => {
  test.each([
    [["typs"], "Cannot run typs: there is no such command, expected types"],
    [["toString"], "Cannot run toString: there is no such command, expected types, paths, diff,"],
    [["types"], "Cannot run types: 0 files are given, expected heapwise-leaks types FILE"],
    [["types", "a", "b"], "Cannot run types: 2 files are given, expected heapwise-leaks types"],
    [["types", "@1"], "Cannot run types: @1, expected heapwise-leaks types FILE"],
    [["diff", "a"], "Cannot run diff: 1 file is given, expected heapwise-leaks diff BEFORE AFTER"],
    [["diff", "a", "b", "c", "d"], "Cannot run diff: 4 files are given"],
    [["types", "a", "--tpo", "3"], "Cannot use --tpo: there is no such option, expected --top"],
    [["types", "a", "--zzzzzz"], "Cannot use --zzzzzz: there is no such option, expected one that"],
    [["types", "a", "--toString"], "Cannot use --toString: there is no such option"],
    [["types", "a", "-t"], "Cannot use -t: there is no such option"],
    [["types", "a", "--top"], "Cannot use --top: it has no value, expected N"],
    [["types", "a", "--json=yes"], "Cannot use --json=yes: expected --json without a value"],
    [["types", "a", "--top", "x"], 'Cannot use --top "x": expected an integer from 1'],
    [["types", "a", "--top", "0"], 'Cannot use --top "0": expected an integer from 1'],
    [["types", "a", "--top", ""], 'Cannot use --top "": expected an integer from 1'],
    [["types", "a", "--by", "name"], "Cannot use --by name: expected count or self or retained"],
    [["diff", "a", "b", "--at-least", "2"], "Cannot use --at-least: expected --fail-on-growth"],
    [["watch"], "Cannot watch a process: expected either --pid or --url"],
    [["watch", "--pid", "1", "--url", "a:1"], "Cannot watch a process: expected either --pid"],
    [["watch", "--pid", "1", "--every", "0"], 'Cannot use --every "0": expected a number above 0'],
    [
      ["watch", "--pid", "1", "--every", "2592000"],
      'Cannot use --every "2592000": expected a number above 0, up to 2,147,483',
    ],
    [
      ["watch", "--pid", "1", "--snapshots", "1"],
      'Cannot use --snapshots "1": expected an integer',
    ],
    [["watch", "--pid", "abc"], 'Cannot use --pid "abc": expected an integer from 1'],
  ])("%j", async (args, expected) => {
    const { code, out, err } = await run(args);
    expect([code, out]).toEqual([2, ""]);
    expect(err.startsWith(`heapwise-leaks: ${expected}`)).toBe(true);
    expect(err.split("\n")).toHaveLength(2);
  });

  test("help for a name that is no command is the help for all", async () => {
    const all = await run(["--help"]);
    for (const name of ["nothing", "__proto__", "toString"]) {
      expect(await run(["--help", name])).toEqual(all);
    }
  });

  test("without a command, the help is what is right", async () => {
    const { code, out, err } = await run([]);
    expect([code, out]).toEqual([2, ""]);
    expect(err).toBe((await run(["--help"])).out);
  });

  test("a name that a terminal would obey is printed as an escape", async () => {
    expect((await run(["types", "\u001B[2J"])).err).toContain("Cannot read \\x1b[2J: there is no");
  });
});

describe("help and version", () => {
  test.each(["--help", "-h", "help"])("%s lists the commands", async (word) => {
    const { code, out, err } = await run([word]);
    expect([code, err]).toEqual([0, ""]);
    for (const name of Object.keys(commands)) expect(out).toMatch(new RegExp(`^  ${name} `, "m"));
  });

  test("help of a word that names no command lists the commands", async () => {
    expect(await run(["help", "toString"])).toEqual(await run(["--help"]));
  });

  test.each(Object.keys(commands))("%s --help lists its options", async (name) => {
    const { code, out, err } = await run([name, "--help"]);
    expect([code, err]).toEqual([0, ""]);
    for (const option of [...Object.keys(commands[name]!.options), "json", "help"]) {
      expect(out).toMatch(new RegExp(`^  --${option} `, "m"));
    }
    expect((await run(["help", name])).out).toBe(out);
    expect((await run([name, "-h", "--wrong"])).out).toBe(out);
    for (const line of out.split("\n")) expect(line.length).toBeLessThanOrEqual(100);
  });

  test.each(["--version", "-v"])("%s prints the version of the package", async (word) => {
    const { version } = JSON.parse(readFileSync(manifest, "utf8")) as { version: string };
    expect(await run([word])).toEqual({ code: 0, out: `${version}\n`, err: "" });
  });
});
