import { KeyedPool, ResourcePool } from "@heapwise/pool";
import { FakeClock } from "@heapwise/testkit";
import { getEventListeners } from "node:events";
import { describe, expect, it } from "vitest";

const clock = new FakeClock();

describe("A signal with which one request waits", () => {
  it("has one listener for many pools, which is removed with the last waiter", async () => {
    const controller = new AbortController();
    const { signal } = controller;
    const pools = Array.from({ length: 12 }, () => {
      return new ResourcePool({ create: () => ({}), max: 1, clock });
    });
    const held = await Promise.all(pools.map((pool) => pool.acquire()));
    const waiting = pools.map((pool) => pool.acquire({ signal }));
    expect(getEventListeners(signal, "abort")).toHaveLength(1);
    held[0]!.release();
    (await waiting[0]!).release();
    const others = waiting.slice(1).map((call) => expect(call).rejects.toBe("stop"));
    controller.abort("stop");
    await Promise.all(others);
    expect(getEventListeners(signal, "abort")).toHaveLength(0);
    expect(pools.map((pool) => pool.stats().waiting)).toEqual(pools.map(() => 0));
  });

  it("has one listener for many keys", async () => {
    const controller = new AbortController();
    const { signal } = controller;
    const pool = new KeyedPool({ create: (key: number) => ({ key }), max: 1, clock });
    const held = await pool.acquire(0);
    const keys = Array.from({ length: 20 }, (_, key) => key);
    const waiting = keys.map((key) => pool.acquire(key, { signal }));
    expect(getEventListeners(signal, "abort")).toHaveLength(1);
    const all = waiting.map((call) => expect(call).rejects.toBe("stop"));
    controller.abort("stop");
    await Promise.all(all);
    expect(pool.keys()).toEqual([0]);
    held.release();
    expect(getEventListeners(signal, "abort")).toHaveLength(0);
  });
});
