import { serialize } from "node:v8";
import type { SizingAdapter } from "./adapter.ts";

/** Bytes of the value as V8 serializes it. */
export const v8Serialize: SizingAdapter = {
  name: "lru-cache, v8.serialize",
  sizeOf: (value) => serialize(value).length,
};
