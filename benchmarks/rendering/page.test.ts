import { describe, expect, test } from "vitest";
import type { CollectionsAnswer } from "../gc/measure-gc.ts";
import { gc } from "../gc/suite.ts";
import { keys } from "../keys/suite.ts";
import { hitRatio } from "../hit-ratio/suite.ts";
import { describeMachine } from "../machine.ts";
import { memory } from "../memory/suite.ts";
import type { RunOptions, Suite } from "../suite.ts";
import { throughput } from "../throughput/suite.ts";
import type { RoundsTask } from "../throughput/measure-rounds.ts";
import { growth } from "../growth/suite.ts";
import { renderMarkdown } from "./markdown.ts";
import type { Report } from "./page.ts";
import { renderPage } from "./page.ts";

const OPTIONS: RunOptions = {
  full: false,
  rivals: ["mnemonist", "Map"],
  ours: ["heapwise lru", "heapwise sieve"],
  nodes: [],
};

/** A report of made-up answers to all tasks of a suite. */
async function reportOn<Task, Answer>(
  suite: Suite<Task, Answer>,
  answer: (task: Task) => Answer,
): Promise<Report["suites"][number]> {
  const cells = suite.plan(OPTIONS).map(({ task }) => ({ task, answer: answer(task) }));
  const { name, title } = suite;
  const charts = await suite.draw(cells);
  return { name, title, seconds: 1, tables: suite.tabulate(cells), charts };
}

function answerRounds({ workloads, arms }: RoundsTask): ReturnType<typeof answerOf>[] {
  const labels = arms.map((arm, i) => (arms.indexOf(arm) === i ? arm : `${arm} again`));
  return workloads.map((workload) => answerOf(workload, labels));
}

function answerOf(workload: RoundsTask["workloads"][number], labels: readonly string[]) {
  const ratio = { median: 0.5, lower: 0.25, upper: 0.75 };
  const arms = labels.map((arm) => ({ arm, ratio, nanosecondsPerOperation: 100, hitRatio: 0.65 }));
  return { workload, node: "20.0.0", rounds: 9, operationsPerRound: 100, arms };
}

const COLLECTIONS: CollectionsAnswer = {
  fullMs: 100,
  fullCount: 6,
  scavengeMs: 1,
  scavengeCount: 1,
  inserts: 900_000,
};

const REPORT: Report = {
  command: "npm run bench -- --json <file>",
  machine: describeMachine(),
  suites: [
    await reportOn(throughput, answerRounds),
    await reportOn(keys, answerRounds),
    await reportOn(growth, () => ({ longestMs: 2, longestOwnMs: 1, longestAt: 9, totalMs: 3 })),
    await reportOn(gc, () => COLLECTIONS),
    await reportOn(memory, () => ({
      emptyBytes: 0,
      bytesPerEntry: 32,
      clearedBytes: 9,
      residentBytes: 9,
    })),
    await reportOn(hitRatio, () => ({
      requests: 9,
      keys: 9,
      capacities: [1, 2],
      hitRatios: [0.1, 0.2],
    })),
  ],
};

describe("report", () => {
  const page = renderPage(REPORT);

  test("needs no other files", () => {
    expect(page).not.toMatch(/<(script|link|img|iframe)|src=|url\(http|@import/);
    expect(page.match(/href="[^"]*"/g)).toEqual(
      ["throughput", "keys", "growth", "gc", "memory", "hit-ratio"].map(
        (name) => `href="#${name}"`,
      ),
    );
  });

  test("has every chart, each with a name for screen readers", () => {
    const charts = page.match(/<svg /g) ?? [];

    // Two kinds of keys, policies, sets of keys, growth in three and memory in two groups,
    // collections, seven traces.
    expect(charts.length).toBe(2 + 1 + 1 + 3 + 2 + 1 + 7);
    expect(page.match(/<svg [^>]*aria-label="[^"]+"/g)?.length).toBe(charts.length);
    expect(page).not.toContain("NaN");
    expect(page).not.toContain("undefined");
  });

  test("escapes text from outside", () => {
    expect(page).toContain("--json &#60;file&#62;");
  });

  test("shows the spread of our own ratios", () => {
    expect(page).toContain("0.50 <small>(0.25–0.75)</small>");
  });

  test("has tables of each version of Node", async () => {
    const cells = keys.plan({ ...OPTIONS, nodes: ["/other/node"] }).map(({ task, execPath }) => ({
      task,
      answer: answerRounds(task).map((one) => ({ ...one, node: execPath ? "24.0.0" : one.node })),
    }));
    const titles = [...keys.tabulate(cells), ...(await keys.draw(cells))].map(({ title }) => title);

    expect(titles.map((title) => / Node (.*)$/.exec(title)?.[1])).toEqual([
      "20.0.0",
      "24.0.0",
      "20.0.0",
      "24.0.0",
    ]);
  });

  test("has the median and the worst of all sets of keys", () => {
    const cells = keys.plan(OPTIONS).map(({ task }, at) => {
      const answer = answerRounds(task).map((one) => ({
        ...one,
        arms: one.arms.map((arm) => ({ ...arm, ratio: { ...arm.ratio, median: at } })),
      }));
      return { task, answer };
    });
    const [table] = keys.tabulate(cells);
    const [median, worst] = table!.rows;
    const first = cells.flatMap(({ task }, at) =>
      task.capacity === 1_000 && task.shape.kind === "string" ? [at] : [],
    );

    expect(median!.slice(0, 3)).toEqual([
      "median of 12",
      "1k",
      ((first[5]! + first[6]!) / 2).toFixed(2),
    ]);
    expect(worst!.slice(0, 3)).toEqual(["worst of 12", "1k", first.at(-1)!.toFixed(2)]);
  });

  test("has the same tables as Markdown", () => {
    const markdown = renderMarkdown(REPORT);

    for (const { title } of REPORT.suites.flatMap(({ tables }) => tables)) {
      expect(markdown).toContain(`### ${title}\n`);
    }
    expect(markdown).toMatch(/\| heapwise lru +\| integer +\| 32\.0/);
  });
});
