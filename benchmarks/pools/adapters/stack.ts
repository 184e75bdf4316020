import { thingMaker, type PoolAdapter, type Thing } from "./adapter.ts";

/**
 * The simplest possible pool: an array. Its callers cannot wait, so it is measured only if no
 * caller waits.
 */
class Stack {
  readonly #things: Thing[] = [];

  async acquire(): Promise<Thing> {
    return this.#things.pop()!;
  }

  release(thing: Thing): void {
    this.#things.push(thing);
  }

  clear(): void {
    this.#things.length = 0;
  }
}

export const stack: PoolAdapter = {
  name: "stack (null)",
  async create(max) {
    const make = thingMaker();
    const pool = new Stack();
    for (let i = 0; i < max; i += 1) pool.release(make());
    return {
      async cycle(count) {
        let sum = 0;
        for (let i = 0; i < count; i += 1) {
          const thing = await pool.acquire();
          sum += thing.id;
          pool.release(thing);
        }
        return sum;
      },
      async hold() {
        const thing = await pool.acquire();
        return () => {
          pool.release(thing);
        };
      },
      async close() {
        pool.clear();
      },
    };
  },
};
