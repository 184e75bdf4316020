import { KeyedPool, ResourcePool } from "@heapwise/pool";
import { meterPool, type MeterShape } from "@heapwise/pool/opentelemetry";
import { gcUntil, settle } from "@heapwise/testkit";
import { describe, expect, it } from "vitest";
import { realMeter } from "./manual-reader.ts";

interface Used {
  readonly ref: WeakRef<object>;
  readonly unobserve: () => void;
}

/** Uses a pool, meters it and drops it. */
async function useResources(meter: MeterShape): Promise<Used> {
  const pool = new ResourcePool({ create: () => ({}), max: 2 });
  const unobserve = meterPool(pool, { meter, name: "a" });
  (await pool.acquire()).release();
  return { ref: new WeakRef(pool), unobserve };
}

async function useKeys(meter: MeterShape): Promise<Used> {
  // The deadline of an idle resource would keep the pool alive.
  const options = { max: 2, idleTimeout: Infinity };
  const pool = new KeyedPool({ create: (key: string) => ({ key }), ...options });
  // Holds the pool, as the listener of an owner may.
  const keyAttributes = (key: string) => ({ key, keys: String(pool.stats().keys) });
  const unobserve = meterPool(pool, { meter, name: "a", keyAttributes });
  (await pool.acquire("a")).release();
  return { ref: new WeakRef(pool), unobserve };
}

describe("A pool that is metered", () => {
  it.each([
    ["ResourcePool", useResources],
    ["KeyedPool", useKeys],
  ])("is collected when its owner drops it: %s", async (_title, use) => {
    const { meter, reader, callbacks } = realMeter();
    const { ref, unobserve } = await use(meter);
    expect(await gcUntil(() => ref.deref() === undefined)).toBe(true);
    await reader.read();
    expect(callbacks()).toBe(0);
    // The function that ends the metering still exists, and does nothing.
    unobserve();
    expect(callbacks()).toBe(0);
  });

  it("is reported as 0 after it was collected", async () => {
    const { meter, reader } = realMeter();
    const use = async (): Promise<WeakRef<object>> => {
      const { ref } = await useResources(meter);
      expect(await reader.read()).toMatchObject({ "limit a": 2, "count a idle": 1 });
      return ref;
    };
    const ref = await use();
    expect(await gcUntil(() => ref.deref() === undefined)).toBe(true);
    expect(await reader.read()).toMatchObject({ "limit a": 0, "count a idle": 0 });
  });

  it("leaves nothing behind, even if the meter is never read", async () => {
    const { WeakRef: Original } = globalThis;
    const held = new Set<WeakRef<object>>();
    const { meter } = realMeter();
    globalThis.WeakRef = class<T extends WeakKey> extends Original<T> {
      constructor(target: T) {
        super(target);
        held.add(new Original<object>(this));
      }
    };
    try {
      for (let round = 0; round < 20; round++) {
        for (let i = 0; i < 50; i++) {
          meterPool(new ResourcePool({ create: () => ({}), max: 2 }), { meter, name: "a" });
        }
        await settle();
      }
    } finally {
      globalThis.WeakRef = Original;
    }
    expect(held.size).toBeGreaterThanOrEqual(1000);
    const alive = (): number => [...held].filter((ref) => ref.deref() !== undefined).length;
    expect(await gcUntil(() => alive() < 200)).toBe(true);
  });
});
