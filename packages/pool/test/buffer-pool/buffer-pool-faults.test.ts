import { BufferPool, type BufferPoolOptions } from "@heapwise/pool";
import { afterEach, describe, expect, it, vi } from "vitest";

/** Makes allocations fail like an engine without memory. */
function failAsOften(times: number, name: "ArrayBuffer" | "Uint8Array"): void {
  const original = globalThis[name];
  let left = times;
  const construct: NonNullable<ProxyHandler<typeof original>["construct"]> = (target, args, as) => {
    if (left-- > 0) throw new RangeError("no memory");
    return Reflect.construct(target, args, as) as object;
  };
  vi.stubGlobal(name, new Proxy(original, { construct }));
}

afterEach(() => void vi.unstubAllGlobals());

const kinds: readonly Omit<BufferPoolOptions, "maxBytes">[] = [
  {},
  { strict: true },
  { debug: true },
  { debug: true, onReturn: "zero" },
];

describe("An acquire for which the engine has no memory", () => {
  for (const options of kinds) {
    for (const name of ["ArrayBuffer", "Uint8Array"] as const) {
      it(`counts as no loan, and the next call lends: ${name}, ${JSON.stringify(options)}`, () => {
        const pool = new BufferPool({ maxBytes: 4096, ...options });
        // A new slab; a new block of a slab; a block that was lent before; a longer view of a
        // block.
        const lengths = [1000, 1000, 1000, 1020];
        for (const [step, length] of lengths.entries()) {
          if (step === 2) for (const lease of [pool.acquire(1000)]) lease.release();
          const before = pool.stats();
          failAsOften(1, name);
          let isRefused = false;
          try {
            pool.acquire(length).release();
          } catch (error) {
            isRefused = true;
            expect(error).toEqual(new RangeError("no memory"));
          }
          vi.unstubAllGlobals();
          const { bytes, slabs, ...counts } = pool.stats();
          if (isRefused) expect(before).toMatchObject(counts);
          expect(bytes).toBeLessThanOrEqual(4096);
          expect(slabs).toBeLessThanOrEqual(4);
          expect(counts).toMatchObject({ leasedBytes: 0, lost: 0 });
          expect(counts.hits).toBeGreaterThanOrEqual(0);
        }
        const leases = Array.from({ length: 4 }, () => pool.acquire(1000));
        expect(pool.stats()).toMatchObject({ bytes: 4096, leasedBytes: 4096, overflow: 0 });
        for (const lease of leases) lease.release();
        expect(pool.trim()).toBe(4096);
      });
    }
  }
});

describe("A release", () => {
  it("ends the loan in debug mode even if the engine has no memory for a view", () => {
    const pool = new BufferPool({ maxBytes: 4096, debug: true });
    const lease = pool.acquire(1000);
    failAsOften(1, "Uint8Array");
    lease.release();
    vi.unstubAllGlobals();
    expect(pool.stats()).toMatchObject({ leasedBytes: 0, lost: 0 });
    pool.acquire(1000).release();
    expect(pool.trim()).toBeGreaterThan(0);
    expect(pool.stats().bytes).toBe(0);
  });

  it("ends the loan even if the clock throws or returns no number", () => {
    const tells: readonly (() => unknown)[] = [
      () => {
        throw new Error("no time");
      },
      () => Number.NaN,
    ];
    for (const broken of tells) {
      let now: () => unknown = broken;
      const clock = { now: () => now() } as BufferPoolOptions["clock"];
      const pool = new BufferPool({ maxBytes: 4096, trimInterval: 10, clock });
      pool.acquire(1000).release();
      for (const at of [0, 10]) {
        now = () => at;
        pool.acquire(100).release();
      }
      // The timer has found the slab of the first loan empty once. It is freed the next time.
      for (const at of [20, 30]) {
        now = () => at;
        pool.acquire(100).release();
      }
      expect(pool.stats()).toMatchObject({ slabs: 1, leasedBytes: 0 });
    }
  });
});
