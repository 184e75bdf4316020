import { memoize } from "@heapwise/lru/memoize";
import type { LoadingAdapter } from "./adapter.ts";

/** Our `memoize`. */
export const heapwiseMemoize: LoadingAdapter = {
  name: "heapwise memoize",
  create: (capacity, load) => memoize(load, { max: capacity }),
};
