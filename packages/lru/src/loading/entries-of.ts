import { isObject, print, refuse } from "../read-options.ts";

/** What a bulk loader returned. Throws a TypeError for what are no entries. */
export function entriesOf<K, V>(result: unknown): Map<K, V> {
  const isIterable = isObject(result) && Symbol.iterator in result;
  const entries = isIterable ? [...(result as Iterable<readonly [K, V]>)] : [result];
  const odd = isIterable ? entries.findIndex((entry) => !isObject(entry)) : 0;
  if (odd < 0) return new Map(entries as (readonly [K, V])[]);
  refuse(
    "load entries",
    `loadMany returned ${print(entries[odd])}`,
    "a Map or entries [key, value]",
  );
}
