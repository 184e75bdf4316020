import { describe, expect, test } from "vitest";
import { describeMachine } from "../machine.ts";
import { renderMarkdown } from "../rendering/markdown.ts";
import type { Report } from "../rendering/page.ts";
import { renderPage } from "../rendering/page.ts";
import { wrap } from "../rendering/print-advice.ts";
import type { RunOptions } from "../suite.ts";
import type { OwnTrace } from "./own-traces.ts";
import { hitRatio } from "./suite.ts";

const EVIL = `<script>alert("1")</script> & 'a' | b\``;
const LONG = `exported-by-somebody-${"from-somewhere-".repeat(10)}2024-05-01`;

function ownTrace(name: string, capacities: readonly number[], requests = 100_000): OwnTrace {
  const spooled = { name, path: "/copy", title: "", requests, keys: 20_000 };
  return { spooled, capacities, aroundKnee: 3 };
}

function optionsFor(...traces: OwnTrace[]): RunOptions {
  const own = { traces, notes: [`${EVIL}: CSV, 9 requests`], dispose: async () => undefined };
  return {
    full: false,
    rivals: [],
    ours: ["heapwise lru", "heapwise sieve"],
    nodes: [],
    own: { ...own, missCostMs: 5 },
  };
}

/** A report of made-up answers, with tables, charts and advice. */
async function reportOn(
  options: RunOptions,
  ratioOf = (size: number): number => Math.min(0.7, size / 2e3),
) {
  const answer = (steps: ReturnType<typeof hitRatio.plan>) =>
    steps.map(({ task }) => {
      const { capacities, spooled } = task.own!;
      const { requests, keys } = spooled;
      const by = task.arm === "heapwise lru" ? 0 : 0.02;
      const hitRatios = capacities.map((size) => ratioOf(size) + by);
      return { task, answer: { requests, keys, capacities, hitRatios } };
    });
  const cells = answer(hitRatio.plan(options));
  cells.push(...answer(hitRatio.refine!(cells, options)));
  const suite = {
    name: hitRatio.name,
    title: hitRatio.title,
    seconds: 1,
    tables: hitRatio.tabulate(cells, options),
    charts: await hitRatio.draw(cells),
    advice: hitRatio.advise!(cells, options),
  };
  const report: Report = {
    command: "npm run bench",
    machine: describeMachine(),
    suites: [suite],
    notes: options.own!.notes,
  };
  return { cells, ...suite, page: renderPage(report), markdown: renderMarkdown(report) };
}

const SIZES = [10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000];

describe("report on the user's own data", () => {
  test("begins with the advice, before any number", async () => {
    const { page, markdown } = await reportOn(optionsFor(ownTrace("a", SIZES)));

    for (const text of [page, markdown.replace(/\\/g, "")]) {
      const parts = [
        "Take sieve() with max: 1400",
        "new LRUCache({ max: 1400, policy: sieve() });",
        "Hit ratio of a",
      ].map((part) => text.indexOf(part));

      expect(parts[0]).toBeGreaterThan(0);
      expect([...parts].sort((a, b) => a - b)).toEqual(parts);
    }
  });

  test("sizes around the knee are measured too, and are in order", async () => {
    const { tables, cells } = await reportOn(optionsFor(ownTrace("a", SIZES)));
    const [table] = tables;

    expect(table!.rows.map(([size]) => size)).toEqual(
      [
        10, 20, 50, 100, 200, 500, 1_000, 1_200, 1_400, 1_700, 2_000, 2_500, 3_200, 4_000, 5_000,
        10_000, 20_000,
      ].map((size) => size.toLocaleString("en")),
    );
    expect(table!.rows[0]!.length).toBe(table!.columns.length);
    expect(hitRatio.refine!(cells.slice(0, 3), optionsFor(ownTrace("a", SIZES)))[0]!.label).toBe(
      "a, OPT, around the knee",
    );
    // Each cache at the planned sizes and at the sizes around the knee.
    expect(cells.length).toBe(2 * 3);
  });

  test("a long trace is measured in steps of some sizes", async () => {
    const options = optionsFor(ownTrace("a", SIZES, 15_000_000));
    const steps = hitRatio.plan(options);

    expect(steps.length).toBe(3 * 6);
    expect(steps[0]!.label).toBe("a, OPT, 10 and 20 entries");
    expect((await reportOn(options)).tables[0]!.rows.length).toBe(SIZES.length + 6);
  });

  test("a name of a file is shown as text, whatever it contains", async () => {
    const { page, markdown } = await reportOn(
      optionsFor(ownTrace(EVIL, SIZES), ownTrace("b", SIZES)),
    );

    expect(page).not.toMatch(/<script/i);
    expect(page).not.toContain(`alert("1")`);
    expect(page).toContain("&#60;script&#62;alert(");
    expect(markdown).not.toMatch(/(^|[^\\])<script/m);
    const rows = markdown
      .split("\n")
      .filter((line) => line.startsWith("|") && line.includes("alert"));
    expect(rows.length).toBe(1);
    expect(rows[0]!.match(/(?<!\\)\|/g)!.length).toBe(7);
  });

  test("a long name is cut in the middle, in a table of many traces", async () => {
    const { tables } = await reportOn(optionsFor(ownTrace(LONG, SIZES), ownTrace("b", SIZES)));
    const [summary] = tables;

    expect(summary!.title).toBe("What to take");
    expect(summary!.rows.map(([name]) => name)).toEqual([
      "exported-by-somebody…omewhere-2024-05-01",
      "b",
    ]);
  });

  test("many sizes have few labels in a chart, which has a height even without hits", async () => {
    const { page } = await reportOn(optionsFor(ownTrace("a", SIZES)), () => 0);
    const labels = page.match(/<text [^>]*>[\d.]+k?<\/text>/g) ?? [];

    expect(page).not.toContain("NaN");
    expect(labels.length).toBeLessThan(20);
  });

  test("several traces have the advice for all of them first", async () => {
    const { advice } = await reportOn(optionsFor(ownTrace("a", SIZES), ownTrace("b", SIZES)));

    expect(advice.map(({ title }) => title)).toEqual(["All traces", "a", "b"]);
    expect(JSON.stringify(advice.map(({ facts }) => facts))).not.toContain("null");
  });
});

describe("lines of a terminal", () => {
  test("break between words", () => {
    expect(wrap("one two three", 7)).toBe("one two\nthree");
    expect(wrap("incomprehensible word", 5)).toBe("incomprehensible\nword");
    expect(wrap("", 5)).toBe("");
  });
});
