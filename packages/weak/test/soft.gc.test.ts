import { describe, expect, it } from "vitest";
import { fill } from "./fill.ts";

describe("200,000 values of 10 KB in a heap of 256 MB, in one job", () => {
  it("end a program without soft mode", async () => {
    expect(await fill({ strong: { max: 200_000 } }, "sync")).toBe(undefined);
  });

  it("end no program in soft mode: victims are dropped", async () => {
    for (const softLimit of ["30%", "80mb"]) {
      const stats = await fill({ strong: { max: 200_000 }, softLimit }, "sync");
      expect(stats!.size).toBeLessThan(20_000);
      expect(stats!.dropped).toBe(200_000 - stats!.size);
    }
  });

  it("end no program in soft mode with a small front: demoted values live to the end of the job", async () => {
    const stats = await fill({ strong: { max: 1000 }, softLimit: "30%" }, "sync");
    expect(stats!.demotions).toBeLessThan(20_000);
    expect(stats!.dropped).toBeGreaterThan(150_000);
  });
});
