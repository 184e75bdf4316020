/** The resource that is lent in every measurement. */
export interface Thing {
  readonly id: number;
}

/**
 * A pool under measurement, full and ready. Each adapter has its own loops, so that no wrapper and
 * no shared call site is timed.
 */
export interface MeasuredPool {
  /**
   * Borrows and returns `count` times, one loan after the other. Returns the sum of the ids that
   * were lent.
   */
  cycle(count: number): Promise<number>;
  /** Borrows once. Resolves with a function that returns the loan. */
  hold(): Promise<() => void>;
  close(): Promise<void>;
}

/** One pool of resources. */
export interface PoolAdapter {
  readonly name: string;
  /** A pool with `max` resources, all of them created. */
  create(max: number): Promise<MeasuredPool>;
}

/** Numbers the things of one pool. */
export function thingMaker(): () => Thing {
  let id = 0;
  return () => ({ id: ++id });
}
