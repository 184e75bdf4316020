import { expect, it } from "vitest";
import { isDone, isWrong, withRow, type Row } from "./stored-rows.ts";

const row: Row = {
  node: "22.23.5",
  pool: "threads",
  coverage: false,
  repeats: 20,
  commit: "abc",
  date: "2026-11-30",
  machine: "linux x64",
  seconds: 60,
  programs: 198,
  runs: 4480,
  wrong: 0,
  failures: [],
};

it("keeps the rows of other cells, in the order of the table", () => {
  const others: Row[] = [
    { ...row, node: "24.21.0" },
    { ...row, pool: "forks" },
    { ...row, coverage: true },
    { ...row, node: "20.20.2" },
  ];
  const rows = withRow(others, row);
  expect(rows.map(({ node, pool, coverage }) => `${node} ${pool} ${coverage}`)).toEqual([
    "20.20.2 threads false",
    "22.23.5 threads false",
    "22.23.5 threads true",
    "22.23.5 forks false",
    "24.21.0 threads false",
  ]);
});

it("replaces the row of a cell, whatever the patch of its Node", () => {
  const newer = { ...row, node: "22.24.0", repeats: 3 };
  expect(withRow([row], newer)).toEqual([newer]);
});

it("runs a cell again after fewer repeats, at another commit and after a failure", () => {
  expect(isDone([row], row, 20, "abc")).toBe(true);
  expect(isDone([row], row, 3, "abc")).toBe(true);
  expect(isDone([row], row, 21, "abc")).toBe(false);
  expect(isDone([row], row, 20, "def")).toBe(false);
  expect(isDone([row], { ...row, pool: "forks" }, 20, "abc")).toBe(false);
  expect(isDone([{ ...row, failures: ["a leak: 1 of 20"] }], row, 20, "abc")).toBe(false);
});

it("takes a row without programs for a failure", () => {
  expect(isWrong(row)).toBe(false);
  expect(isWrong({ ...row, programs: 0 })).toBe(true);
  expect(isWrong({ ...row, wrong: 1 })).toBe(true);
});
