import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { hitRatio } from "./hit-ratio/suite.ts";
import { describeMachine } from "./machine.ts";
import { memory } from "./memory/suite.ts";
import { THEMES } from "./rendering/style.ts";
import type { Picture, RunOptions, Suite } from "./suite.ts";
import { SUITES } from "./suites.ts";
import { throughput } from "./throughput/suite.ts";
import { writePictures } from "./write-pictures.ts";

const OPTIONS: RunOptions = {
  full: false,
  rivals: ["lru.min", "Map"],
  ours: ["heapwise lru", "heapwise adaptive"],
  nodes: [],
};
const COMMAND = 'npm run bench -- --images "<docs & images>"';

/** The picture of made-up answers. */
function pictureOf<Task, Answer>(
  { picture }: Suite<Task, Answer>,
  answer: (task: Task) => Answer,
): Picture {
  return picture!.draw(picture!.plan(OPTIONS).map(({ task }) => ({ task, answer: answer(task) })));
}

const PICTURES: readonly Picture[] = [
  pictureOf(throughput, ({ workloads, arms }) =>
    workloads.map((workload) => ({
      workload,
      node: "20.0.0",
      rounds: 9,
      operationsPerRound: 100,
      arms: arms.map((arm, i) => ({
        arm,
        ratio: { median: 1 + i, lower: 1, upper: 1 },
        nanosecondsPerOperation: 100,
        hitRatio: 0.65,
      })),
    })),
  ),
  pictureOf(memory, () => {
    return { emptyBytes: 0, bytesPerEntry: 32, clearedBytes: 9, residentBytes: 9 };
  }),
  pictureOf(hitRatio, () => {
    return { requests: 9, keys: 9, capacities: [1, 2], hitRatios: [0.1, 0.2] };
  }),
];

/**
 * Throws if a text is not well-formed XML. It only knows the syntax that our pictures use: elements
 * and text.
 */
function parseXml(text: string): void {
  const open: string[] = [];
  const rest = text.replace(
    /<(\/?)([a-z]+)((?: [\w:-]+="[^"<]*")*)(\/?)>/gi,
    (_, end: string, name: string, attributes: string, isEmpty: string) => {
      if (end !== "") expect(open.pop()).toBe(name);
      else if (isEmpty === "") open.push(name);
      expect(new Set(attributes.match(/[\w:-]+(?==)/g)).size).toBe(
        (attributes.match(/[\w:-]+(?==)/g) ?? []).length,
      );
      return "";
    },
  );
  expect(open).toEqual([]);
  expect(rest).not.toMatch(/[<>]/);
  expect(text.replace(/&#\d+;/g, "")).not.toContain("&");
}

describe("pictures of the front page", () => {
  const folder = mkdtempSync(join(tmpdir(), "pictures-"));
  afterAll(() => rmSync(folder, { recursive: true }));
  const images = join(folder, "images");
  const paths = writePictures(images, PICTURES, { command: COMMAND, machine: describeMachine() });
  const texts = paths.map((path) => readFileSync(path, "utf8"));

  test("exist for all suites that have one", () => {
    expect(PICTURES.length).toBe(SUITES.filter(({ picture }) => picture !== undefined).length);
  });

  test("are written for each theme, under names that say what they show", () => {
    const names = ["bytes-per-entry", "hit-ratio", "time-per-operation"].flatMap((name) => [
      `${name}-dark.svg`,
      `${name}-light.svg`,
    ]);

    expect(readdirSync(images).sort()).toEqual(names);
    expect(paths.map((path) => path.slice(images.length + 1)).sort()).toEqual(names);
  });

  test("are well-formed, and need nothing from a page", () => {
    for (const text of texts) {
      parseXml(text);
      expect(text).toMatch(
        /^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" width="\d+" height="\d+" /,
      );
      expect(text).not.toMatch(/var\(|<style|href|NaN|undefined/);
    }
  });

  test("have the colours of their theme", () => {
    for (const [at, text] of texts.entries()) {
      const theme = paths[at]!.endsWith("dark.svg") ? THEMES.dark : THEMES.light;
      expect(text).toContain(`rx="8" fill="${theme.panel}"`);
      expect(text).toContain(`fill="${theme.policies[0]}"`);
    }
  });

  test("show which direction is better, the names of the caches, and the command", () => {
    for (const [at, text] of texts.entries()) {
      expect(text).toContain(
        paths[at]!.includes("hit-ratio") ? "Higher is better" : "Lower is better",
      );
      for (const name of ["heapwise lru()", "heapwise adaptive()", "lru-cache", "lru.min"])
        expect(text).toContain(`>${name}</text>`);
      expect(text).toContain("npm run bench -- --images &#34;&#60;docs &#38; images&#62;&#34;");
    }
  });
});
