import { describe, expect, test } from "vitest";
import { compressedV8, jsc, sizeOf, v8 } from "@heapwise/sizeof";
import { PLATFORM, type KINDS } from "../src/walk/kinds.ts";

const profile = v8(13);

/**
 * One value of each kind in the list of kinds, and its bytes. The compiler asks for a new kind
 * here.
 */
const SAMPLES: Record<keyof typeof KINDS, readonly [make: () => object, bytes: number]> = {
  Map: [() => new Map([[1, 2]]), 184],
  Set: [() => new Set([1]), 232],
  Date: [() => new Date(0), 96],
  RegExp: [() => /ab+c/g, 56],
  Error: [() => new Error("boom 1234"), 264 + 32],
  Promise: [() => Promise.resolve(1), 48],
  ArrayBuffer: [() => new ArrayBuffer(9), 96 + 9],
  SharedArrayBuffer: [() => new SharedArrayBuffer(9), 96 + 9],
  WeakRef: [() => new WeakRef({}), 32],
  WeakMap: [() => new WeakMap(), 136],
  WeakSet: [() => new WeakSet(), 136],
  FinalizationRegistry: [() => new FinalizationRegistry(() => undefined), 136],
  String: [() => Object("0123456789") as object, 64],
  Number: [() => Object(1) as object, 32],
  Boolean: [() => Object(true) as object, 32],
  BigInt: [() => Object(1n) as object, 32 + 24],
  Symbol: [() => Object(Symbol("a")) as object, 32 + 24],
  Object: [() => ({}), 56],
};

describe.each(Object.entries(SAMPLES))("the kind of %s", (name, [make, bytes]) => {
  test("has a figure in each layout", () => {
    expect(sizeOf(make(), { profile })).toBe(bytes);
    for (const other of [v8(11), compressedV8, jsc]) {
      expect(sizeOf(make(), { profile: other })).toBeGreaterThan(0);
    }
  });

  test("is known without its prototype", () => {
    // The runtime is asked for the kind, and has no test for a WeakRef and a FinalizationRegistry.
    if (["WeakRef", "FinalizationRegistry", "Object"].includes(name)) return;
    const value = make();
    expect(sizeOf(Object.setPrototypeOf(value, null), { profile })).toBe(bytes);
  });
});

test.each(Object.keys(PLATFORM))("%s is a class of the platform", (name) => {
  expect(Reflect.get(globalThis, name)).toBeTypeOf("function");
});
