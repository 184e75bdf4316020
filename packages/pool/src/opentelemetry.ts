export {
  meterPool,
  type MeterPoolOptions,
  type MeterShape,
  type ObservedPool,
} from "./observation/meter-pool.ts";
