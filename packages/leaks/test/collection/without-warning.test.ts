import { expect, it, vi } from "vitest";
import { withoutWarning } from "../../src/collection/without-warning.ts";

it("takes out the experimental warning about one feature, and no other", () => {
  const emit = vi.spyOn(process, "emitWarning").mockImplementation(() => {});
  const before = process.emitWarning;
  const result = withoutWarning(/queryObjects/, () => {
    process.emitWarning("v8.queryObjects() is new", "ExperimentalWarning");
    process.emitWarning("v8.queryObjects() is new", { type: "ExperimentalWarning" });
    process.emitWarning("something else is new", "ExperimentalWarning", "CODE");
    process.emitWarning("queryObjects is old", "DeprecationWarning");
    process.emitWarning("queryObjects is odd");
    return 7;
  });
  expect(emit.mock.calls).toEqual([
    ["something else is new", "ExperimentalWarning", "CODE"],
    ["queryObjects is old", "DeprecationWarning"],
    ["queryObjects is odd"],
  ]);
  expect([result, process.emitWarning]).toEqual([7, before]);
  vi.restoreAllMocks();
});

it("puts the warnings back if the code throws", () => {
  const before = Object.getOwnPropertyDescriptor(process, "emitWarning");
  const fail = (): never => {
    throw new RangeError("planted");
  };
  expect(() => withoutWarning(/x/, fail)).toThrow("planted");
  expect(Object.getOwnPropertyDescriptor(process, "emitWarning")).toEqual(before);
});
