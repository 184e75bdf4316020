import { describe, expect, test } from "vitest";
import { GENERATED_TRACES } from "./generated-traces.ts";

describe.each(GENERATED_TRACES)("$name", ({ generate }) => {
  test("is the same every time", () => {
    const [first, second] = [generate(), generate()];

    // Compared as bytes: comparing 400,000 elements one by one takes seconds.
    expect(Buffer.compare(Buffer.from(first.ids.buffer), Buffer.from(second.ids.buffer))).toBe(0);
  });

  test("numbers its keys by first appearance", () => {
    const { ids, keys } = generate();
    const firsts = [...new Set(ids)];

    expect(firsts.length).toBe(keys);
    expect(firsts.every((id, at) => id === at)).toBe(true);
  });
});
