import { setImmediate as realImmediate } from "node:timers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { SYSTEM_CLOCK } from "../../src/time/clock.ts";
import { freshReading, sharedReading } from "../../src/time/shared-reading.ts";
import { atTurnEnd } from "../../src/time/turn-end.ts";

const turn = (): Promise<void> => new Promise((end) => realImmediate(() => realImmediate(end)));

function burn(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

afterEach(async () => {
  vi.useRealTimers();
  await turn();
});

describe("The end of a turn", () => {
  it("comes even if a callback throws, and its error is thrown", async () => {
    const seen: number[] = [];
    const error = new Error("mine");
    let thrown: unknown;
    const { setImmediate } = globalThis;
    globalThis.setImmediate = ((run: () => void) =>
      setImmediate(() => {
        try {
          run();
        } catch (failure) {
          thrown = failure;
        }
      })) as typeof globalThis.setImmediate;
    try {
      atTurnEnd(() => {
        throw error;
      });
      atTurnEnd((now) => seen.push(now));
      // Two functions report the end; the first of them throws.
      await new Promise((resolve) => setImmediate(resolve));
    } finally {
      globalThis.setImmediate = setImmediate;
    }
    expect(thrown).toBe(error);
    expect(seen[0]).toBeLessThanOrEqual(SYSTEM_CLOCK.now());
  });

  it("comes by fake timers, in their time", async () => {
    vi.useFakeTimers();
    let ends = 0;
    atTurnEnd(() => ends++);
    vi.advanceTimersByTime(0);
    expect(ends).toBe(1);
    await turn();
    expect(ends).toBe(1);
  });

  it("comes if the fake timers are removed before it, without another call", async () => {
    vi.useFakeTimers();
    let ends = 0;
    atTurnEnd(() => ends++);
    vi.useRealTimers();
    await turn();
    expect(ends).toBe(1);
  });
});

describe("A shared reading", () => {
  it("is shared by at most 32 calls, and ends with the turn", async () => {
    const first = sharedReading();
    const others = Array.from({ length: 31 }, sharedReading);
    expect(others.every((other) => other === first)).toBe(true);
    expect(first.until).toBe(Infinity);
    burn(2);
    const next = sharedReading();
    expect(next).not.toBe(first);
    expect(first.until).toBe(next.at);
    burn(2);
    await turn();
    expect(next.until).toBeGreaterThanOrEqual(next.at + 2);
    expect(sharedReading()).not.toBe(next);
  });

  it("is as fresh as the last reading that a call needed", () => {
    const first = sharedReading();
    burn(2);
    const fresh = freshReading();
    expect(fresh.at).toBeGreaterThanOrEqual(first.at + 2);
    expect(first.until).toBe(fresh.at);
    expect(sharedReading()).toBe(fresh);
  });

  it("ends with the turn also if fake timers were installed and removed", async () => {
    vi.useFakeTimers();
    const first = sharedReading();
    vi.useRealTimers();
    await turn();
    expect(first.until).toBeLessThan(Infinity);
    expect(sharedReading()).not.toBe(first);
  });
});
