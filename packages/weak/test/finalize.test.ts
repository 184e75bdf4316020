import { finalize, type Finalizer } from "@heapwise/weak";
import { describe, expect, it, vi } from "vitest";
import { collect, heap, thing, useFakeHeap } from "./fake-collector.ts";

useFakeHeap();

describe("finalize", () => {
  it("calls back once when the target was collected", () => {
    const callback = vi.fn();
    const target = thing("target");
    const finalizer: Finalizer = finalize(target, callback, 1, "a");
    expect(finalizer.alive).toBe(true);
    expect(callback).not.toHaveBeenCalled();
    collect(target);
    collect();
    expect(callback.mock.calls).toEqual([[1, "a"]]);
    expect([finalizer.alive, finalizer.peek(), finalizer.detach(), finalizer()]).toEqual([
      false,
      undefined,
      undefined,
      undefined,
    ]);
  });

  it("calls back now when it is called, and returns the result", () => {
    const callback = vi.fn((a: number, b: number) => a + b);
    const target = thing("target");
    const finalizer = finalize(target, callback, 1, 2);
    expect([finalizer(), finalizer()]).toEqual([3, undefined]);
    collect(target);
    expect(callback).toHaveBeenCalledTimes(1);
  });

  it("shows what it is about to do, and can be detached", () => {
    const callback = vi.fn();
    const target = thing("target");
    const finalizer = finalize(target, callback, 1);
    expect(finalizer.peek()).toEqual({ target, callback, args: [1] });
    expect(finalizer.peek()?.target).toBe(target);
    expect(finalizer.detach()).toEqual({ target, callback, args: [1] });
    expect([finalizer.alive, finalizer.detach(), finalizer.atexit]).toEqual([
      false,
      undefined,
      false,
    ]);
    collect(target);
    expect(callback).not.toHaveBeenCalled();
  });

  it("is alive until its callback has run, but shows no dead target", () => {
    const target = thing("target");
    const finalizer = finalize(target, () => "done");
    heap().endJob();
    heap().collect(target);
    expect([finalizer.alive, finalizer.peek()]).toEqual([true, undefined]);
    expect(finalizer()).toBe("done");
    heap().runCallbacks();
    expect(finalizer.alive).toBe(false);
  });

  it("runs the callbacks of one target last in, first out, from one record", () => {
    const calls: number[] = [];
    const target = thing("target");
    const before = heap().registered;
    const finalizers = [1, 2, 3, 4].map((n) => finalize(target, (m: number) => calls.push(m), n));
    expect(heap().registered - before).toBe(1);
    finalizers[1]!.detach();
    finalizers[2]!();
    expect(calls).toEqual([3]);
    collect(target);
    expect(calls).toEqual([3, 4, 1]);
  });

  it("reports what a callback throws, and runs the others", () => {
    const calls: string[] = [];
    const uncaught: unknown[] = [];
    vi.stubGlobal("reportError", (error: Error) => uncaught.push(error.message));
    const target = thing("target");
    finalize(target, () => calls.push("first"));
    finalize(target, () => {
      throw new Error("no");
    });
    finalize(target, () => calls.push("last"));
    collect(target);
    vi.unstubAllGlobals();
    expect(calls).toEqual(["last", "first"]);
    expect(uncaught).toEqual(["no"]);
  });

  it("throws what the callback throws when it is called, and has run then", () => {
    const finalizer = finalize(thing("target"), () => {
      throw new Error("no");
    });
    expect(() => finalizer()).toThrow("no");
    expect([finalizer.alive, finalizer()]).toEqual([false, undefined]);
  });

  it("may finalize more, and itself, in a callback", () => {
    const calls: string[] = [];
    const target = thing("target");
    const first = finalize(target, () => calls.push("first"));
    finalize(target, () => {
      first();
      finalize(thing("other"), () => calls.push("other")).detach();
      calls.push("second");
    });
    collect(target);
    expect(calls).toEqual(["first", "second"]);
  });

  it("refuses a callback or an argument that keeps the target", () => {
    const target = (): void => {};
    const nothing = (..._args: unknown[]): void => {};
    expect(() => finalize(target, target)).toThrow("the target is the callback");
    expect(() => finalize(target, nothing, 1, target)).toThrow("the target is argument 2");
    expect(() => finalize(target, nothing, { target })).toThrow("the target is in argument 1");
    expect(() => finalize(target, nothing, [1, target])).toThrow(TypeError);
    const getter = {
      get target(): never {
        throw new Error("getters never run");
      },
    };
    expect(finalize(target, nothing, getter, new Set([target])).alive).toBe(true);
  });

  it("refuses what can't be a target or a callback", () => {
    for (const target of [undefined, null, 1, "a", Symbol.for("a")]) {
      expect(() => finalize(target as never, () => {})).toThrow(TypeError);
    }
    expect(() => finalize({}, undefined as never)).toThrow(TypeError);
    for (const target of [() => {}, Symbol("a") as never, []]) {
      expect(finalize(target, () => {}).alive).toBe(true);
    }
  });
});
