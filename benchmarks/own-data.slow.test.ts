import type { ChildProcess } from "node:child_process";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { useTraceFolder } from "./hit-ratio/trace-folder.ts";
import { createRandom } from "./workloads/random.ts";

const MAIN = fileURLToPath(new URL("main.ts", import.meta.url));
const TSX = pathToFileURL(fileURLToPath(import.meta.resolve("tsx")));

const folder = useTraceFolder();
const running = new Set<ChildProcess>();
let temporary: string;

beforeEach(() => {
  temporary = join(folder.path, "temporary");
  mkdirSync(temporary);
});

afterEach(() => {
  for (const child of running) child.kill("SIGKILL");
  running.clear();
});

/** Starts the command from its source, as if it were typed in the folder of the test. */
function start(args: readonly string[]): ChildProcess {
  const child = spawn(process.execPath, [MAIN, ...args], {
    env: {
      ...process.env,
      INIT_CWD: folder.path,
      TMPDIR: temporary,
      TEMP: temporary,
      TMP: temporary,
      // The command itself starts the measuring processes, and they read sources too.
      NODE_OPTIONS: `--import=${TSX.href} --conditions=@heapwise/source`,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  running.add(child);
  return child;
}

async function bench(
  ...args: readonly string[]
): Promise<{ code: number; stdout: string; stderr: string }> {
  const child = start(args);
  let [stdout, stderr] = ["", ""];
  child.stdout!.setEncoding("utf8").on("data", (text) => (stdout += text));
  child.stderr!.setEncoding("utf8").on("data", (text) => (stderr += text));
  const [code] = (await once(child, "close")) as [number];
  return { code, stdout, stderr };
}

/**
 * Files that the command has left in the folder for temporary files; tsx has a folder of its own
 * there.
 */
const leftovers = (): string[] => readdirSync(temporary).filter((name) => !name.startsWith("tsx"));

/**
 * A table of requests: 7 of 10 for one of 500 keys, popular ones more often, and keys that come
 * once.
 */
function shop(requests = 20_000): string {
  const random = createRandom(5);
  const lines = Array.from({ length: requests }, (_, i) => {
    const key = random() < 0.7 ? `/p/${Math.floor(500 * random() ** 2)}` : `/search?q=${i}`;
    return `${1_700_000_000 + i},${key},GET`;
  });
  return ["time,url,method", ...lines, ""].join("\n");
}

describe("a run on the user's own data", () => {
  test("names a policy and a size, with the reasons", async () => {
    const path = folder.write("shop.csv", shop());

    const { code, stdout, stderr } = await bench(
      "--trace=shop.csv",
      "--column=url",
      "--miss-cost=20",
      "--report=report",
      "--json=out.json",
      "--markdown=out.md",
    );

    expect({ code, errors: stderr.match(/Cannot .*/g) }).toEqual({ code: 0, errors: null });
    expect(stderr).toContain(`${path}: CSV`);
    expect(stderr).toMatch(/20,000 requests, 6,\d{3} different keys/);
    const [, policy, max, hits] = /Take (\w+)\(\) with max: (\d+): ([\d.]+)% of the/.exec(stdout)!;
    expect(["sieve", "s3Fifo", "wTinyLfu", "adaptive"]).toContain(policy);
    expect(Number(max)).toBeGreaterThan(200);
    expect(Number(max)).toBeLessThan(1_000);
    expect(Number(hits)).toBeGreaterThan(50);
    for (const reason of [
      "the knee of the curve",
      `${policy}() hits`,
      "more than lru()",
      "OPT, which knows the future",
      "with 20 ms a miss",
      "saved per 1,000 requests",
      "Twice the size would save about",
      'import { LRUCache } from "@heapwise/lru";',
      `import { ${policy} } from "@heapwise/lru/policies";`,
      `new LRUCache({ max: ${max}, policy: ${policy}() });`,
    ]) {
      expect(stdout).toContain(reason);
    }
    const [page, markdown, json] = ["report/index.html", "out.md", "out.json"].map((file) =>
      readFileSync(join(folder.path, file), "utf8"),
    );
    expect(page).toContain(`Take ${policy}() with max: ${max}`);
    expect(markdown).toContain(`Take ${policy}() with max: ${max}`);
    const { suites } = JSON.parse(json!) as {
      suites: { advice: { facts: { choice: { policy: string; max: number } } }[] }[];
    };
    expect(suites[0]!.advice[0]!.facts.choice).toMatchObject({ policy, max: Number(max) });
    expect(leftovers()).toEqual([]);
  });

  test("takes a folder with other files in it, and the user's own sizes", async () => {
    folder.write("data/a.txt", shop().replace(/.*,(.*),.*\n/g, "$1\n") + "\n\n");
    folder.write("data/b.txt.gz", gzipSync("x\ny\r\nx\n".repeat(2_000)));
    folder.write("data/README.md", "# What is here");
    folder.write("data/older/c.txt", "x\n");

    const { code, stdout, stderr } = await bench(
      "--traces=data",
      "--capacities=1,2",
      "--report=report",
    );

    expect(code).toBe(0);
    expect(stderr).toContain(`Skipped ${join(folder.path, "data", "README.md")}: `);
    expect(stderr).toContain(`Skipped ${join(folder.path, "data", "older")}: `);
    expect(stdout).toContain("Advice for a\n");
    expect(stdout).toContain("Advice for b\nTake lru() with max: 2: it holds all 2 keys");
    expect(stdout.match(/^│ +1 │/gm)?.length).toBe(2);
    expect(leftovers()).toEqual([]);
  });

  test("prints only JSON with --json", async () => {
    folder.write("one.txt", "x\n".repeat(3_000));

    const { code, stdout } = await bench("--trace", "one.txt", "--json", "--report", "report");

    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      suites: [{ name: "hit-ratio", advice: [{ facts: { finding: "one-key" } }] }],
    });
  });

  test.each(["SIGINT", "SIGTERM"] as const)(
    "leaves nothing behind if it is ended by %s",
    async (signal) => {
      folder.write("shop.csv", shop(400_000));
      const child = start(["--trace", "shop.csv", "--column", "url", "--report", "report"]);
      let stderr = "";
      const measuring = new Promise<void>((resolve) => {
        child.stderr!.setEncoding("utf8").on("data", (text) => {
          stderr += text;
          if (stderr.includes("hit-ratio 1/")) resolve();
        });
      });
      await Promise.race([measuring, once(child, "close")]);
      // From now on the processes can only be killed; they cannot end by themselves.
      const pids = childrenOf(child.pid!).filter(isMeasuring);
      for (const pid of pids) process.kill(Number(pid), "SIGSTOP");
      expect(leftovers().length).toBe(1);

      child.kill(signal);
      const [code, by] = (await once(child, "exit")) as [number | null, string | null];

      expect(by ?? code).toBe(by === null ? 128 + (signal === "SIGINT" ? 2 : 15) : signal);
      expect(leftovers()).toEqual([]);
      expect(existsSync(join(folder.path, "report"))).toBe(false);
      try {
        await expect.poll(() => pids.filter(isMeasuring), { timeout: 30_000 }).toEqual([]);
      } finally {
        for (const pid of pids.filter(isMeasuring)) process.kill(Number(pid), "SIGKILL");
      }
    },
  );
});

/** Processes that another process has started, if the system lists them. */
function childrenOf(pid: number): string[] {
  const path = `/proc/${pid}/task/${pid}/children`;
  return existsSync(path) ? readFileSync(path, "utf8").split(" ").filter(Boolean) : [];
}

/** Whether a process is one that measures. Another process may have its number now. */
function isMeasuring(pid: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("measure-hits");
  } catch {
    return false;
  }
}

