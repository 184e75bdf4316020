import { BufferPool, PoolExhaustedError, StaleLeaseError, type Lease } from "@heapwise/pool";
import { FakeClock } from "@heapwise/testkit";
import { checkProperty } from "@heapwise/testkit/vitest";
import fc from "fast-check";
import { afterEach, describe, expect, it, vi } from "vitest";

const MB = 2 ** 20;

/** The size classes: four for each doubling. */
const CLASSES = [64];
for (let log = 4; log < 28; log++) {
  for (const quarters of [5, 6, 7, 8]) CLASSES.push(quarters * 2 ** log);
}
const classBytes = (length: number): number => CLASSES.find((bytes) => bytes >= length)!;

afterEach(() => void vi.restoreAllMocks());

describe("A strict buffer pool", () => {
  it("refuses a loan for which maxBytes has no room, and lends after a return", () => {
    const pool = new BufferPool({ maxBytes: 65_536, strict: true, name: "frames" });
    const leases = Array.from({ length: 4 }, () => pool.acquire(16_384));
    const before = pool.stats();
    for (const length of [16_384, 1, 0, 65_536]) {
      try {
        pool.acquire(length);
        throw new Error("was lent");
      } catch (error) {
        expect(error).toBeInstanceOf(PoolExhaustedError);
        const { reason, message, pool: state } = error as PoolExhaustedError;
        expect(reason).toBe("bound");
        expect(message).toContain(`${length} bytes, maxBytes of 65536 has no room`);
        expect(state).toMatchObject({ name: "frames", total: 65_536, max: 65_536, leased: 65_536 });
      }
    }
    expect(pool.stats()).toEqual(before);
    for (const lease of leases) lease.release();
    expect(pool.acquire(65_536).value.length).toBe(65_536);
    expect(pool.stats().overflow).toBe(0);
  });

  it("refuses a longer buffer than maxBufferBytes, and lends nothing with a maxBytes of 0", () => {
    const pool = new BufferPool({ maxBytes: MB, maxBufferBytes: 1000, strict: true });
    expect(() => pool.acquire(1001)).toThrow("1001 bytes, maxBufferBytes is 1000");
    expect(() => pool.acquire(1001)).toThrow(PoolExhaustedError);
    expect(pool.acquire(1000).value.length).toBe(1000);
    expect(pool.stats()).toMatchObject({ oversize: 0, overflow: 0, hits: 0, misses: 1 });
    expect(() => new BufferPool({ maxBytes: 0, strict: true }).acquire(0)).toThrow(
      PoolExhaustedError,
    );
    expect(() => new BufferPool({ maxBytes: 0, strict: 1 as never })).toThrow(TypeError);
  });
});

describe("An acquire that throws", () => {
  it("counts as no loan: a write to a free buffer", () => {
    const pool = new BufferPool({ maxBytes: MB, debug: true });
    const lease = pool.acquire(100);
    const { value } = lease;
    lease.release();
    value[0] = 1;
    const { hits, misses } = pool.stats();
    expect(() => pool.acquire(100)).toThrow(StaleLeaseError);
    expect(pool.stats()).toMatchObject({ hits, misses, leasedBytes: 0, lost: 1 });
    pool.acquire(100).release();
    expect(pool.stats()).toMatchObject({ hits, misses: 2, leasedBytes: 0 });
  });

  it.each([false, true])("counts as no loan: no memory, strict %s", (strict) => {
    const pool = new BufferPool({ maxBytes: MB, maxBufferBytes: 100_000, strict });
    const kept = pool.acquire(64);
    const before = pool.stats();
    const fails = function (): never {
      throw new RangeError("Array buffer allocation failed");
    };
    vi.stubGlobal("ArrayBuffer", fails);
    vi.stubGlobal("Uint8Array", fails);
    try {
      for (const length of [5000, 90_000, 100_001]) {
        expect(() => pool.acquire(length)).toThrow(
          strict && length > 100_000 ? PoolExhaustedError : RangeError,
        );
        expect(pool.stats()).toEqual(before);
      }
    } finally {
      vi.unstubAllGlobals();
    }
    const lease = pool.acquire(5000);
    expect(pool.stats()).toMatchObject({ misses: 2, slabs: 2, leasedBytes: 64 + 5120 });
    for (const each of [kept, lease]) each.release();
    expect(pool.trim()).toBeGreaterThan(5000);
    expect(pool.stats()).toMatchObject({ bytes: 0, slabs: 0 });
  });
});

