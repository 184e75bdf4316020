import { BufferPool, PoolClosedError, StaleLeaseError, type Lease } from "@heapwise/pool";
import { FakeClock } from "@heapwise/testkit";
import { checkProperty } from "@heapwise/testkit/vitest";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

const MB = 2 ** 20;

describe("A buffer pool", () => {
  it("lends exactly the requested length, and the same memory again", () => {
    const pool = new BufferPool({ maxBytes: MB });
    const lease = pool.acquire(1500);
    const { value } = lease;
    expect(value.length).toBe(1500);
    value[0] = 9;
    lease.release();
    const again = pool.acquire(1400);
    expect(again.value.length).toBe(1400);
    expect(again.value[0]).toBe(9);
    expect(again.value.byteOffset).toBe(value.byteOffset);
    expect(again.value.buffer).toBe(value.buffer);
    expect(pool.stats()).toMatchObject({ hits: 1, misses: 1, slabs: 1, leasedBytes: 1536 });
  });

  it.each([
    ["keep", 7],
    ["zero", 0],
    ["poison", 0xdb],
  ] as const)("leaves the bytes of a returned buffer, with %s, as %i", (onReturn, expected) => {
    const pool = new BufferPool({ maxBytes: MB, onReturn });
    const lease = pool.acquire(100);
    lease.value.fill(7);
    lease.release();
    expect([...new Set(pool.acquire(100).value)]).toEqual([expected]);
  });

  it("never keeps a longer buffer than maxBufferBytes", () => {
    const pool = new BufferPool({ maxBytes: MB, maxBufferBytes: 1000 });
    const lease = pool.acquire(1001);
    expect(lease.value.length).toBe(1001);
    expect(pool.stats()).toMatchObject({ bytes: 0, oversize: 1 });
    lease.release();
    expect(() => lease.release()).toThrow(StaleLeaseError);
    expect(pool.stats()).toMatchObject({ bytes: 0, slabs: 0 });
  });

  it("never has more than maxBytes in slabs, and lends unpooled arrays beyond that", () => {
    const pool = new BufferPool({ maxBytes: 256 * 1024 });
    const leases = Array.from({ length: 40 }, () => pool.acquire(16_384));
    expect(pool.stats()).toMatchObject({ bytes: 262_144, overflow: 24 });
    expect(new Set(leases.map(({ value }) => value.buffer)).size).toBeGreaterThan(24);
    for (const lease of leases) lease.release();
    expect(pool.stats()).toMatchObject({ bytes: 262_144, leasedBytes: 0 });
    // Another size takes the place of an empty slab.
    const other = pool.acquire(100_000);
    expect(pool.stats().overflow).toBe(24);
    other.release();
  });

  it("lends from the fullest slab, so that the others become empty", () => {
    const pool = new BufferPool({ maxBytes: MB });
    // Blocks of 16 KiB, four in a slab: three full slabs.
    const leases = Array.from({ length: 12 }, () => pool.acquire(16_384));
    const slabOf = (lease: Lease<Uint8Array>): ArrayBufferLike => lease.value.buffer;
    const slabs = [...new Set(leases.map(slabOf))];
    expect(slabs.length).toBe(3);
    const [a, b, c] = slabs.map((slab) => leases.filter((lease) => slabOf(lease) === slab));
    for (const lease of a!.slice(0, 3)) lease.release();
    for (const lease of b!.slice(0, 1)) lease.release();
    for (const lease of c!.slice(0, 2)) lease.release();
    const next = [1, 2, 3].map(() => pool.acquire(16_384));
    expect(next.map(slabOf)).toEqual([slabs[1], slabs[2], slabs[2]]);
    a![3]!.release();
    expect(pool.trim()).toBe(65_536);
    expect(pool.stats().slabs).toBe(2);
  });

  it("frees slabs that stay empty for two intervals, with one timer", () => {
    const clock = new FakeClock();
    const pool = new BufferPool({ maxBytes: MB, trimInterval: 100, clock });
    expect(clock.pending.length).toBe(0);
    const lease = pool.acquire(5000);
    lease.release();
    expect(clock.pending.length).toBe(1);
    clock.advance(100);
    expect(pool.stats().slabs).toBe(1);
    pool.acquire(5000).release();
    clock.advance(100);
    expect(pool.stats().slabs).toBe(1);
    clock.advance(100);
    expect(pool.stats()).toMatchObject({ slabs: 0, bytes: 0 });
    expect(clock.pending.length).toBe(0);
  });

  it("detects a write to a free buffer in debug mode, and names its last loan", () => {
    const pool = new BufferPool({ maxBytes: MB, debug: true });
    const lease = pool.acquire(100);
    const kept = lease.value.subarray(10, 20);
    const copy = lease.value.slice(10, 20);
    lease.release();
    expect(kept[0]).toBe(0xdb);
    expect(copy[0]).toBe(0);
    expect(() => lease.value).toThrow(StaleLeaseError);
    kept[3] = 1;
    const error = ((): StaleLeaseError | undefined => {
      try {
        pool.acquire(100);
      } catch (thrown) {
        return thrown as StaleLeaseError;
      }
      return undefined;
    })();
    expect(error).toBeInstanceOf(StaleLeaseError);
    expect(error?.stale.borrowed).toContain("buffer-pool.test.ts");
    expect(error?.stale.returned).toContain("buffer-pool.test.ts");
    expect(pool.acquire(100).value.buffer).not.toBe(kept.buffer);
    expect(pool.stats().lost).toBe(1);
  });

  it("never lends destroyed memory again, and frees its slab", () => {
    const pool = new BufferPool({ maxBytes: MB });
    const [a, b] = [pool.acquire(16_384), pool.acquire(16_384)];
    const { buffer } = a.value;
    expect(() => a.touch(5 as never)).toThrow("note is 5");
    a.destroy();
    expect(() => a.destroy()).toThrow(StaleLeaseError);
    expect(pool.acquire(16_384).value.buffer).not.toBe(buffer);
    expect(pool.stats()).toMatchObject({ slabs: 2, lost: 1 });
    b.release();
    expect(pool.stats().slabs).toBe(1);
  });

  it("goes on after memory was transferred, and frees the slab with its last loan", () => {
    for (const options of [{ onReturn: "zero" }, { debug: true }, {}] as const) {
      const pool = new BufferPool({ maxBytes: MB, ...options });
      const [a, b] = [pool.acquire(100), pool.acquire(100)];
      structuredClone(a.value, { transfer: [a.value.buffer as ArrayBuffer] });
      expect(a.value.length).toBe(0);
      a.release();
      const next = pool.acquire(100);
      expect(next.value.length).toBe(100);
      expect(pool.stats()).toMatchObject({ slabs: 2, lost: 1 });
      b.release();
      next.release();
      expect(pool.stats()).toMatchObject({ slabs: 1, leasedBytes: 0 });
      pool.trim();
      expect(pool.stats().bytes).toBe(0);
    }
  });

  it("lends nothing after it was disposed of", () => {
    const pool = new BufferPool({ maxBytes: MB });
    const lease = pool.acquire(10);
    pool[Symbol.dispose]();
    expect(() => pool.acquire(10)).toThrow(PoolClosedError);
    lease.release();
    expect(pool.stats().bytes).toBe(0);
  });

  it.each([
    [{}, TypeError, "maxBytes is undefined"],
    [{ maxBytes: 1.5 }, RangeError, "maxBytes is 1.5"],
    [{ maxBytes: 10, maxBufferBytes: 11 }, RangeError, "maxBufferBytes is 11"],
    [{ maxBytes: 10, onReturn: "burn" }, RangeError, 'onReturn is "burn"'],
    [{ maxBytes: 10, max: 1 }, TypeError, 'option "max" is not known'],
  ])("refuses %o", (options, type, message) => {
    expect(() => new BufferPool(options as never)).toThrow(type);
    expect(() => new BufferPool(options as never)).toThrow(message);
  });

  it("refuses an invalid length", () => {
    const pool = new BufferPool({ maxBytes: MB });
    expect(() => pool.acquire(-1)).toThrow(RangeError);
    expect(() => pool.acquire(1.5)).toThrow(RangeError);
    expect(() => pool.acquire("9" as never)).toThrow(TypeError);
    expect(pool.acquire(0).value.length).toBe(0);
  });

  it("never lends a byte to two borrowers, whatever is borrowed and returned", () => {
    checkProperty(
      fc.property(
        fc.constantFrom("keep", "zero", "poison"),
        fc.boolean(),
        fc.array(
          fc.oneof(
            { weight: 5, arbitrary: fc.nat(40_000).map((length) => ({ length })) },
            { weight: 4, arbitrary: fc.nat(50).map((release) => ({ release })) },
            { weight: 1, arbitrary: fc.constant({ trim: true }) },
          ),
          { maxLength: 120 },
        ),
        (onReturn, debug, steps) => {
          const maxBytes = 300_000;
          const pool = new BufferPool({ maxBytes, maxBufferBytes: 30_000, onReturn, debug });
          const held: { lease: Lease<Uint8Array>; mark: number }[] = [];
          let mark = 0;
          for (const step of steps) {
            if ("length" in step) {
              const lease = pool.acquire(step.length);
              expect(lease.value.length).toBe(step.length);
              if (onReturn === "zero") expect(lease.value.every((byte) => byte === 0)).toBe(true);
              lease.value.fill(++mark % 251);
              held.push({ lease, mark: mark % 251 });
            } else if ("release" in step) {
              const [one] = held.splice(step.release % Math.max(1, held.length), 1);
              one?.lease.release();
            } else {
              pool.trim();
            }
            const { bytes, leasedBytes, hits, misses, oversize, overflow } = pool.stats();
            expect(bytes).toBeLessThanOrEqual(maxBytes);
            expect(leasedBytes).toBeLessThanOrEqual(bytes);
            expect(hits + misses + oversize + overflow).toBe(mark);
          }
          for (const { lease, mark: own } of held) {
            expect(lease.value.every((byte) => byte === own)).toBe(true);
            lease.release();
          }
          pool.trim();
          expect(pool.stats()).toMatchObject({ bytes: 0, slabs: 0, leasedBytes: 0 });
        },
      ),
      { runs: 60 },
    );
  });
});
