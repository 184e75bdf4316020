import { print, refuse } from "../read-options.ts";

/** What a bulk loader returned. Throws a TypeError for what are no entries. */
export function entriesOf<K, V>(result: unknown): Map<K, V> {
  if (typeof result === "object" && result !== null && Symbol.iterator in result) {
    return new Map(result as Iterable<readonly [K, V]>);
  }
  const found = `loadMany returned ${print(result)}`;
  refuse("load entries", found, "a Map or entries [key, value]");
}