describe("Small loans of many sizes", () => {
  it.each([2 ** 16, 2 ** 18, 2 ** 20, 2 ** 22, 2 ** 26])(
    "leave room for other sizes in %i bytes, in any order",
    (maxBytes) => {
      const small = CLASSES.filter((bytes) => bytes <= maxBytes / 64);
      for (const sizes of [small, [...small].reverse()]) {
        const pool = new BufferPool({ maxBytes, strict: true });
        for (const bytes of sizes) pool.acquire(bytes);
        expect(pool.stats().bytes).toBeLessThan(maxBytes * 0.42);
        pool.acquire(maxBytes / 2);
      }
    },
  );

  it("leave room also after a burst of each size", () => {
    const pool = new BufferPool({ maxBytes: MB, strict: true });
    for (const bytes of CLASSES.slice(0, 16)) {
      const burst = Array.from({ length: Math.floor(MB / 8 / bytes) }, () => pool.acquire(bytes));
      for (const lease of burst.slice(0, -1)) lease.release();
    }
    // 16 loans are left, the last one of each burst.
    pool.acquire(MB / 4);
  });

  it("use full slabs if there are many loans of one size", () => {
    const pool = new BufferPool({ maxBytes: 64 * MB });
    const leases = Array.from({ length: 64_000 }, () => pool.acquire(1024));
    expect(pool.stats().slabs).toBeLessThan(1010);
    for (const lease of leases) lease.release();
    expect(pool.trim()).toBe(64_000 * 1024);
  });
});

type Step =
  | { acquire: number }
  | { end: "release" | "destroy" | "transfer" | "scribble"; which: number }
  | { wait: number }
  | { trim: true };

interface Held {
  readonly lease: Lease<Uint8Array>;
  readonly mark: number;
  readonly isPooled: boolean;
  readonly value: Uint8Array;
  /** The buffer of the value while its memory was not transferred. */
  readonly length: number;
}

const oneStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.oneof(fc.nat(2000), fc.nat(40_000)).map((acquire) => ({ acquire })) },
  {
    weight: 5,
    arbitrary: fc.record({
      end: fc.constantFrom("release", "release", "release", "destroy", "transfer", "scribble"),
      which: fc.nat(50),
    }),
  },
  { weight: 1, arbitrary: fc.nat(80).map((wait) => ({ wait })) },
  { weight: 1, arbitrary: fc.constant({ trim: true as const }) },
);

/** The counts that the pool must have, from the calls and their results. */
class Walk {
  readonly #pool: BufferPool;
  readonly #clock = new FakeClock();
  readonly #options: ConstructorParameters<typeof BufferPool>[0];
  readonly #held: Held[] = [];
  #mark = 0;
  #lent = 0;
  #lost = 0;
  #oversize = 0;
  /** Whether a free block may have been transferred or written to. Then a loan may lose blocks. */
  #mayLose = false;

  constructor(options: ConstructorParameters<typeof BufferPool>[0]) {
    this.#options = options;
    this.#pool = new BufferPool({ ...options, clock: this.#clock });
  }

