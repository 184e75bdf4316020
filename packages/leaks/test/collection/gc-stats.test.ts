import { describe, expect, it } from "vitest";
import { collectGarbage } from "../../src/collection/collect-garbage.ts";
import { gcStats } from "../../src/collection/gc-stats.ts";
import { withModules } from "../with-modules.ts";

describe("gcStats", () => {
  it("counts collections as soon as they are over, with their pauses and bytes", async () => {
    const stats = gcStats();
    const plant = (): void => void Array.from({ length: 100_000 }, (_, i) => ({ i }));
    plant();
    await collectGarbage({ rounds: 2 });
    const { count, byKind, pauseMs, longestPauseMs } = stats;
    expect(byKind.major).toBeGreaterThanOrEqual(2);
    expect(Object.values(byKind).reduce((sum, part) => sum + part)).toBe(count);
    expect(pauseMs).toBeGreaterThan(0);
    expect(longestPauseMs).toBeLessThanOrEqual(pauseMs);
    expect(longestPauseMs).toBeGreaterThan(pauseMs / (count + 1));
    expect(stats.freedBytes).toBeGreaterThan(1_000_000);
    stats[Symbol.dispose]();
  });

  it("keeps its totals and counts no more after it is disposed of", async () => {
    const stats = gcStats();
    await collectGarbage({ rounds: 1 });
    stats[Symbol.dispose]();
    const { count, freedBytes } = stats;
    await collectGarbage({ rounds: 1 });
    expect([stats.count, stats.freedBytes]).toEqual([count, freedBytes]);
    expect(count).toBeGreaterThan(0);
    stats[Symbol.dispose]();
  });

  it("is collected itself if nobody holds it", async () => {
    const make = (): WeakRef<object> => new WeakRef(gcStats());
    const ref = make();
    await collectGarbage();
    expect(ref.deref()).toBeUndefined();
  });

  it("throws if the host has no profiler", () => {
    withModules({ "node:v8": undefined });
    expect(gcStats).toThrow("Cannot observe collections: no v8.GCProfiler, expected Node");
  });
});
