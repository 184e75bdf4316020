import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { LineJoiner, LineScanner } from "./line-scanner.ts";

/** Lines of a text that comes in chunks. Too long lines are undefined. */
function linesOf(text: string, cuts: readonly number[], longest?: number): (string | undefined)[] {
  const lines: (string | undefined)[] = [];
  const joiner = new LineJoiner((bytes, start, end, line) => {
    expect(line).toBe(lines.length + 1);
    lines.push(bytes && Buffer.from(bytes.subarray(start, end)).toString());
  }, longest);
  const scanner = new LineScanner(joiner);
  const bytes = Buffer.from(text);
  const edges = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b)];
  edges.forEach((edge, i) => scanner.push(bytes.subarray(edge, edges[i + 1] ?? bytes.length)));
  scanner.end();
  return lines;
}

describe("lines", () => {
  test("end with LF, CRLF and CR in turns, at every cut between chunks", () => {
    const parts = fc.array(fc.constantFrom("\n", "\r\n", "\r", "a", "bc", "é", "def ghi"));

    fc.assert(
      fc.property(parts, fc.array(fc.nat()), (text, cuts) => {
        const whole = text.join("");
        const expected = whole.split(/\r\n|\n|\r/);
        if (expected.at(-1) === "") expected.pop();

        expect(linesOf(whole, cuts)).toEqual(expected);
      }),
    );
  });

  test("that are too long are dropped, and the next line is complete", () => {
    const text = `short\n${"x".repeat(100)}\nnext\n`;
    const everywhere = Array.from({ length: text.length }, (_, i) => i);

    expect(linesOf(text, everywhere, 50)).toEqual(["short", undefined, "next"]);
    expect(linesOf(text, everywhere, 100)).toEqual(["short", "x".repeat(100), "next"]);
  });
});
