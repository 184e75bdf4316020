import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Turn } from "./host.ts";

/** Replaces `setImmediate`, and runs nothing by itself. */
function queueOf() {
  const waiting: (() => void)[] = [];
  globalThis.setImmediate = ((run: () => void) => waiting.push(run)) as never;
  return { waiting, runFirst: () => waiting.shift()?.() };
}

const genuine = globalThis.setImmediate;
let runs = 0;
let turn: Turn;

beforeEach(() => {
  runs = 0;
  turn = new Turn(() => void runs++);
});
afterEach(() => {
  vi.useRealTimers();
  globalThis.setImmediate = genuine;
});

const macrotask = (): Promise<void> => new Promise((resolve) => void genuine(resolve));

describe("A turn", () => {
  it("is shared by all requests that come before it", async () => {
    for (let i = 0; i < 3; i++) turn.ask();
    expect([runs, turn.isAwaited]).toEqual([0, true]);
    await macrotask();
    expect([runs, turn.isAwaited]).toEqual([1, false]);
    turn.ask();
    await macrotask();
    expect(runs).toBe(2);
  });

  it("does not come if it is cancelled, and can be asked for again before or after", async () => {
    turn.ask();
    turn.cancel();
    await macrotask();
    expect(runs).toBe(0);
    turn.ask();
    turn.cancel();
    turn.ask();
    await macrotask();
    expect(runs).toBe(1);
  });

  it("comes even if fakes took it and are gone", async () => {
    const { waiting } = queueOf();
    turn.ask();
    expect(turn.isAwaited).toBe(true);
    globalThis.setImmediate = genuine;
    expect(turn.isAwaited).toBe(false);
    turn.ask();
    turn.ask();
    await macrotask();
    expect([runs, waiting.length]).toEqual([1, 1]);
    for (const run of waiting) run();
    expect(runs).toBe(1);
  });

  it("comes by vi.useFakeTimers, before and after", async () => {
    vi.useFakeTimers();
    turn.ask();
    vi.runAllTimers();
    expect(runs).toBe(1);
    turn.ask();
    vi.useRealTimers();
    turn.ask();
    await macrotask();
    expect(runs).toBe(2);
    vi.useFakeTimers();
    turn.ask();
    vi.useFakeTimers();
    turn.ask();
    vi.runAllTimers();
    expect(runs).toBe(3);
  });

  it("comes by the function that the fakes replaced, if that is first", async () => {
    turn.ask();
    const { waiting } = queueOf();
    turn.ask();
    await macrotask();
    expect(runs).toBe(1);
    turn.ask();
    globalThis.setImmediate = genuine;
    turn.ask();
    await macrotask();
    expect(runs).toBe(2);
    for (const run of waiting) run();
    expect(runs).toBe(2);
  });

  it("comes even if fakes that never advance took it", async () => {
    vi.useFakeTimers();
    for (let i = 1; i <= 3; i++) {
      turn.ask();
      await macrotask();
      expect([runs, turn.isAwaited]).toEqual([i, false]);
    }
    vi.runAllTimers();
    expect(runs).toBe(3);
    turn.ask();
    vi.runAllTimers();
    await macrotask();
    expect(runs).toBe(4);
  });

  it("comes by a second macrotask if the first was cancelled and a caller says again", () => {
    const { waiting, runFirst } = queueOf();
    turn.ask();
    waiting.length = 0;
    turn.ask();
    expect(waiting.length).toBe(0);
    turn.ask(true);
    runFirst();
    expect(runs).toBe(1);
    turn.ask();
    expect(waiting.length).toBe(1);
  });

  it("is one chain, not two, if callers say again many times", () => {
    const { waiting, runFirst } = queueOf();
    const chain: Turn = new Turn(() => {
      runs++;
      chain.ask();
    });
    chain.ask();
    for (let i = 0; i < 5; i++) chain.ask(true);
    expect(waiting.length).toBe(6);
    for (let i = 1; i <= 10; i++) {
      runFirst();
      expect(runs).toBe(i);
    }
    expect(waiting.length).toBe(1);
  });

  it("does not run in a macrotask that comes after a later one", () => {
    const { waiting } = queueOf();
    turn.ask();
    const [late] = waiting.splice(0);
    turn.ask(true);
    turn.ask(true);
    waiting.shift()!();
    turn.ask();
    late!();
    expect([runs, waiting.length]).toEqual([1, 1]);
    waiting.shift()!();
    expect(runs).toBe(2);
  });

  it("may throw, and can be requested again", () => {
    const { runFirst } = queueOf();
    const failing = new Turn(() => {
      runs++;
      throw new Error("no");
    });
    for (let i = 1; i <= 2; i++) {
      failing.ask();
      expect(runFirst).toThrow("no");
      expect(runs).toBe(i);
    }
  });
});
