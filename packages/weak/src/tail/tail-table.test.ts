import { TRICKY_KEYS, randomStream } from "@heapwise/testkit";
import { describe, expect, it } from "vitest";
import { TailTable } from "./tail-table.ts";

const ref = (): WeakRef<object> => new WeakRef({});

/** Compares the table with a Map from key to ref, in both directions. */
function expectSame(table: TailTable<unknown>, model: Map<unknown, WeakRef<object>>): void {
  expect(table.size).toBe(model.size);
  expect(table.keys().length).toBe(model.size);
  for (const [key, value] of model) {
    const slot = table.find(key);
    if (slot === 0 || table.ref(slot) !== value) expect.fail(`lost ${String(key)}`);
    if (!table.isUsed(slot) || slot >= table.end) expect.fail(`no entry at ${slot}`);
  }
  for (const key of table.keys()) if (!model.has(key)) expect.fail(`stray ${String(key)}`);
}

/** Number of slots of the longest chain. */
function longestChain({ links, end }: TailTable<unknown>): number {
  let longest = 0;
  for (let slot = 1; slot < end; slot++) {
    let length = 0;
    for (let at = slot; at > 0; at = links[(at << 1) | 1]!) length++;
    longest = Math.max(longest, length);
  }
  return longest;
}

describe("A TailTable", () => {
  it("compares keys as a Map does", () => {
    const table = new TailTable<unknown>();
    const model = new Map<unknown, WeakRef<object>>();
    for (const key of TRICKY_KEYS) {
      if (table.find(key) !== 0) continue;
      const value = ref();
      table.add(key, value);
      model.set(key, value);
    }
    expectSame(table, model);
    expect(
      Object.is(
        table.keys().find((key) => key === 0),
        0,
      ),
    ).toBe(true);
  });

  it("agrees with a Map under random operations, growing and shrinking", () => {
    const random = randomStream(3);
    const keyOf = (n: number): unknown => {
      if (n % 7 === 0)
        return `a string of more than sixty-four characters, so that it is not hashed: ${n}`;
      if (n % 5 === 0) return n + 0.5;
      if (n % 3 === 0) return -n;
      return n % 2 === 0 ? `k${n}` : BigInt(n);
    };
    const table = new TailTable<unknown>();
    const model = new Map<unknown, WeakRef<object>>();
    const shared = Array.from({ length: 50 }, ref);
    for (const [steps, range, share] of [
      [3000, 2000, 0.8],
      [3000, 2000, 0.2],
      [30_000, 40_000, 0.9],
      [60_000, 40_000, 0.1],
      [500, 10, 0.5],
    ] as const) {
      for (let i = 0; i < steps; i++) {
        const key = keyOf(Math.floor(random() * range));
        const slot = table.find(key);
        if ((slot !== 0) !== model.has(key)) expect.fail(`wrong about ${String(key)}`);
        const value = shared[i % 50]!;
        if (random() < share) {
          if (slot !== 0) table.remove(slot);
          table.add(key, value);
          model.set(key, value);
        } else if (slot !== 0) {
          table.remove(slot);
          model.delete(key);
          if (i % 10 === 0) table.shrink();
        }
        if (i % 5000 === 0) expectSame(table, model);
      }
      table.shrink();
      expectSame(table, model);
    }
  });

  it("shrinks columns that are mostly empty, and reports it", () => {
    const table = new TailTable<number>();
    const value = ref();
    for (let i = 0; i < 1000; i++) table.add(i, value);
    expect(table.shrink()).toBe(false);
    for (let i = 0; i < 900; i++) table.remove(table.find(i));
    expect(table.shrink()).toBe(true);
    expect([table.end, table.size, table.shrink()]).toEqual([101, 100, false]);
    table.clear();
    expect([table.end, table.size, table.find(950), table.keys()]).toEqual([1, 0, 0, []]);
  });

  it("has no long chains, whatever the keys", () => {
    const value = ref();
    for (const keyOf of [
      (n: number) => n,
      (n: number) => n * 65536,
      (n: number) => n / 8,
      (n: number) => `key:${n}:suffix`,
    ]) {
      const table = new TailTable<unknown>();
      for (let n = 0; n < 50_000; n++) table.add(keyOf(n), value);
      const longest = longestChain(table);
      expect(longest).toBeGreaterThan(1);
      expect(longest).toBeLessThan(15);
    }
  });
});
