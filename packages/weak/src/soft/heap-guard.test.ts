import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { HeapGuard } from "./heap-guard.ts";
import type { Heap } from "../host/host.ts";
import { readSoftLimit, type SoftLimit } from "./soft-limit.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["setImmediate"] }));
afterEach(() => void vi.useRealTimers());

/** Returns a guard of a heap of 1000 bytes, which the test fills. */
function guardOf(limit: SoftLimit) {
  const heap = { used_heap_size: 0, heap_size_limit: 1000, external_memory: 0 };
  const trim = vi.fn();
  const guard = new HeapGuard({ trim }, readSoftLimit(limit), () => heap);
  /** Writes entries of this number of bytes each. */
  const write = (count: number, bytes: number): void => {
    for (let i = 0; i < count; i++) {
      guard.beforeWrite();
      heap.used_heap_size += bytes;
    }
  };
  return { guard, heap, trim, write };
}

describe("A HeapGuard", () => {
  it("trims after a collection that leaves the heap above the limit", () => {
    const { guard, heap, trim } = guardOf("70%");
    heap.used_heap_size = 700;
    guard.onCollection();
    expect(trim).not.toHaveBeenCalled();
    heap.used_heap_size = 701;
    guard.onCollection();
    guard.onCollection();
    expect(trim).toHaveBeenCalledTimes(2);
    expect(guard.isTripped).toBe(false);
  });

  it("counts buffers against bytes, not against a percentage", () => {
    for (const [limit, calls] of [
      ["70%", 0],
      [700, 1],
    ] as const) {
      const { guard, heap, trim } = guardOf(limit);
      [heap.used_heap_size, heap.external_memory] = [400, 400];
      guard.onCollection();
      expect(trim).toHaveBeenCalledTimes(calls);
    }
  });

  it("trips in a long job when half of the room is used up", () => {
    const { guard, heap, trim, write } = guardOf("70%");
    heap.used_heap_size = 100;
    write(31, 10);
    expect([heap.used_heap_size, guard.isTripped]).toEqual([410, false]);
    write(1, 0);
    expect([guard.isTripped, trim.mock.calls.length]).toEqual([true, 0]);
  });

  it("trims in a long job before the room above the limit is used up", () => {
    const { heap, trim, write } = guardOf("70%");
    write(71, 10);
    expect(trim).not.toHaveBeenCalled();
    write(4, 10);
    expect(trim).toHaveBeenCalledTimes(1);
    // All of it may be garbage: the next trim waits until a quarter of the room is used up.
    write(3, 10);
    expect(trim).toHaveBeenCalledTimes(1);
    write(2, 10);
    expect([trim.mock.calls.length, heap.used_heap_size]).toEqual([2, 800]);
    // A collection shows that it was garbage. Then all begins again.
    heap.used_heap_size = 100;
    write(256, 0);
    heap.used_heap_size = 720;
    write(300, 0);
    expect(trim).toHaveBeenCalledTimes(3);
  });

  it("trims again when the heap fell and is still above the limit", () => {
    const { heap, trim, write } = guardOf("70%");
    heap.used_heap_size = 800;
    write(1, 0);
    expect(trim).toHaveBeenCalledTimes(1);
    heap.used_heap_size = 790;
    write(300, 0);
    expect(trim).toHaveBeenCalledTimes(2);
  });

  it("looks at each write when writes are large, and seldom when they are small", () => {
    const large = guardOf("70%");
    large.write(4, 170);
    large.write(2, 170);
    expect(large.guard.isTripped).toBe(true);

    const heap: Heap = { used_heap_size: 10, heap_size_limit: 1e9, external_memory: 0 };
    const read = vi.fn(() => heap);
    const guard = new HeapGuard({ trim: () => {} }, readSoftLimit("70%"), read);
    for (let i = 0; i < 100_000; i++) guard.beforeWrite();
    expect(read.mock.calls.length).toBeLessThan(100_000 / 256 + 20);
  });

  it("demotes again in the next macrotask", () => {
    const { guard, heap, write } = guardOf("70%");
    heap.used_heap_size = 800;
    write(1, 0);
    expect(guard.isTripped).toBe(true);
    vi.runAllTimers();
    expect(guard.isTripped).toBe(false);
    heap.used_heap_size = 100;
    write(1000, 0);
    expect(guard.isTripped).toBe(false);
  });

  it("counts the demotions of a job if the heap cannot be read", () => {
    const trim = vi.fn();
    const guard = new HeapGuard({ trim }, readSoftLimit("70%"), () => undefined);
    for (let job = 0; job < 3; job++) {
      for (let i = 0; i < 999; i++) guard.onDemotion();
      guard.beforeWrite();
      expect(guard.isTripped).toBe(false);
      guard.onDemotion();
      expect(guard.isTripped).toBe(true);
      vi.runAllTimers();
      expect(guard.isTripped).toBe(false);
    }
    guard.onCollection();
    expect(trim).not.toHaveBeenCalled();
  });

  it("counts no demotions if the heap can be read", () => {
    const { guard } = guardOf("70%");
    for (let i = 0; i < 5000; i++) guard.onDemotion();
    expect([guard.isTripped, vi.getTimerCount()]).toEqual([false, 0]);
  });
});
