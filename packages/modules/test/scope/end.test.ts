import { FakeClock } from "@heapwise/testkit";
import { describe, expect, test } from "vitest";
import type { HotTimers } from "../../src/scope/hot-timers.ts";
import { makeScope } from "./make-scope.ts";

describe("the end of a scope", () => {
  test("comes in reverse order of making, after the signal", async () => {
    const { scope, errors } = makeScope();
    const log: string[] = [];
    scope.signal.addEventListener("abort", () => void log.push("signal"));
    scope.defer(() => void log.push("first"));
    scope.defer(async () => {
      await new Promise((resolve) => void setImmediate(resolve));
      log.push("second");
    });
    scope.defer(() => void log.push("third"));
    expect(await scope.end()).toEqual([]);
    expect(log).toEqual(["signal", "third", "second", "first"]);
    expect(errors).toEqual([]);
    expect(scope.signal.aborted).toBe(true);
    expect(makeScope().scope.signal.aborted).toBe(false);
  });

  test("goes on after cleanups that throw or reject, and reports them", async () => {
    const { scope, errors } = makeScope();
    const log: string[] = [];
    scope.defer(() => void log.push("first"));
    scope.defer(() => {
      throw new Error("thrown");
    });
    scope.defer(() => Promise.reject(new Error("rejected")));
    await scope.end();
    expect(log).toEqual(["first"]);
    expect(errors.map(String)).toEqual(["Error: rejected", "Error: thrown"]);
  });

  test("runs at once what is deferred later, and reports its error", async () => {
    const { scope, errors } = makeScope();
    await scope.end();
    let calls = 0;
    scope.defer(() => void calls++);
    expect(calls).toBe(1);
    scope.defer(() => {
      throw new Error("thrown");
    });
    scope.defer(() => Promise.reject(new Error("rejected")));
    await new Promise((resolve) => void setImmediate(resolve));
    expect(errors.map(String)).toEqual(["Error: thrown", "Error: rejected"]);
  });

  test("ends what cleanups open, and what they end is not left behind", async () => {
    const { scope } = makeScope();
    const { setInterval: repeat, clearInterval: stop } = scope.globals as unknown as HotTimers;
    const log: string[] = [];
    const timer = repeat(() => {}, 1e6);
    scope.defer(() => stop(timer));
    scope.defer(() => {
      repeat(() => {}, 2e6);
      (scope.globals["process"] as NodeJS.Process).on("heapwise-test", () => {});
      scope.defer(() => void log.push("inner"));
    });
    expect((await scope.end()).map(({ name }) => name)).toEqual([
      'listener of process "heapwise-test"',
      "setInterval 2000000 ms",
    ]);
    expect(log).toEqual(["inner"]);
    expect(process.listenerCount("heapwise-test")).toBe(0);
  });

  test("comes to an end although a cleanup defers itself again and again", async () => {
    const { scope } = makeScope();
    let calls = 0;
    const again = (): void => {
      if (++calls < 5000) scope.defer(again);
    };
    scope.defer(again);
    await scope.end();
    expect(calls).toBe(5000);
  });

  test("does not wait forever for a cleanup, and ends the others", async () => {
    const clock = new FakeClock();
    const { scope, errors } = makeScope({ schedule: clock.schedule });
    const log: string[] = [];
    scope.defer(() => void log.push("first"));
    scope.defer(() => new Promise<void>(() => {}));
    const ending = scope.end();
    clock.advance(4000);
    await ending;
    expect(log).toEqual(["first"]);
    expect(errors.map(String)).toEqual([
      "Error: Cannot end scope: a deferred function has not finished for 4000 ms, expected it to finish",
    ]);
    expect(clock.pending).toEqual([]);
  });
});
