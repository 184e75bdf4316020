import { describe, expect, it } from "vitest";
import { fill, type Way } from "./fill.ts";

const WAYS: readonly Way[] = ["await", "macrotask"];

describe("200,000 values of 10 KB in a heap of 256 MB", () => {
  it.each(WAYS)("end a program without soft mode, %s", async (way) => {
    expect(await fill({ strong: { max: 200_000 } }, way)).toBe(undefined);
  });

  it("end a program even with a small front if no macrotask comes", async () => {
    expect(await fill({ strong: { max: 1000 } }, "sync")).toBe(undefined);
    expect(await fill({ strong: { max: 1000 } }, "await")).toBe(undefined);
  });

  it.each(WAYS)("end no program in soft mode, %s", async (way) => {
    for (const softLimit of ["50%", "70%"]) {
      const stats = await fill({ strong: { max: 200_000 }, softLimit }, way);
      expect(stats!.size).toBeLessThan(25_000);
    }
  });

  it("end no program in soft mode at 70%, in one job", async () => {
    expect(await fill({ strong: { max: 200_000 }, softLimit: "70%" }, "sync")).toBeDefined();
  });

  it.each(WAYS)("end no program in soft mode behind a small front, %s", async (way) => {
    expect(await fill({ strong: { max: 1000 }, softLimit: "70%" }, way)).toBeDefined();
  });

  it.each(["sync", ...WAYS] as const)("stay below a limit in bytes, %s", async (way) => {
    const stats = await fill({ strong: { max: 200_000 }, softLimit: 100e6 }, way);
    expect(stats!.size).toBeLessThan(15_000);
  });
});
