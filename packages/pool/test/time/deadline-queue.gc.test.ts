import { ResourcePool } from "@heapwise/pool";
import { gcUntil } from "@heapwise/testkit";
import { describe, expect, it } from "vitest";
import { SYSTEM_CLOCK } from "../../src/time/clock.ts";
import { DeadlineQueue } from "../../src/time/deadline-queue.ts";

const HOUR = 3_600_000;

describe("A timer of an hour keeps nothing", () => {
  it("of a removed deadline, however it was removed", async () => {
    const queue = new DeadlineQueue(undefined, false);
    const refs = (["remove", "clear", "run"] as const).map((way) => {
      const owner = {};
      const at = way === "run" ? 0 : SYSTEM_CLOCK.now() + HOUR;
      const deadline = queue.add(at, () => void owner);
      if (way === "remove") queue.remove(deadline);
      else if (way === "clear") queue.clear();
      else queue.runDue();
      return new WeakRef(owner);
    });
    expect(await gcUntil(() => refs.every((ref) => ref.deref() === undefined))).toBe(true);
    expect(queue.size).toBe(0);
  });

  it("of a pool that has closed, whatever it closes over", async () => {
    const used = async (): Promise<WeakRef<object>> => {
      const owner = {};
      const pool = new ResourcePool({
        create: () => ({ owner }),
        max: 2,
        idleTimeout: HOUR,
        maxLifetime: HOUR,
        leakThreshold: HOUR,
      });
      const lease = await pool.acquire();
      const asked = pool.acquire({ timeout: HOUR });
      lease.release();
      (await asked).release();
      await pool.close();
      return new WeakRef(owner);
    };
    const ref = await used();
    expect(await gcUntil(() => ref.deref() === undefined)).toBe(true);
  });
});
