import { describe, expect, it } from "vitest";
import type { RetainingPath } from "../paths/retaining-path.ts";
import { LeakError, type Leak } from "./leak-error.ts";

const SUMMARY = "Cannot release memory: 1 object is held, expected 0";

/** A path whose text has a number of lines. */
function pathOf(lines: number): RetainingPath {
  const text = Array.from({ length: lines }, (_, i) => `line ${i}`).join("\n");
  return { root: "global", steps: [], toString: () => text };
}

function leakOf(label: string, lengths: readonly number[]): Leak {
  return { label, className: "Session", verdict: "live", paths: lengths.map(pathOf) };
}

const linesOf = (leaks: readonly Leak[], notes?: readonly string[]): string[] =>
  new LeakError(SUMMARY, leaks, notes).message.split("\n");

describe("A LeakError", () => {
  it("has a code, a name, the leaks, and a message with their paths", () => {
    const leaks = [
      leakOf("first", [2]),
      { className: "Socket", verdict: "live", paths: [] } as const,
    ];
    const error = new LeakError(SUMMARY, leaks, ["No more is known."]);
    expect(error).toBeInstanceOf(Error);
    expect([error.name, error.code, error.leaks]).toEqual(["LeakError", "LEAK", leaks]);
    expect(error.message.split("\n")).toEqual([
      SUMMARY,
      '  Session "first": live',
      "    line 0",
      "    line 1",
      "  Socket: live",
      "No more is known.",
    ]);
  });

  it("says how many objects an iteration leaves behind, in two digits", () => {
    const grown = { className: "Row", verdict: "grows", paths: [] } as const;
    expect(linesOf([{ ...grown, perIteration: 1 }])[1]).toBe("  Row: grows, 1 per iteration");
    expect(linesOf([{ ...grown, perIteration: 1034.2 }])[1]).toBe(
      "  Row: grows, 1000 per iteration",
    );
  });

  it("cuts a long path in the middle and keeps both its ends", () => {
    const lines = linesOf([leakOf("a", [100])]);
    expect(lines).toHaveLength(20);
    expect(lines.slice(0, 3)).toEqual([SUMMARY, '  Session "a": live', "    line 0"]);
    expect(lines.filter((line) => line.includes("omitted"))).toEqual(["    ... 83 lines omitted"]);
    expect(lines.at(-1)).toBe("    line 99");
  });

  it("shows at most three paths of a leak", () => {
    const lines = linesOf([leakOf("a", [1, 1, 1, 1])]);
    expect(lines.filter((line) => line === "    line 0")).toHaveLength(3);
  });

  it("shares the lines among several leaks, and gives what one does not need to the others", () => {
    const lines = linesOf([leakOf("a", [50]), leakOf("b", [1]), leakOf("c", [50])]);
    expect(lines).toHaveLength(20);
    expect(lines.filter((line) => line.includes("Session")).length).toBe(3);
    expect(lines.indexOf('  Session "b": live')).toBe(10);
    expect(lines.indexOf('  Session "c": live')).toBe(12);
  });

  it("omits the last of many leaks and says how many", () => {
    for (const length of [0, 1, 2, 3, 4, 5, 30]) {
      for (const count of [1, 2, 4, 5, 6, 17, 18, 19, 20, 21, 400]) {
        for (const notes of [[], ["a note"], ["a note", "another note"]]) {
          const leaks = Array.from({ length: count }, (_, i) => leakOf(`leak ${i}`, [length]));
          const lines = linesOf(leaks, notes);
          expect(lines.length).toBeLessThanOrEqual(20);
          expect(notes.length === 0 ? [] : lines.slice(-notes.length)).toEqual(notes);
          const shown = lines.filter((line) => line.startsWith("  Session")).length;
          const omitted = / {2}\.\.\. and (\d+) more/.exec(lines.join("\n"))?.[1] ?? 0;
          expect(shown + Number(omitted)).toBe(count);
        }
      }
    }
  });

  it("cuts long lines in the middle", () => {
    const [first = ""] = linesOf([]).concat();
    expect(first).toBe(SUMMARY);
    const long = new LeakError(`${"a".repeat(500)}z`, []).message;
    expect(long.length).toBeLessThanOrEqual(160);
    expect(long).toMatch(/^a+\.\.\.a+z$/);
  });

  it("lets no label or class make another line, or a terminal obey it", () => {
    const evil = `a${"\n".repeat(30)}\u001B[2J`;
    const leak: Leak = { label: evil, className: evil, verdict: "live", paths: [] };
    const { message, leaks } = new LeakError(`Cannot collect ${evil}`, [leak], [evil]);
    expect(message.split("\n")).toHaveLength(3);
    expect(message).toMatch(/^[^\p{Cc}]+\n[^\p{Cc}]+\n[^\p{Cc}]+$/u);
    expect(leaks[0]!.className).toBe(evil);
  });
});
