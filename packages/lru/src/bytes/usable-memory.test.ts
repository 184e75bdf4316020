import { expect, test } from "vitest";
import { usableMemory } from "./usable-memory.ts";

const node = (constrained: number, total: number, heap: number) => ({
  process: {
    constrainedMemory: () => constrained,
    getBuiltinModule: () => ({
      totalmem: () => total,
      getHeapStatistics: () => ({ heap_size_limit: heap }),
    }),
  },
});

test("the least limit of control group, machine and engine counts", () => {
  expect(usableMemory(node(512e6, 16e9, 4e9))).toBe(512e6);
  expect(usableMemory(node(1.8446744073709552e19, 3e9, 4e9))).toBe(3e9);
  expect(usableMemory(node(1.8446744073709552e19, 16e9, 4e9))).toBe(4e9);
  expect(usableMemory(node(0, 16e9, 4e9))).toBe(4e9);
});

test("a browser reports the limit of its heap, or the memory of the device", () => {
  expect(usableMemory({ performance: { memory: { jsHeapSizeLimit: 2e9 } } })).toBe(2e9);
  expect(usableMemory({ navigator: { deviceMemory: 8 } })).toBe(8 * 2 ** 30);
  expect(usableMemory({})).toBe(NaN);
});

test("the limit of this process is known", () => {
  expect(usableMemory()).toBeGreaterThan(1e7);
});
