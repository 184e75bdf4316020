import sizeOf from "object-sizeof";
import type { SizingAdapter } from "./adapter.ts";

/** A walk over the properties. */
export const objectSizeof: SizingAdapter = {
  name: "lru-cache, object-sizeof",
  sizeOf: (value) => sizeOf(value as never),
};
