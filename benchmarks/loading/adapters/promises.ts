import type { LoadingAdapter } from "./adapter.ts";

/** A bare `Map` of promises, without bound, fence or errors: the lowest possible time. */
export const promises: LoadingAdapter = {
  name: "Map of promises",
  create(_capacity, load) {
    const held = new Map<string, Promise<number>>();
    return (key) => {
      let promise = held.get(key);
      if (promise === undefined) held.set(key, (promise = load(key)));
      return promise;
    };
  },
};
