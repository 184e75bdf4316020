import { describe, expect, it } from "vitest";
import { bytesOfClass, sizeClassOf } from "./size-class.ts";

describe("Size classes", () => {
  it("fit, waste at most a fifth, and are the smallest that fit", () => {
    const lengths = Array.from({ length: 70_000 }, (_, i) => i);
    for (let n = 70_000; n <= 2 ** 30; n = Math.ceil(n * 1.003)) lengths.push(n);
    for (let log = 7; log <= 30; log++) lengths.push(2 ** log - 1, 2 ** log);
    for (const length of lengths) {
      const each = sizeClassOf(length);
      const bytes = bytesOfClass(each);
      if (bytes < length) throw new Error(`${length} gets ${bytes}`);
      if (each > 0 && bytesOfClass(each - 1) >= length) throw new Error(`${length} gets ${bytes}`);
      if (length > 64 && bytes > length * 1.25) throw new Error(`${length} wastes ${bytes}`);
    }
    expect([0, 1, 2, 3, 4, 5].map(bytesOfClass)).toEqual([64, 80, 96, 112, 128, 160]);
  });
});
