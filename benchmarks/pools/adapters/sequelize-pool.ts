import { Pool } from "sequelize-pool";
import { thingMaker, type PoolAdapter, type Thing } from "./adapter.ts";

export const sequelizePool: PoolAdapter = {
  name: "sequelize-pool",
  async create(max) {
    const make = thingMaker();
    const pool = new Pool<Thing>({
      name: "benchmark",
      create: async () => make(),
      destroy: () => undefined,
      validate: () => true,
      min: 0,
      max,
    });
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
        await pool.drain();
        await pool.destroyAllNow();
      },
    };
  },
};
