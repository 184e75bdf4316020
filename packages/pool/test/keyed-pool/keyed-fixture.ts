import { KeyedPool, type KeyedPoolOptions } from "@heapwise/pool";
import { FakeClock } from "@heapwise/testkit";
import { expect } from "vitest";

export interface Thing {
  readonly key: string;
  readonly id: number;
  isOpen: boolean;
}

export interface KeyedFixture {
  readonly pool: KeyedPool<string, Thing>;
  readonly clock: FakeClock;
  /** Names of created and destroyed resources: key and number. */
  readonly made: string[];
  readonly destroyed: string[];
}

/** A pool of at most three numbered things, on a fake clock. Its callbacks return at once. */
export function createKeyedPool(
  options: Partial<KeyedPoolOptions<string, Thing>> = {},
): KeyedFixture {
  const clock = new FakeClock();
  const made: string[] = [];
  const destroyed: string[] = [];
  const { destroy } = options;
  const pool = new KeyedPool<string, Thing>({
    create: (key) => {
      made.push(`${key}${made.length + 1}`);
      return { key, id: made.length, isOpen: true };
    },
    max: 3,
    clock,
    seed: 1,
    ...options,
    destroy: (thing, reason, key) => {
      destroyed.push(`${key}${thing.id}`);
      return destroy?.(thing, reason, key);
    },
  });
  return { pool, clock, made, destroyed };
}

/**
 * Expects that the pool has these loans by key and no others, and that it closes and leaves
 * nothing.
 */
export async function expectExact(
  { pool, clock, made, destroyed }: KeyedFixture,
  loans: readonly string[],
): Promise<void> {
  const sorted = [...loans].sort();
  expect(
    pool
      .holders()
      .map(({ key }) => key)
      .sort(),
  ).toEqual(sorted);
  expect(pool.stats()).toMatchObject({ leased: loans.length, waiting: 0, creating: 0 });
  expect(pool.keys()).toEqual(expect.arrayContaining(sorted));
  const { total, closing } = pool.stats();
  expect(total).toBe(made.length - destroyed.length + closing);
  const report = await pool.close({ deadline: 0 });
  expect(report.left.length).toBe(loans.length);
  expect([...destroyed].sort()).toEqual([...made].sort());
  expect(pool.keys()).toEqual([]);
  expect(pool.stats()).toMatchObject({ total: 0, leased: 0, keys: 0, destroyed: made.length });
  expect(clock.pending).toEqual([]);
}
