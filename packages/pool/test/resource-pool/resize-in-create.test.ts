import { describe, expect, it } from "vitest";
import { ResourcePool } from "@heapwise/pool";

describe("A create callback that calls resize", () => {
  it("creates no more than the new max, even if more were wanted before", async () => {
    let running = 0;
    let most = 0;
    const pool: ResourcePool<object> = new ResourcePool({
      create: () => {
        most = Math.max(most, ++running);
        pool.resize({ max: 1 });
        return {};
      },
      destroy: () => void running--,
      max: 5,
    });
    pool.suspend();
    const uses = Array.from({ length: 5 }, () => pool.use(() => undefined));
    pool.resume();
    await Promise.all(uses);
    expect(most).toBe(1);
    await pool.close();
    expect(running).toBe(0);
  });
});
