import { EventEmitter } from "node:events";
import { afterEach, describe, expect, test } from "vitest";
import type { ModuleScope } from "../../src/scope/module-scope.ts";
import { makeScope } from "./make-scope.ts";

const EVENT = "heapwise-test" as "exit";

afterEach(() => void process.removeAllListeners(EVENT));

function processOf(scope: ModuleScope): NodeJS.Process {
  return scope.globals["process"] as NodeJS.Process;
}

describe("the process of a module", () => {
  test("is one object by all ways", () => {
    const { scope } = makeScope();
    const own = processOf(scope);
    expect(scope.builtin("process")).toBe(own);
    expect(scope.builtin("node:process")).toBe(own);
    const namespace = scope.builtin("node:process", "import") as Record<string, unknown>;
    expect(namespace["default"]).toBe(own);
    expect(namespace["env"]).toBe(process.env);
    expect(scope.builtin("process", "import")).toBe(namespace);
    expect(own).not.toBe(process);
    expect(makeScope().scope.builtin("process")).not.toBe(own);
  });

  test("is as the real one in all else", () => {
    const own = processOf(makeScope().scope);
    for (const key of Reflect.ownKeys(process)) {
      if (key === "getBuiltinModule" || key === "setUncaughtExceptionCaptureCallback") continue;
      expect(Object.is(Reflect.get(own, key), Reflect.get(process, key)), String(key)).toBe(true);
    }
    expect(own).toBeInstanceOf(EventEmitter);
    expect(String(own)).toBe("[object process]");
    expect(Object.keys(own)).toEqual(Object.keys(process));
    expect([own.cwd(), own.pid, own.uptime() > 0]).toEqual([process.cwd(), process.pid, true]);
    expect(own.hrtime.bigint() > 0n).toBe(true);
    expect(own.getMaxListeners()).toBe(process.getMaxListeners());
    expect(own.emit).toBe(own.emit);
    expect(own.nextTick).toBe(process.nextTick);
    own.exitCode = 0;
    expect(process.exitCode).toBe(0);
    own.exitCode = undefined;
  });

  test("ends its listeners with the scope, and leaves those of others", async () => {
    const { scope } = makeScope();
    const own = processOf(scope);
    const calls: unknown[] = [];
    const listener = (value: unknown): void => void calls.push(value);
    process.on(EVENT, listener);
    expect(own.on(EVENT, listener)).toBe(own);
    own.addListener(EVENT, listener);
    own.prependListener(EVENT, () => void calls.push("first"));
    own.prependOnceListener(EVENT, () => void calls.push("never"));
    expect(own.listenerCount(EVENT)).toBe(5);
    expect(own.listeners(EVENT)).toEqual(process.listeners(EVENT));
    const left = await scope.end();
    expect(left.map(({ kind, name, count, ended }) => [kind, name, count, ended])).toEqual([
      ["listener", 'listener of process "heapwise-test"', 1, true],
      ["listener", 'listener of process "heapwise-test"', 1, true],
      ["listener", 'listener of process "heapwise-test"', 1, true],
      ["listener", 'listener of process "heapwise-test"', 1, true],
    ]);
    expect(left[0]!.location!.url).toMatch(/process\.test\.ts$/);
    process.emit(EVENT, 1);
    expect(calls).toEqual([1]);
  });

  test("forgets a listener of once after it has run, and calls it once", async () => {
    const { scope } = makeScope();
    const own = processOf(scope);
    const calls: unknown[] = [];
    const listener = function (this: unknown, code: number): void {
      calls.push(code);
      // A listener that emits the event itself is not called again.
      process.emit(EVENT, 2);
    };
    own.once(EVENT, listener);
    expect(process.listeners(EVENT)).toEqual([listener]);
    process.emit(EVENT, 1);
    expect(calls).toEqual([1]);
    own.once(EVENT, listener);
    own.off(EVENT, listener);
    expect(process.listenerCount(EVENT)).toBe(0);
    expect(await scope.end()).toEqual([]);
  });

  test("forgets listeners that are removed, and removes all but those of others", async () => {
    const { scope } = makeScope();
    const own = processOf(scope);
    const listener = (): void => {};
    const other = (): void => {};
    process.on(EVENT, other);
    own.on(EVENT, listener).removeListener(EVENT, listener);
    own.on(EVENT, listener);
    process.removeListener(EVENT, listener);
    own.on(EVENT, listener).on("heapwise-other", listener).removeAllListeners(EVENT);
    expect(process.listeners(EVENT)).toEqual([other]);
    expect(process.listenerCount("heapwise-other")).toBe(1);
    own.off(EVENT, other);
    expect(process.listenerCount(EVENT)).toBe(0);
    own.removeAllListeners();
    expect(process.listenerCount("heapwise-other")).toBe(0);
    expect(await scope.end()).toEqual([]);
    expect(() => own.on(EVENT, 1 as never)).toThrow("listener");
  });

  test("keeps to itself what a module assigns to on", async () => {
    const { scope } = makeScope();
    const own = processOf(scope);
    const real = process.on;
    const replaced = (): never => {
      throw new Error("no");
    };
    own.on = replaced;
    Object.defineProperty(own, "once", { value: replaced, configurable: true });
    expect([own.on, own.once, process.on]).toEqual([replaced, replaced, real]);
    expect(processOf(makeScope().scope).on).not.toBe(replaced);
    await scope.end();
  });

  test("adds no listener after the end", async () => {
    const { scope } = makeScope();
    const own = processOf(scope);
    await scope.end();
    own.on(EVENT, () => {}).once(EVENT, () => {});
    expect(process.listenerCount(EVENT)).toBe(0);
  });

  test("ends the capture of uncaught exceptions", async () => {
    const { scope } = makeScope();
    const own = processOf(scope);
    own.setUncaughtExceptionCaptureCallback(() => {});
    own.setUncaughtExceptionCaptureCallback(null);
    own.setUncaughtExceptionCaptureCallback(() => {});
    expect(process.hasUncaughtExceptionCaptureCallback()).toBe(true);
    expect(await scope.end()).toMatchObject([{ kind: "listener", count: 1 }]);
    expect(process.hasUncaughtExceptionCaptureCallback()).toBe(false);
  });

  test("gives builtins of the module by getBuiltinModule", () => {
    const { scope } = makeScope();
    const own = processOf(scope);
    expect(own.getBuiltinModule("node:timers")).toBe(scope.builtin("timers"));
    expect(own.getBuiltinModule("fs")).toBe(process.getBuiltinModule("fs"));
  });
});
