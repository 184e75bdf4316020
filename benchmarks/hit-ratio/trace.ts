/** A recorded or generated stream of keys. */
export interface Trace {
  readonly name: string;
  /** Key ids in order of access, numbered from 0 by first appearance. */
  readonly ids: Uint32Array;
  /** Number of different keys. */
  readonly keys: number;
}

const FRACTIONS = [0.001, 0.01, 0.05, 0.1, 0.25];

/** The cache sizes at which a trace is replayed: 0.1, 1, 5, 10 and 25% of its keys, and at least 10 entries. */
export function capacitiesOf({ keys }: Pick<Trace, "keys">): number[] {
  return [...new Set(FRACTIONS.map((fraction) => Math.max(10, Math.round(fraction * keys))))];
}

/** Makes a trace of any keys by numbering them in the order of their first appearance. */
export function numberKeys(name: string, keys: Iterable<unknown>, length: number): Trace {
  const numbers = new Map<unknown, number>();
  const ids = new Uint32Array(length);
  let at = 0;
  for (const key of keys) {
    let id = numbers.get(key);
    if (id === undefined) numbers.set(key, (id = numbers.size));
    ids[at] = id;
    at += 1;
  }
  return { name, ids, keys: numbers.size };
}

/** Makes a trace of key ids, which are kept where they are numbered by first appearance already. */
export function traceOf(name: string, ids: Uint32Array): Trace {
  let keys = 0;
  for (const id of ids) {
    if (id > keys) return numberKeys(name, ids, ids.length);
    if (id === keys) keys += 1;
  }
  return { name, ids, keys };
}