  run(steps: readonly Step[]): void {
    for (const step of steps) {
      if ("acquire" in step) this.#acquire(step.acquire);
      else if ("end" in step) this.#end(step.end, step.which);
      else if ("wait" in step) this.#clock.advance(step.wait);
      else this.#pool.trim();
      this.#compare();
    }
    while (this.#held.length > 0) {
      this.#end("release", 0);
      this.#compare();
    }
    this.#clock.advance(200);
    expect(this.#pool.stats()).toMatchObject({ bytes: 0, slabs: 0, leasedBytes: 0 });
    expect(this.#clock.pending).toEqual([]);
    this.#pool[Symbol.dispose]();
    expect(() => this.#pool.acquire(1)).toThrow("is closed");
    this.#compare();
  }

  #acquire(length: number): void {
    const { maxBufferBytes = 0, strict, onReturn } = this.#options;
    const before = this.#pool.stats();
    let lease: Lease<Uint8Array>;
    try {
      lease = this.#pool.acquire(length);
    } catch (error) {
      if (error instanceof StaleLeaseError) {
        expect(this.#mayLose).toBe(true);
        expect(this.#pool.stats().lost).toBeGreaterThan(before.lost);
      } else {
        expect(error).toBeInstanceOf(PoolExhaustedError);
        expect(strict).toBe(true);
      }
      const { hits, misses, oversize, overflow } = before;
      expect(this.#pool.stats()).toMatchObject({ hits, misses, oversize, overflow });
      return;
    }
    const after = this.#pool.stats();
    const isPooled = after.oversize + after.overflow === before.oversize + before.overflow;
    if (strict) expect(isPooled).toBe(true);
    if (length > maxBufferBytes) {
      expect(isPooled).toBe(false);
      this.#oversize++;
    }
    this.#lent++;
    const { value } = lease;
    expect(value.length).toBe(length);
    if (onReturn === "zero") expect(value.every((byte) => byte === 0)).toBe(true);
    const mark = ++this.#mark % 200;
    value.fill(mark);
    this.#held.push({ lease, mark, isPooled, value, length });
  }

  #end(how: "release" | "destroy" | "transfer" | "scribble", which: number): void {
    const one = this.#held[which % Math.max(1, this.#held.length)];
    if (one === undefined) return;
    const { lease, mark, isPooled, value, length } = one;
    const isDetached = value.length < length || (isPooled && value.buffer.byteLength === 0);
    if (!isDetached) expect(value.every((byte) => byte === mark)).toBe(true);
    if (how === "transfer") {
      if (isDetached || length === 0) return;
      structuredClone(value, { transfer: [value.buffer as ArrayBuffer] });
      if (isPooled) this.#mayLose = true;
      return;
    }
    this.#held.splice(this.#held.indexOf(one), 1);
    if (how === "destroy") lease.destroy();
    else lease.release();
    if (isPooled && (how === "destroy" || isDetached)) this.#lost++;
    expect(() => lease.release()).toThrow(StaleLeaseError);
    if (how === "scribble" && this.#options.debug && isPooled && value.length > 0) {
      value[0] = 1;
      this.#mayLose = true;
    }
  }

  #compare(): void {
    const { bytes, leasedBytes, slabs, hits, misses, oversize, overflow, lost } =
      this.#pool.stats();
    const pooled = this.#held.filter(({ isPooled }) => isPooled);
    expect(leasedBytes).toBe(pooled.reduce((sum, { length }) => sum + classBytes(length), 0));
    expect(bytes).toBeLessThanOrEqual(this.#options.maxBytes);
    expect(bytes).toBeGreaterThanOrEqual(leasedBytes);
    const buffers = new Set(pooled.map(({ value }) => value.buffer));
    expect(slabs).toBeGreaterThanOrEqual(buffers.size);
    expect(hits + misses + oversize + overflow).toBe(this.#lent);
    expect([hits, misses, overflow].every((count) => count >= 0)).toBe(true);
    expect(oversize).toBe(this.#oversize);
    if (this.#mayLose) {
      expect(lost).toBeGreaterThanOrEqual(this.#lost);
      this.#lost = lost;
    } else expect(lost).toBe(this.#lost);
    // No byte belongs to two loans.
    for (const { value, mark } of this.#held) {
      if (value.length > 0) expect([value[0], value.at(-1)]).toEqual([mark, mark]);
    }
  }
}

describe("A buffer pool with all options", () => {
  it("agrees with a naive model after each step", () => {
    checkProperty(
      fc.property(
        fc.record({
          maxBytes: fc.constantFrom(20_000, 300_000),
          maxBufferBytes: fc.constantFrom(1000, 20_000),
          strict: fc.boolean(),
          onReturn: fc.constantFrom("keep", "zero", "poison"),
          debug: fc.boolean(),
          trimInterval: fc.constantFrom(50, 100),
        }),
        fc.array(oneStep, { maxLength: 100 }),
        (options, steps) => new Walk(options).run(steps),
      ),
      { runs: 150 },
    );
  });
});
