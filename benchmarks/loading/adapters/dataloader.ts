import DataLoader from "dataloader";
import type { LoadingAdapter } from "./adapter.ts";

/**
 * The dataloader of GraphQL servers: it collects the calls of a turn, and keeps every promise
 * without a bound.
 */
export const dataloader: LoadingAdapter = {
  name: "dataloader",
  create(_capacity, _load, loadMany) {
    const loader = new DataLoader<string, number>(loadMany);
    return (key) => loader.load(key);
  },
};
