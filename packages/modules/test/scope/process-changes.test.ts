import { afterEach, expect, test } from "vitest";
import { makeScope } from "./make-scope.ts";

const clean: (() => void)[] = [];
afterEach(() => {
  for (const run of clean.splice(0)) run();
});

function set(object: object, key: PropertyKey, value: unknown): void {
  const before = Object.getOwnPropertyDescriptor(object, key);
  clean.push(() => {
    if (before === undefined) Reflect.deleteProperty(object, key);
    else Object.defineProperty(object, key, before);
  });
  Object.defineProperty(object, key, { value, configurable: true, writable: true });
}

async function leftBy(
  run: () => unknown,
  globals: "scoped" | "shared" = "scoped",
): Promise<string[]> {
  const { scope } = makeScope({ globals });
  await scope.evaluate(run);
  const left = await scope.end();
  expect(left.every(({ ended, count }) => !ended && count === 1)).toBe(true);
  return left.map(({ kind, name }) => `${kind}: ${name}`).sort();
}

test("names what a module puts on globalThis, prototypes and builtins", async () => {
  expect(
    await leftBy(() => {
      set(globalThis, "heapwise", 1);
      set(globalThis, "not a name", {});
      set(globalThis, Symbol.for("heapwise"), 1);
      set(globalThis, Symbol("heapwise"), 1);
      set(globalThis, "fetch", () => {});
      set(Array.prototype, "heapwise", 1);
      set(Array.prototype, "at", () => {});
      set(Promise, "heapwise", 1);
      set(console, "debug", () => {});
      set(Error, "prepareStackTrace", () => "");
      set(Error, "stackTraceLimit", 20);
    }),
  ).toEqual(
    [
      'global: globalThis["not a name"]',
      "global: console.debug",
      "global: globalThis.fetch",
      "global: globalThis.heapwise",
      "prepare-stack-trace: Error.prepareStackTrace",
      "prototype: Array.prototype.at",
      "prototype: Array.prototype.heapwise",
      "prototype: Promise.heapwise",
      "symbol: globalThis[Symbol(heapwise)]",
      'symbol: globalThis[Symbol.for("heapwise")]',
    ].sort(),
  );
});

test("counts a change for the module that made it, and not for its importer or the host", async () => {
  set(globalThis, "ofHost", 1);
  const outer = makeScope().scope;
  const inner = makeScope().scope;
  outer.evaluate(() => {
    set(globalThis, "ofOuter", 1);
    inner.evaluate(() => set(globalThis, "ofInner", 1));
    set(globalThis, "alsoOfOuter", 1);
  });
  set(globalThis, "alsoOfHost", 1);
  expect((await inner.end()).map(({ name }) => name)).toEqual(["globalThis.ofInner"]);
  expect((await outer.end()).map(({ name }) => name).sort()).toEqual([
    "globalThis.alsoOfOuter",
    "globalThis.ofOuter",
  ]);
});

test("counts what a module does after a top-level await", async () => {
  expect(
    await leftBy(async () => {
      await new Promise((resolve) => void setImmediate(resolve));
      set(globalThis, "late", 1);
    }),
  ).toEqual(["global: globalThis.late"]);
});

test("does not name what a module took back, or what others replaced", async () => {
  const { scope } = makeScope();
  scope.evaluate(() => {
    set(globalThis, "heapwise", {});
    set(Array.prototype, "heapwise", () => {});
    set(globalThis, "other", {});
  });
  Reflect.deleteProperty(globalThis, "heapwise");
  Reflect.deleteProperty(Array.prototype, "heapwise");
  set(globalThis, "other", {});
  expect(await scope.end()).toEqual([]);
});

test("does not name globals that Node makes at their first use", async () => {
  expect(
    await leftBy(async () => {
      for (const key of Reflect.ownKeys(globalThis)) {
        if (key !== "localStorage" && key !== "sessionStorage") void Reflect.get(globalThis, key);
      }
      await fetch("data:text/plain,x");
      performance.now();
      void structuredClone(new Blob(["x"]));
    }),
  ).toEqual([]);
});

test("names listeners of process if globals are shared", async () => {
  const listener = (): void => {};
  clean.push(() => process.off("heapwise-test", listener));
  expect(
    await leftBy(() => {
      process.on("heapwise-test", listener);
      process.once("heapwise-gone" as "exit", listener);
      process.emit("heapwise-gone" as "exit", 0);
    }, "shared"),
  ).toEqual(['listener: listener of process "heapwise-test"']);
});
