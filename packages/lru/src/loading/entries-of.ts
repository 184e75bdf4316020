import { isObject, print, refuse } from "../checks/read-options.ts";

/** The result of a bulk loader. */
export interface BulkAnswer<K, V> {
  /** The values of the keys that were asked for. */
  readonly values: Map<K, V>;
  /** Entries of keys that were not asked for, and the first of two values of one key. */
  readonly surplus: (readonly [K, V])[];
  /** Why the result cannot be used; undefined if it can. */
  readonly failure: { readonly error: unknown } | undefined;
}

/**
 * Reads the result of a bulk loader. Never throws. If reading fails, all entries that were read
 * before are in the surplus.
 */
export function entriesOf<K, V>(result: unknown, keys: readonly K[]): BulkAnswer<K, V> {
  const values = new Map<K, V>();
  const surplus: (readonly [K, V])[] = [];
  try {
    if (!isObject(result) || !(Symbol.iterator in result)) refuseEntry(result);
    for (const entry of result as Iterable<readonly [K, V]>) {
      if (!isObject(entry)) refuseEntry(entry);
      const [key, value] = entry;
      if (values.has(key)) surplus.push([key, values.get(key) as V]);
      values.set(key, value);
    }
    const asked = keys.filter((key) => values.has(key));
    if (asked.length < values.size) {
      if (asked.length === 0) {
        const [[first]] = values as unknown as [[K, V]];
        const found = `loadMany returned the key ${print(first)}, and none that was asked for`;
        refuse("load entries", found, `keys such as ${print(keys[0])}`);
      }
      const right = new Set(asked);
      for (const [key, value] of values) {
        if (right.has(key)) continue;
        surplus.push([key, value]);
        values.delete(key);
      }
    }
  } catch (error) {
    return { values: new Map(), surplus: [...values, ...surplus], failure: { error } };
  }
  return { values, surplus, failure: undefined };
}

/** The entries that a load has made. The keys that were asked for come first. */
export function entriesMade<K, V>(
  keys: readonly K[],
  result: unknown,
  answer: BulkAnswer<K, V> | undefined,
): (readonly [K, V])[] {
  if (answer === undefined) return [[keys[0]!, result as V]];
  return [...answer.values, ...answer.surplus];
}

function refuseEntry(entry: unknown): never {
  refuse("load entries", `loadMany returned ${print(entry)}`, "a Map or entries [key, value]");
}
