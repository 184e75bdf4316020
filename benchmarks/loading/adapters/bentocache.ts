import { BentoCache, bentostore } from "bentocache";
import { memoryDriver } from "bentocache/drivers/memory";
import type { LoadingAdapter } from "./adapter.ts";

/** Bentocache with memory storage only. Values are not serialized. */
export const bentocache: LoadingAdapter = {
  name: "bentocache",
  create(capacity, load) {
    const driver = memoryDriver({ maxItems: capacity, serialize: false });
    const stores = { memory: bentostore().useL1Layer(driver) };
    const cache = new BentoCache({ default: "memory", stores });
    return (key) => cache.getOrSet({ key, ttl: "1h", factory: () => load(key) });
  },
};
