/** What is lent in every measurement. */
export interface Thing {
  readonly id: number;
}

/** A pool under measurement, full and ready. The loops are the adapter's own, so that no wrapper and no shared call site is timed. */
export interface MeasuredPool {
  /** Borrows and gives back so many times, one after the other. Returns the sum of what was lent. */
  cycle(count: number): Promise<number>;
  /** Borrows once and calls back with what gives it back. */
  hold(): Promise<() => void>;
  close(): Promise<void>;
}

/** One pool of resources. */
export interface PoolAdapter {
  readonly name: string;
  /** A pool with `max` resources, all of them made. */
  create(max: number): Promise<MeasuredPool>;
}

/** Numbers the things of one pool. */
export function thingMaker(): () => Thing {
  let id = 0;
  return () => ({ id: ++id });
}
