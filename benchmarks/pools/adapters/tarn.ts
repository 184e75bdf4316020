import { Pool } from "tarn";
import { thingMaker, type PoolAdapter, type Thing } from "./adapter.ts";

export const tarn: PoolAdapter = {
  name: "tarn",
  async create(max) {
    const pool = new Pool<Thing>({ create: thingMaker(), destroy: () => undefined, min: 0, max });
    const all = await Promise.all(Array.from({ length: max }, () => pool.acquire().promise));
    for (const thing of all) pool.release(thing);
    return {
      async cycle(count) {
        let sum = 0;
        for (let i = 0; i < count; i += 1) {
          const thing = await pool.acquire().promise;
          sum += thing.id;
          pool.release(thing);
        }
        return sum;
      },
      async hold() {
        const thing = await pool.acquire().promise;
        return () => {
          pool.release(thing);
        };
      },
      async close() {
        await pool.destroy();
      },
    };
  },
};
