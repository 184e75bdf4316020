/** A host without WeakRef, such as an old browser, or workerd without its flag. */
import { expect, it, vi } from "vitest";

it("sweeps in slices without WeakRef", async () => {
  vi.stubGlobal("WeakRef", undefined);
  vi.stubGlobal("FinalizationRegistry", undefined);
  vi.resetModules();
  try {
    const { LRUCache } = await import("@heapwise/lru");
    let now = 0;
    const cache = new LRUCache<number, number>({ max: 1e6, ttl: 10, clock: { now: () => now } });
    for (let i = 0; i < 300_000; i++) cache.set(i, i);
    now = 20;
    expect(() => cache.size).not.toThrow();
    expect(() => cache.set(-1, 1)).not.toThrow();
  } finally {
    vi.unstubAllGlobals();
  }
});

it("meters without WeakRef", async () => {
  vi.stubGlobal("WeakRef", undefined);
  vi.resetModules();
  try {
    const { LRUCache } = await import("@heapwise/lru");
    const { meterCache } = await import("../../src/opentelemetry.ts");
    const instrument = { record: () => {} };
    const meter = {
      createObservableCounter: () => ({}),
      createObservableUpDownCounter: () => ({}),
      createHistogram: () => instrument,
      addBatchObservableCallback: () => {},
      removeBatchObservableCallback: () => {},
    };
    expect(
      () => new LRUCache({ max: 1, observers: [meterCache(meter, { name: "a" })] }),
    ).not.toThrow();
  } finally {
    vi.unstubAllGlobals();
  }
});
