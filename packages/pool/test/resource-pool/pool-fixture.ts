import { ResourcePool, type ResourcePoolOptions } from "@heapwise/pool";
import { FakeClock } from "@heapwise/testkit";

export interface Thing {
  readonly id: number;
}

/** Runs everything that needs no time. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

export interface Fixture {
  readonly pool: ResourcePool<Thing>;
  readonly clock: FakeClock;
  readonly made: Thing[];
  readonly destroyed: Thing[];
}

/** A pool of at most two numbered things, on a fake clock. */
export function createPool(options: Partial<ResourcePoolOptions<Thing>> = {}): Fixture {
  const clock = new FakeClock();
  const made: Thing[] = [];
  const destroyed: Thing[] = [];
  const pool = new ResourcePool<Thing>({
    create: async () => {
      const thing = { id: made.length + 1 };
      made.push(thing);
      return thing;
    },
    destroy: (thing) => void destroyed.push(thing),
    max: 2,
    clock,
    seed: 1,
    ...options,
  });
  return { pool, clock, made, destroyed };
}

/** The present state of a promise. */
export function watch<R>(promise: Promise<R>): { value?: R; error?: unknown } {
  const state: { value?: R; error?: unknown } = {};
  promise.then(
    (value) => (state.value = value),
    (error: unknown) => (state.error = error),
  );
  return state;
}
