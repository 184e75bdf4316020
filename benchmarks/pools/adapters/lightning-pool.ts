import { createPool } from "lightning-pool";
import { thingMaker, type PoolAdapter } from "./adapter.ts";

export const lightningPool: PoolAdapter = {
  name: "lightning-pool",
  async create(max) {
    const make = thingMaker();
    const pool = createPool(
      { create: async () => make(), destroy: async () => undefined },
      { min: max, max, maxQueue: 1_000_000 },
    );
    pool.start();
    const all = await Promise.all(Array.from({ length: max }, () => pool.acquire()));
    for (const thing of all) pool.release(thing);
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
        await pool.close(true);
      },
    };
  },
};
