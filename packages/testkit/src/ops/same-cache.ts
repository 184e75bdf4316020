import fc from "fast-check";
import { sameValueZero, type BoundedCacheModel } from "../models/bounded-cache-model.ts";
import type { FullCache, Removal } from "../bounded-cache.ts";

/**
 * A cache under test, with the calls of its removal listener and every key that was used with it.
 */
export interface Subject {
  readonly cache: FullCache<unknown, unknown>;
  readonly removals: Removal<unknown, unknown>[];
  readonly known: Set<unknown>;
  /** Advances the clock of the cache, ms. Undefined if the cache has no clock. */
  readonly advance?: (ms: number) => void;
  /** Whether the order is predictable: the hottest entry first, the next victim last. */
  readonly strict: boolean;
}

type Model = BoundedCacheModel<unknown, unknown>;

/**
 * Chooses the victims of a model by its subject: the key of the next removal that the cache
 * reported.
 */
export function followVictims(subject: () => Subject, model: () => Model): () => unknown {
  return () => {
    const next = subject().removals[model().removals.length];
    if (next === undefined) throw new Error("The cache is over its bound and evicts no more");
    return next[0];
  };
}

/** Chooses the entry of a model that expires next, in the same way. */
export function followExpired(
  subject: () => Subject,
  model: () => Model,
): (over: readonly unknown[]) => unknown {
  return () => followVictims(subject, model)();
}

/**
 * Throws if `actual` is not the same value as `expected`, or an array or map of the same values.
 */
export function sameResult(what: string, actual: unknown, expected: unknown): void {
  if (!isSame(actual, expected)) {
    throw new Error(`${what}: ${fc.stringify(actual)}, expected ${fc.stringify(expected)}`);
  }
}

function isSame(a: unknown, b: unknown): boolean {
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((item, i) => isSame(item, b[i]));
  }
  if (a instanceof Map && b instanceof Map) return isSame([...a], [...b]);
  return Object.is(a, b);
}

/** Throws if anything that can be seen of the cache differs from the model. */
export function checkSame(model: Model, subject: Subject): void {
  const { cache } = subject;
  // An expired entry may leave a little later if no call asks for it.
  cache.expireNow?.();
  sameResult("removals", subject.removals, model.removals);
  sameResult("size", cache.size, model.size);
  sameResult("weight", cache.weight, model.weight);
  if (cache.size > model.max) throw new Error(`size ${cache.size} is over max ${model.max}`);
  if (cache.weight > model.maxWeight)
    throw new Error(`weight ${cache.weight} is over ${model.maxWeight}`);
  checkIteration(model, subject);
  for (const key of subject.known) {
    sameResult(`has(${fc.stringify(key)})`, cache.has(key), model.entries.has(key));
    sameResult(`peek(${fc.stringify(key)})`, cache.peek(key), model.peek(key));
  }
  checkCounts(model, subject);
}

function checkIteration(model: Model, { cache, strict }: Subject): void {
  const keys = [...cache.keys()];
  const expected = model.keys();
  if (strict) sameResult("keys()", keys, expected);
  else {
    sameResult("number of keys()", keys.length, expected.length);
    const missing = expected.filter((key) => !keys.some((other) => sameValueZero(key, other)));
    sameResult("keys missing from keys()", missing, []);
  }
  const values = keys.map((key) => model.peek(key));
  const entries = keys.map((key, i) => [key, values[i]]);
  const visited: [unknown, unknown][] = [];
  cache.forEach((value, key) => visited.push([key, value]));
  sameResult("values()", [...cache.values()], values);
  sameResult("entries()", [...cache.entries()], entries);
  sameResult("iterator", [...cache], entries);
  sameResult("forEach", visited, entries);
  if (!strict) return;
  sameResult("hottest(2)", cache.hottest(2), entries.slice(0, 2));
  sameResult("coldest(2)", cache.coldest(2), entries.slice(-2).reverse());
}

function checkCounts(model: Model, { cache }: Subject): void {
  const stats = cache.stats();
  for (const name of Object.keys(model.counts) as (keyof typeof model.counts)[]) {
    if (name === "expirations" && stats[name] === undefined) continue;
    sameResult(`stats().${name}`, stats[name], model.counts[name]);
  }
}
