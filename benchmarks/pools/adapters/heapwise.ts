import { ResourcePool } from "@heapwise/pool";
import { thingMaker, type PoolAdapter } from "./adapter.ts";

/** Our pool with its defaults. */
export const heapwise: PoolAdapter = {
  name: "heapwise pool",
  async create(max) {
    const pool = new ResourcePool({ create: thingMaker(), min: max, max });
    await pool.ready();
    return {
      async cycle(count) {
        let sum = 0;
        for (let i = 0; i < count; i += 1) {
          const lease = await pool.acquire();
          sum += lease.value.id;
          lease.release();
        }
        return sum;
      },
      async hold() {
        const lease = await pool.acquire();
        return () => lease.release();
      },
      async close() {
        await pool.close();
      },
    };
  },
};
