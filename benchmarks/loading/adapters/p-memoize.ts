import pMemoize from "p-memoize";
import QuickLRU from "quick-lru";
import type { LoadingAdapter } from "./adapter.ts";

/** Sindre Sorhus's p-memoize, over quick-lru, which its manual recommends for a bound. */
export const pMemoizeOverQuickLru: LoadingAdapter = {
  name: "p-memoize",
  create: (capacity, load) =>
    pMemoize(load, { cache: new QuickLRU<string, number>({ maxSize: capacity }) }),
};
