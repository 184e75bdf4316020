import { describe, expect, test } from "vitest";
import type { Hot, HotControl } from "../../src/scope/hot.ts";
import { makeHot } from "../../src/scope/make-hot.ts";
import { makeScope } from "./make-scope.ts";

function hotOf(data: Record<string, unknown> = {}): {
  hot: Hot;
  control: HotControl;
  errors: unknown[];
  invalidations: unknown[];
} {
  const { scope, errors } = makeScope({ globals: "shared" });
  const invalidations: unknown[] = [];
  const control = makeHot({
    scope,
    data,
    onError: (error) => void errors.push(error),
    fileOf: (specifier) => (specifier.startsWith("./") ? `/app/${specifier.slice(2)}` : undefined),
    onInvalidate: (message) => void invalidations.push(message),
  });
  return { hot: control.hot, control, errors, invalidations };
}

describe("hot", () => {
  test("accepts the module itself, dependencies, and lists of them", () => {
    const { hot, control } = hotOf();
    expect([control.acceptsItself, control.accepts("/app/a.js")]).toEqual([false, false]);
    const calls: unknown[] = [];
    hot.accept((next) => void calls.push(["itself", next]));
    hot.accept("./a.js", (next) => void calls.push(["a", next]));
    hot.accept(["./a.js", "./b.js", "missing"], (next) => void calls.push(["list", next]));
    hot.accept("./c.js");
    expect(control.acceptsItself).toBe(true);
    expect(["a", "b", "c", "d"].map((name) => control.accepts(`/app/${name}.js`))).toEqual([
      true,
      true,
      true,
      false,
    ]);
    control.deliver(new Map([["/app/a.js", 1]]));
    control.deliver(new Map([["/app/b.js", 2]]));
    control.deliver(new Map([["/app/d.js", 3]]));
    control.deliverItself(4);
    expect(calls).toEqual([
      ["a", 1],
      ["list", [1, undefined, undefined]],
      ["list", [undefined, 2, undefined]],
      ["itself", 4],
    ]);
  });

  test("runs dispose in reverse order at each reload, and prune only if nothing replaces", async () => {
    const { hot, control, errors } = hotOf({ from: 0 });
    expect(hot.data).toEqual({ from: 0 });
    const log: string[] = [];
    hot.prune(() => void log.push("prune"));
    hot.dispose((data) => {
      log.push("first");
      data["from"] = 1;
    });
    hot.dispose(async () => {
      await Promise.resolve();
      log.push("second");
      throw new Error("no");
    });
    const data = {};
    await control.dispose(data, false);
    await control.dispose({}, true);
    expect(data).toEqual({ from: 1 });
    expect(log).toEqual(["second", "first", "second", "first", "prune"]);
    expect(errors.map(String)).toEqual(["Error: no", "Error: no"]);
    control.clear();
    await control.dispose({}, true);
    expect(log).toHaveLength(5);
    expect(hot.data).toEqual({});
  });

  test("tells events, and reports errors of callbacks", async () => {
    const { hot, control, errors } = hotOf();
    const log: unknown[] = [];
    const listener = ({ error }: { error: unknown }): void => void log.push(error);
    hot.on("restore", listener);
    hot.on("restore", () => {
      throw new Error("thrown");
    });
    hot.on("restore", (() => Promise.reject(new Error("rejected"))) as never);
    control.emit("restore", { error: 1 });
    hot.off("restore", listener);
    hot.off("restore", () => {});
    control.emit("restore", { error: 2 });
    hot.on("vite:afterUpdate" as never, () => {});
    await new Promise((resolve) => void setImmediate(resolve));
    expect(log).toEqual([1]);
    expect(errors.map(String).sort()).toEqual([
      "Error: rejected",
      "Error: rejected",
      "Error: thrown",
      "Error: thrown",
    ]);
  });

  test("declines, invalidates, tracks, and has a signal, timers and defer", async () => {
    const { hot, control, invalidations } = hotOf();
    expect(control.declines).toBe(false);
    hot.decline();
    hot.invalidate();
    hot.invalidate("message");
    expect([control.declines, invalidations]).toEqual([true, [undefined, "message"]]);
    const object = {};
    expect(hot.track(object, "label")).toBe(object);
    expect(control.tracked()).toEqual([{ ref: expect.any(WeakRef), label: "label" }]);
    expect(hot.signal).toBe(hot.signal);
    expect(hot.timers).toBe(hot.timers);
    control.clear();
    expect(control.tracked()).toEqual([]);
  });

  test("refuses bad arguments", () => {
    const { hot } = hotOf();
    const bad = hot as unknown as Record<string, (...values: unknown[]) => void>;
    for (const [name, ...values] of [
      ["accept", 1],
      ["accept", null],
      ["accept", ["./a.js", 1]],
      ["accept", "./a.js", 1],
      ["dispose"],
      ["prune", 1],
      ["invalidate", 1],
      ["on", 1, () => {}],
      ["on", "restore"],
      ["off", 1],
      ["defer"],
      ["track", 1],
      ["track", {}, 1],
    ] as const) {
      expect(() => bad[name]!(...values), `${name} ${String(values[0])}`).toThrow(TypeError);
    }
    expect(() => bad["accept"]!(1)).toThrow(
      "Cannot accept: dependencies are 1, expected a string, an array of strings or a function",
    );
  });
});
