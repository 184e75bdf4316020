import { promisify } from "node:util";
import timers from "node:timers";
import { afterEach, describe, expect, test, vi } from "vitest";
import type { ModuleScope } from "../../src/scope/module-scope.ts";
import type { HotTimers } from "../../src/scope/hot-timers.ts";
import { makeScope } from "./make-scope.ts";

afterEach(() => void vi.useRealTimers());

function timersOf(scope: ModuleScope): HotTimers {
  return scope.globals as unknown as HotTimers;
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}

describe("timers of a module", () => {
  test("run as those of Node, with their arguments, and with the timer as this", async () => {
    const { setTimeout: start, setImmediate: soon } = timersOf(makeScope().scope);
    const calls: unknown[] = [];
    const timer = start(
      function (this: unknown, ...values: unknown[]) {
        calls.push(this, values);
      },
      0,
      1,
      2,
    );
    await new Promise((resolve) => void soon((value) => resolve(value), 3));
    await new Promise((resolve) => void start(resolve, 5));
    expect(calls).toEqual([timer, [1, 2]]);
    expect(() => start(undefined as never)).toThrow(
      expect.objectContaining({ code: "ERR_INVALID_ARG_TYPE" }),
    );
    expect([timer.hasRef(), timer.unref().hasRef(), timer.ref()]).toEqual([true, false, timer]);
  });

  test("end with the scope, and are reported with the line that made them", async () => {
    const { scope } = makeScope();
    const { setTimeout: start, setInterval: repeat, setImmediate: soon } = timersOf(scope);
    const calls: string[] = [];
    for (const name of ["a", "b"]) repeat(() => void calls.push(name), 1);
    start(() => void calls.push("c"), 2000.7).unref();
    soon(() => void calls.push("d"));
    const left = await scope.end();
    expect(left).toMatchObject([
      { kind: "timer", name: "setImmediate", ended: true, count: 1 },
      { kind: "timer", name: "setTimeout 2000 ms", ended: true, count: 1 },
      { kind: "timer", name: "setInterval 1 ms", ended: true, count: 2 },
    ]);
    for (const { location } of left) {
      expect(location!.url).toMatch(/timers\.test\.ts$/);
      expect(location!.line).toBeGreaterThan(1);
    }
    await new Promise((resolve) => void setTimeout(resolve, 5));
    expect(calls).toEqual([]);
    expect(await scope.end()).toEqual([]);
  });

  test("are forgotten once they have run or are cleared, in whatever way", async () => {
    const { scope } = makeScope();
    const own = timersOf(scope);
    await new Promise<void>((resolve) => void own.setTimeout(resolve, 0));
    await new Promise<void>((resolve) => void own.setImmediate(resolve));
    const noop = (): void => {};
    own.clearTimeout(own.setTimeout(noop, 1e6));
    own.clearTimeout(Number(own.setTimeout(noop, 1e6)));
    own.clearTimeout(String(Number(own.setTimeout(noop, 1e6))));
    own.clearInterval(own.setInterval(noop, 1e6));
    own.clearImmediate(own.setImmediate(noop));
    clearTimeout(own.setTimeout(noop, 1e6));
    own.setTimeout(noop, 1e6).close();
    own.setTimeout(noop, 1e6)[Symbol.dispose]();
    expect(await scope.end()).toEqual([]);
  });

  test("are known again if refresh starts them again, and refresh does nothing after the end", async () => {
    const { scope } = makeScope();
    let calls = 0;
    let done: () => void;
    const timer = timersOf(scope).setTimeout(() => {
      calls++;
      done();
    }, 1);
    await new Promise<void>((resolve) => void (done = resolve));
    expect(timer.refresh()).toBe(timer);
    await new Promise<void>((resolve) => void (done = resolve));
    timer.refresh();
    expect(await scope.end()).toMatchObject([{ name: "setTimeout 1 ms", count: 1 }]);
    expect(timer.refresh()).toBe(timer);
    await new Promise((resolve) => void setTimeout(resolve, 5));
    expect(calls).toBe(2);
  });

  test("never run if they are started after the end", async () => {
    const { scope } = makeScope();
    const { setTimeout: start, setImmediate: soon } = timersOf(scope);
    await scope.end();
    let calls = 0;
    start(() => calls++, 0).refresh();
    soon(() => calls++);
    await new Promise((resolve) => void setTimeout(resolve, 5));
    expect(calls).toBe(0);
    expect(await scope.end()).toEqual([]);
  });

  test("are those of a test runner, if it replaced them", async () => {
    const { scope } = makeScope();
    const own = timersOf(scope);
    vi.useFakeTimers();
    const calls: number[] = [];
    own.setTimeout(() => void calls.push(1), 1000);
    own.clearTimeout(own.setTimeout(() => void calls.push(2), 1000));
    own.setInterval(() => void calls.push(3), 1000);
    vi.advanceTimersByTime(1000);
    expect(calls).toEqual([1, 3]);
    vi.useRealTimers();
    expect(await scope.end()).toMatchObject([{ name: "setInterval 1000 ms" }]);
  });

  test("of node:timers are scoped too, with promises and promisify", async () => {
    const { scope } = makeScope();
    const own = scope.builtin("node:timers") as typeof timers;
    expect(scope.builtin("timers")).toBe(own);
    expect(Object.keys(own).sort()).toEqual(Object.keys(timers).sort());
    expect(await own.promises.setTimeout(1, "value")).toBe("value");
    expect(await promisify(own.setTimeout)(1, "value")).toBe("value");
    expect(await promisify(timersOf(scope).setImmediate)("value")).toBe("value");
    expect(promisify(timersOf(scope).setTimeout)).toBe(own.promises.setTimeout);
    own.setInterval(() => {}, 1e6);
    expect(await scope.end()).toMatchObject([{ name: "setInterval 1000000 ms" }]);
  });

  test("of node:timers/promises refuse what Node refuses, and follow a signal", async () => {
    const own = makeScope().scope.builtin("timers/promises") as typeof timers.promises;
    await expect(own.setTimeout(1, 0, { signal: 1 as never })).rejects.toThrow("signal");
    await expect(own.setTimeout(1, 0, 1 as never)).rejects.toThrow("options");
    const controller = new AbortController();
    const waiting = own.setTimeout(1e6, 0, { signal: controller.signal });
    controller.abort("reason");
    await expect(waiting).rejects.toMatchObject({ name: "AbortError", cause: "reason" });
    await expect(own.setImmediate(0, { signal: controller.signal })).rejects.toThrow("abort");
    await own.scheduler.yield();
    await own.scheduler.wait(1);
    let ticks = 0;
    for await (const value of own.setInterval(1, "tick")) {
      expect(value).toBe("tick");
      if (++ticks === 3) break;
    }
  });

  test("that are promises are never settled after the end, and their iterators end", async () => {
    const { scope } = makeScope();
    const own = scope.builtin("timers/promises") as typeof timers.promises;
    const log: string[] = [];
    const note = (text: string) => (): void => void log.push(text);
    void own.setTimeout(1).then(note("resolved"), note("rejected"));
    const ended = (async () => {
      for await (const _ of own.setInterval(1e6)) note("tick")();
    })();
    expect(await scope.end()).toMatchObject([
      { name: "setInterval 1000000 ms" },
      { name: "setTimeout 1 ms" },
    ]);
    await ended;
    await new Promise((resolve) => void setTimeout(resolve, 5));
    void own.setTimeout(0).then(note("after the end"));
    for await (const _ of own.setInterval(1)) note("tick after the end")();
    await nextTurn();
    expect(log).toEqual([]);
  });

  test("of hot.timers end with the scope and are no left-behinds", async () => {
    const { scope } = makeScope({ globals: "shared" });
    expect(scope.globals).toEqual({});
    expect(scope.builtin("timers")).toBeUndefined();
    let calls = 0;
    scope.timers.setInterval(() => calls++, 1);
    expect(await scope.end()).toEqual([]);
    await new Promise((resolve) => void setTimeout(resolve, 5));
    expect(calls).toBe(0);
  });
});
