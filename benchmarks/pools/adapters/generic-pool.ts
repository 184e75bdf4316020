import { createPool } from "generic-pool";
import { thingMaker, type PoolAdapter } from "./adapter.ts";

export const genericPool: PoolAdapter = {
  name: "generic-pool",
  async create(max) {
    const make = thingMaker();
    const pool = createPool(
      { create: async () => make(), destroy: async () => undefined },
      { min: max, max },
    );
    await pool.ready();
    return {
      async cycle(count) {
        let sum = 0;
        for (let i = 0; i < count; i += 1) {
          const thing = await pool.acquire();
          sum += thing.id;
          void pool.release(thing);
        }
        return sum;
      },
      async hold() {
        const thing = await pool.acquire();
        return () => {
          void pool.release(thing);
        };
      },
      async close() {
        await pool.drain();
        await pool.clear();
      },
    };
  },
};
