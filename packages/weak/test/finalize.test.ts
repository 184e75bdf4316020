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

  it("shows its call, and can be detached", () => {
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

  it("takes steps in proportion to the callbacks of a target, though each makes more", () => {
    const calls: string[] = [];
    const [target, other] = [thing("target"), thing("other")];
    for (let i = 0; i < 1000; i++) {
      finalize(target, () => {
        calls.push(`${i}`);
        finalize(other, () => calls.push(`${i}'`));
      });
    }
    const iterator = Object.getPrototypeOf(new Set<unknown>().values()) as Iterator<unknown>;
    const next = vi.spyOn(iterator, "next");
    collect(target);
    const steps = next.mock.calls.length;
    next.mockRestore();
    expect(calls).toEqual(Array.from({ length: 1000 }, (_, i) => `${999 - i}`));
    expect(steps).toBeLessThan(10_000);
    collect(other);
    expect(calls.slice(1000)).toEqual(Array.from({ length: 1000 }, (_, i) => `${i}'`));
  });

  it("next runs a callback that another callback creates for the same target", () => {
    const calls: string[] = [];
    const target = thing("target");
    finalize(target, () => calls.push("first"));
    finalize(target, () => {
      calls.push("second");
      // As a revived target would.
      finalize(target, () => calls.push("third"));
      finalize(target, () => calls.push("fourth"));
    });
    collect(target);
    expect(calls).toEqual(["second", "fourth", "third", "first"]);
  });

  it("is disposed of by a call, once", () => {
    const callback = vi.fn();
    const finalizer = finalize(thing("target"), callback, 1);
    const dispose = finalizer[Symbol.dispose];
    expect(dispose()).toBe(undefined);
    expect([callback.mock.calls, finalizer.alive]).toEqual([[[1]], false]);
    finalizer[Symbol.dispose]();
    expect(callback).toHaveBeenCalledTimes(1);
  });

  it("runs at the end of a block that uses it, unless it was detached or called", () => {
    const calls: string[] = [];
    const target = thing("target");
    {
      using first = finalize(target, () => calls.push("first"));
      using second = finalize(target, () => calls.push("second"));
      using third = finalize(target, () => calls.push("third"));
      using fourth = finalize(target, () => calls.push("fourth"));
      second.detach();
      third();
      expect([calls, first.alive, fourth.alive]).toEqual([["third"], true, true]);
    }
    expect(calls).toEqual(["third", "fourth", "first"]);
    collect(target);
    expect(calls.length).toBe(3);
    {
      using finalizer = finalize({}, () => "result");
      expect(finalizer.alive).toBe(true);
    }
    const failing = finalize({}, () => {
      throw new Error("no");
    });
    expect(() => failing[Symbol.dispose]()).toThrow("no");
    expect(() => failing[Symbol.dispose]()).not.toThrow();
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

  it("refuses values that cannot be a target or a callback", () => {
    for (const target of [undefined, null, 1, "a", Symbol.for("a")]) {
      expect(() => finalize(target as never, () => {})).toThrow(TypeError);
    }
    expect(() => finalize({}, undefined as never)).toThrow(TypeError);
    for (const target of [() => {}, Symbol("a") as never, []]) {
      expect(finalize(target, () => {}).alive).toBe(true);
    }
  });
});
