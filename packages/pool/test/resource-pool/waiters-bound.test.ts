import { describe, expect, it } from "vitest";
import { createPool, settled, watch } from "./pool-fixture.ts";

describe("maxWaiters", () => {
  it("counts the calls beyond the free room, also while fewer resources are made at a time", async () => {
    const { pool } = createPool({ max: 10, createConcurrency: 1, maxWaiters: 2 });
    const calls = Array.from({ length: 13 }, () => watch(pool.acquire()));
    await settled();
    expect(calls.map(({ error }) => error !== undefined)).toEqual([
      ...Array.from({ length: 12 }, () => false),
      true,
    ]);
    expect(calls[12]!.error).toMatchObject({ code: "POOL_EXHAUSTED", reason: "waiters" });
    expect(pool.stats()).toMatchObject({ leased: 10, waiting: 2, refused: 1 });
  });
});
