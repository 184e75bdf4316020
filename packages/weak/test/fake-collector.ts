import { FakeHeap } from "@heapwise/testkit";
import { afterEach, beforeEach, expect, vi } from "vitest";

let current: FakeHeap;

/** Replaces the garbage collector and macrotasks of each test in the file by fakes. */
export function useFakeHeap(): void {
  beforeEach(() => {
    current = new FakeHeap().install();
    vi.useFakeTimers({ toFake: ["setImmediate"] });
  });
  afterEach(() => {
    vi.useRealTimers();
    current.uninstall();
  });
}

/** The heap of the current test. */
export function heap(): FakeHeap {
  return current;
}

/** Creates an object that dies when the test says so. */
export function thing(name: string): { name: string } {
  return current.track({ name });
}

export function endJob(): void {
  current.endJob();
}

/** Runs a full collection that takes these values, its callbacks, and the sweeps that follow. */
export function collect(...values: WeakKey[]): void {
  current.endJob();
  for (const value of values) expect(current.collect(value)).toBe(true);
  current.majorCollection();
  current.runCallbacks();
  vi.runAllTimers();
  current.endJob();
}
