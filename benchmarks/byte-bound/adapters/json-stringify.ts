import type { SizingAdapter } from "./adapter.ts";

/** Characters of the value as JSON. */
export const jsonStringify: SizingAdapter = {
  name: "lru-cache, JSON.stringify",
  sizeOf: (value) => JSON.stringify(value).length,
};
