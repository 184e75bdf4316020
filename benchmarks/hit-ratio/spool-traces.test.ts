import { spawn } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { runProgram } from "@heapwise/testkit";
import { describe, expect, test } from "vitest";
import { beladyHits, nextUses } from "./belady.ts";
import { listTraces, readTrace, spoolTraces } from "./trace-source.ts";
import type { ReadOptions } from "./trace-source.ts";
import { packProducts, spoolInProcess, SPOOL_IN_PROCESS, useTraceFolder } from "./trace-folder.ts";

const folder = useTraceFolder();

function leftFolders(): string[] {
  return readdirSync(tmpdir()).filter((name) => name.startsWith("heapwise-traces-"));
}

describe("copies of traces", () => {
  test("have the ids, the facts of the list and the report", async () => {
    const files = [
      folder.write("a.csv", "time,key\n1,x\n2,y\n3,x\n"),
      folder.write("b.txt", "x\nx\n"),
    ];
    const { traces } = await listTraces({ files });
    const lines: string[] = [];

    const spooled = await spoolTraces(traces, (understood, warnings) =>
      lines.push(understood, ...warnings),
    );

    const read = await Promise.all(spooled.traces.map((trace) => readTrace(trace)));
    expect(read.map(({ name, ids, keys }) => [name, [...ids], keys])).toEqual([
      ["a", [0, 1, 0], 2],
      ["b", [0, 0], 1],
    ]);
    expect(spooled.traces.map(({ requests, keys }) => [requests, keys])).toEqual([
      [3, 2],
      [2, 1],
    ]);
    expect(spooled.understood).toEqual([
      `${files[0]}: CSV (guessed), key: column 2 "key" (guessed); 3 requests, 2 different keys, no line skipped`,
      `${files[1]}: one key per line (guessed); 2 requests, 1 different key, no line skipped`,
    ]);
    expect(spooled.warnings).toEqual([expect.stringContaining("only one key")]);
    expect(lines).toEqual([...spooled.understood, ...spooled.warnings]);
    const copies = dirname(spooled.traces[0]!.path);
    await spooled[Symbol.asyncDispose]();
    expect(existsSync(copies)).toBe(false);
  });

  test("are removed if a later trace has an error", async () => {
    const files = [folder.write("a.txt", "x\n"), folder.write("b.txt", "")];
    const { traces } = await listTraces({ files });
    const before = leftFolders();
    const listeners = process.listenerCount("exit");

    await expect(spoolTraces(traces)).rejects.toThrow(`${files[1]}: an empty file`);

    expect(leftFolders().filter((name) => !before.includes(name))).toEqual([]);
    expect(process.listenerCount("exit")).toBe(listeners);
  });

  test.each<[string, string, ReadOptions, string]>([
    [
      "a.jsonl",
      '{"key":1}\n',
      { column: "2" },
      "--column 2: it had no effect on any trace, expected a table",
    ],
    ["a.jsonl", '{"key":1}\n', { separator: ";" }, "--separator ;: it had no effect on any trace"],
    [
      "a.csv",
      "key,n\n1,2\n",
      { field: "key" },
      "--field key: it had no effect on any trace, expected JSON",
    ],
    [
      "a.txt",
      "a\nb\na\n",
      { column: "user" },
      "--column user: it had no effect on any trace, expected a table",
    ],
    [
      "a.txt",
      "a\nb\na\n",
      { column: "2" },
      "--column 2: it had no effect on any trace, expected a table",
    ],
    [
      "a.txt",
      "a\nb\na\n",
      { field: "user" },
      "--field user: it had no effect on any trace, expected JSON",
    ],
    [
      "a",
      "\0\0\0\0",
      { encoding: "latin1" },
      "--encoding latin1: it had no effect on any trace, expected a text",
    ],
  ])("of %s %j refuse the option %j", async (name, text, options, message) => {
    const { traces } = await listTraces({ files: [folder.write(name, text)] }, options);

    await expect(spoolTraces(traces)).rejects.toThrow(`Cannot use ${message}`);
  });

  test("of several traces accept an option that is for one of them", async () => {
    const files = [
      folder.write("a.jsonl", '{"key":1}\n'),
      folder.write("b.csv", "key,n\n1,2\n2,2\n"),
    ];
    const { traces } = await listTraces({ files }, { column: "n" });

    const spooled = await spoolTraces(traces);

    expect(spooled.traces.map(({ keys }) => keys)).toEqual([1, 1]);
    await spooled[Symbol.asyncDispose]();
  });
});

describe("the folder of copies is removed", () => {
  test.each([
    ["dispose", 0],
    ["throw", 1],
    ["exit", 3],
    ["end", 0],
  ])("after %s", async (then, code) => {
    const path = folder.write("a.txt", "x\ny\n");

    const outcome = await runProgram(SPOOL_IN_PROCESS, { args: [then, path] });

    const { folder: copies, files } = JSON.parse(outcome.stdout.split("\n")[0]!) as {
      folder: string;
      files: string[];
    };
    expect([outcome.code, files, existsSync(copies)]).toEqual([code, ["0.u32"], false]);
  });

  test.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)(
    "after %s, which ends the process",
    async (signal) => {
      const path = folder.write("a.txt", "x\ny\n");
      const args = ["--import", "tsx", fileURLToPath(SPOOL_IN_PROCESS), "wait", path];
      const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
      const line = await new Promise<string>((resolve) => {
        child.stdout.once("data", (chunk: Buffer) => resolve(chunk.toString()));
      });
      const { folder: copies } = JSON.parse(line) as { folder: string };
      expect(existsSync(copies)).toBe(true);

      child.kill(signal);

      const ended = await new Promise((resolve) => child.once("close", (_, by) => resolve(by)));
      expect([ended, existsSync(copies)]).toEqual([signal, false]);
    },
  );
});

describe("memory", () => {
  test("is flat while text of 200 MB is read, in a heap of 64 MB", async () => {
    const [small, large] = [packProducts(6), packProducts(200)];

    const first = await spoolInProcess(folder.write("small.gz", small.packed));
    const second = await spoolInProcess(folder.write("large.gz", large.packed));

    expect(second).toMatchObject({ requests: large.requests, keys: large.keys });
    // Chunks that are not collected yet are part of the memory.
    expect(second.peakMb - first.peakMb).toBeLessThan(100);
  });

  test("of a line does not grow with its length", async () => {
    const line = Buffer.alloc(2 ** 20, "x");
    const part = gzipSync(line, { level: 1 });
    const parts = [...Array.from({ length: 200 }, () => part), gzipSync("\nshort\n")];
    const path = folder.write("a.gz", Buffer.concat([...parts, ...parts]));

    const { requests, keys, peakMb } = await spoolInProcess(path);

    expect([requests, keys]).toEqual([4, 2]);
    // Chunks that are not collected yet are part of the memory; storing a line would take 200.
    expect(peakMb).toBeLessThan(100);
  });

  test("of the best possible hits is 8 bytes per request, and less in place", () => {
    const requests = 4_000_000;
    const ids = Uint32Array.from({ length: requests }, (_, i) => (i * 7) % 1_000);
    const copy = ids.slice();
    const before = process.memoryUsage().arrayBuffers;

    const next = nextUses(ids, 1_000);
    const apart = process.memoryUsage().arrayBuffers - before;
    const inPlace = nextUses(copy, 1_000, copy);

    expect(apart).toBeLessThan(4.1 * requests);
    expect(inPlace).toBe(copy);
    expect(beladyHits(inPlace, 100)).toBe(beladyHits(next, 100));
  });
});