describe("bad input gets one line, which names the fault and the expected input", () => {
  const sizes = "--capacities";
  test.each<[string, readonly string[], RegExp]>([
    ["no file", ["--trace", "none.csv"], /none\.csv: no such file/],
    ["a folder in place of a file", ["--trace", "data"], /data: a folder, .*--traces/],
    ["a file in place of a folder", ["--traces", "keys.txt"], /keys\.txt is a file, .*--trace/],
    ["an empty file", ["--trace", "empty.txt"], /empty\.txt: an empty file/],
    ["two files of one name", ["--traces", "twins"], /a\.csv and .*a\.txt have one name/],
    ["one file twice", ["--trace", "keys.txt", "./keys.txt"], /keys\.txt .* one file/],
    ["a file that was cut off", ["--trace", "cut.txt.gz"], /cut\.txt\.gz: a truncated file/],
    ["no such column", ["--trace", "table.csv", "--column", "user"], /table\.csv.*"?user"?/],
    [
      "an option for others",
      ["--trace", "keys.txt", "--format", "lines", "--field", "a"],
      /--field/,
    ],
    ["an empty argument", ["--traces", ""], /--traces: an empty argument/],
    ["an option without data", ["--miss-cost", "5"], /--miss-cost: no data of your own/],
    ["a suite that reads none", ["--trace", "keys.txt", "--only", "gc"], /--trace: gc alone/],
    ["no entries", ["--trace", "keys.txt", sizes, "0"], /--capacities: 0, expected whole/],
    [
      "more than a cache holds",
      ["--trace", "keys.txt", sizes, "99999999"],
      /99999999, .*16,777,216/,
    ],
    [
      "more entries than keys",
      ["--trace", "keys.txt", sizes, "2,4"],
      /keys .*4 entries.* 3 different keys/,
    ],
    ["sizes of a manifest", ["--traces", "told"], /manifest\.json: 2 after 3, .*ascending/],
  ])("%s", async (_, args, message) => {
    folder.write("keys.txt", "x\ny\nz\n".repeat(1_000));
    folder.write("table.csv", "time,url\n1,/a\n2,/b\n3,/a\n");
    folder.write("empty.txt", "");
    folder.write("cut.txt.gz", gzipSync(shop()).subarray(0, 1_000));
    folder.write("data/a.txt", "x\n");
    folder.write("twins/a.csv", "x\n");
    folder.write("twins/a.txt", "x\n");
    folder.write("told/a.txt", "x\ny\nz\nx\n");
    folder.write(
      "told/manifest.json",
      JSON.stringify({ traces: [{ name: "a", file: "a.txt", capacities: [3, 2] }] }),
    );

    const { code, stdout, stderr } = await bench(...args);

    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    const lines = stderr.trimEnd().split("\n");
    expect(lines.filter((line) => line.startsWith("Cannot "))).toEqual([lines.at(-1)]);
    expect(lines.at(-1)).toMatch(message);
    expect(lines.at(-1)).toContain("expected ");
    expect(stderr).not.toMatch(/^ +at |Error:/m);
    expect(leftovers()).toEqual([]);
  });

  test("a pipe", async () => {
    execFileSync("mkfifo", [join(folder.path, "pipe")]);

    const { code, stderr } = await bench("--trace", "pipe");

    expect(code).toBe(1);
    expect(stderr).toMatch(/pipe: a pipe, expected a file: .*\n$/);
  });
});
