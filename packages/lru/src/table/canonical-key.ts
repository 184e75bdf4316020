/** A key as a `Map` stores it: -0 is 0. */
export function canonicalKey<K>(key: K): K {
  return Object.is(key, -0) ? (0 as K) : key;
}
