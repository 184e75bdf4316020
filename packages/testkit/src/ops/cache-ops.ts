import fc from "fast-check";
import { sameValueZero, type BoundedCacheModel } from "../models/bounded-cache-model.ts";
import type { EntryFacts, FullCache, Removal } from "../bounded-cache.ts";
import { checkSame, sameResult, type Subject } from "./same-cache.ts";

type Key = unknown;
type Value = unknown;
type Model = BoundedCacheModel<Key, Value>;
type Cache = FullCache<Key, Value>;

/** Options of `cacheCommands`: the arbitraries for its random operations. */
export interface CacheCommandOptions {
  readonly key: fc.Arbitrary<Key>;
  readonly value: fc.Arbitrary<Value>;
  /** If the callback of `update` returns this symbol, the entry is removed. */
  readonly remove: symbol;
  /** Bounds for `resize`. Each record sets at least one bound. */
  readonly bounds: fc.Arbitrary<{ max?: number; maxWeight?: number }>;
  readonly maxCommands?: number;
  /** For a cache with a clock: the steps of the clock, and times to live of single entries, ms. */
  readonly time?: {
    readonly advance: fc.Arbitrary<number>;
    readonly ttl: fc.Arbitrary<number>;
  };
}

/**
 * One operation on the cache and on the model. Afterwards all that can be seen of both is compared.
 */
class CacheCommand implements fc.Command<Model, Subject> {
  readonly #label: string;
  readonly #keys: readonly Key[];
  readonly #onCache: (cache: Cache, model: Model) => unknown;
  readonly #onModel: (model: Model) => unknown;

  constructor(
    label: string,
    keys: readonly Key[],
    onCache: (cache: Cache, model: Model) => unknown,
    onModel: (model: Model) => unknown,
  ) {
    this.#label = label;
    this.#keys = keys;
    this.#onCache = onCache;
    this.#onModel = onModel;
  }

  check(): boolean {
    return true;
  }

  run(model: Model, subject: Subject): void {
    const before = subject.removals.length;
    for (const key of this.#keys) subject.known.add(key);

    model.expire();
    const result = this.#onCache(subject.cache, model);
    const expected = this.#onModel(model);

    sameResult(this.#label, result, expected);
    checkRefusal(subject.removals.slice(before), this.#keys);
    checkSame(model, subject);
  }

  toString(): string {
    return this.#label;
  }
}

/** If the policy refuses a newcomer, no other entry may be evicted for it. */
function checkRefusal(removals: readonly Removal<Key, Value>[], keys: readonly Key[]): void {
  if (keys.length !== 1) return;
  const evicted = removals.filter(([, , cause]) => cause === "evicted");
  const refused = evicted.some(([key]) => sameValueZero(key, keys[0]));
  if (refused && evicted.length > 1) {
    throw new Error(`A refused newcomer took others with it: ${fc.stringify(evicted)}`);
  }
}

/** Sequences of random operations for `fc.modelRun`. */
export function cacheCommands(
  options: CacheCommandOptions,
): fc.Arbitrary<Iterable<fc.Command<Model, Subject>>> {
  const { maxCommands = 60 } = options;
  return fc.commands(
    [
      ...writes(options),
      ...reads(options),
      ...upserts(options),
      ...removers(options),
      ...bulk(options),
      ...times(options),
    ],
    { maxCommands, size: "max" },
  );
}

type Commands = fc.Arbitrary<CacheCommand>[];

/** A key in a form that is short enough to read. */
function show(value: unknown): string {
  const text = fc.stringify(value);
  return text.length <= 200 ? text : `${text.slice(0, 100)}... (${text.length} characters)`;
}

function writes({ key, value }: CacheCommandOptions): Commands {
  const set = fc.tuple(key, value).map(
    ([k, v]) =>
      new CacheCommand(
        `set(${show(k)}, ${show(v)})`,
        [k],
        (cache) => void cache.set(k, v),
        (model) => model.set(k, v),
      ),
  );
  const setSame = key.map(
    (k) =>
      new CacheCommand(
        `set(${show(k)}, the value that it has)`,
        [k],
        (cache, model) => void (model.entries.has(k) && cache.set(k, model.peek(k))),
        (model) => void (model.entries.has(k) && model.set(k, model.peek(k))),
      ),
  );
  // Listed twice, so that there are as many writes as removals of all kinds.
  return [set, set, setSame];
}

/** Advances the clocks of the cache and the model. */
class AdvanceCommand implements fc.Command<Model, Subject> {
  readonly #ms: number;

  constructor(ms: number) {
    this.#ms = ms;
  }

  check(): boolean {
    return true;
  }

  run(model: Model, subject: Subject): void {
    subject.advance!(this.#ms);
    model.now += this.#ms;
    subject.cache.expireNow?.();
    model.expire();
    checkSame(model, subject);
    for (const key of subject.known) {
      sameResult(`info(${show(key)})`, facts(subject.cache.info(key)), facts(model.info(key)));
    }
  }

  toString(): string {
    return `advance(${this.#ms})`;
  }
}

/** The facts in one order, so that they can be compared. A cache without times has no ages. */
function facts(info: EntryFacts | undefined): unknown[] | undefined {
  return info && [info.weight, info.age, info.idle, info.expiresIn];
}

function times({
  key,
  value,
  time,
}: CacheCommandOptions): fc.Arbitrary<fc.Command<Model, Subject>>[] {
  if (time === undefined) return [];
  const setFor = fc.tuple(key, value, time.ttl).map(
    ([k, v, ttl]) =>
      new CacheCommand(
        `set(${show(k)}, ${show(v)}, { ttl: ${ttl} })`,
        [k],
        (cache) => void cache.set(k, v, { ttl }),
        (model) => model.set(k, v, undefined, ttl),
      ),
  );
  const advance = time.advance.map((ms) => new AdvanceCommand(ms));
  return [setFor, setFor, advance, advance, advance];
}

function reads({ key }: CacheCommandOptions): Commands {
  const read = (name: "get" | "peek") =>
    key.map(
      (k) =>
        new CacheCommand(
          `${name}(${show(k)})`,
          [k],
          (cache) => cache[name](k),
          (model) => model[name](k),
        ),
    );
  const has = key.map(
    (k) =>
      new CacheCommand(
        `has(${show(k)})`,
        [k],
        (cache) => cache.has(k),
        (model) => model.entries.has(k),
      ),
  );
  const info = key.map(
    (k) =>
      new CacheCommand(
        `info(${show(k)})`,
        [k],
        (cache) => cache.info(k)?.weight,
        (model) => model.entries.get(k)?.weight,
      ),
  );
  return [read("get"), read("get"), read("peek"), has, info];
}

function upserts({ key, value, remove }: CacheCommandOptions): Commands {
  const pair = fc.tuple(key, value);
  const insert = (model: Model, k: Key, v: Value): Value => {
    if (model.entries.has(k)) return model.get(k);
    model.counts.misses++;
    model.set(k, v);
    return v;
  };
  const getOrInsert = pair.map(
    ([k, v]) =>
      new CacheCommand(
        `getOrInsert(${show(k)}, ${show(v)})`,
        [k],
        (cache) => cache.getOrInsert(k, v),
        (model) => insert(model, k, v),
      ),
  );
  const getOrInsertComputed = pair.map(
    ([k, v]) =>
      new CacheCommand(
        `getOrInsertComputed(${show(k)}, () => ${show(v)})`,
        [k],
        (cache) => cache.getOrInsertComputed(k, () => v),
        (model) => insert(model, k, v),
      ),
  );
  const update = pair.map(
    ([k, v]) =>
      new CacheCommand(
        `update(${show(k)}, () => ${show(v)})`,
        [k],
        (cache) => void cache.update(k, () => v as symbol),
        (model) => model.set(k, v),
      ),
  );
  const updateAway = key.map(
    (k) =>
      new CacheCommand(
        `update(${show(k)}, () => REMOVE)`,
        [k],
        (cache) => void cache.update(k, () => remove),
        (model) => void model.delete(k),
      ),
  );
  return [getOrInsert, getOrInsertComputed, update, updateAway];
}

function removers({ key, bounds }: CacheCommandOptions): Commands {
  const remove = key.map(
    (k) =>
      new CacheCommand(
        `delete(${show(k)})`,
        [k],
        (cache) => cache.delete(k),
        (model) => model.delete(k),
      ),
  );
  const evict = fc.constant(
    new CacheCommand(
      "evict()",
      [],
      (cache) => cache.evict(),
      (model) => model.evict(),
    ),
  );
  const clear = fc.constant(
    new CacheCommand(
      "clear()",
      [],
      (cache) => cache.clear(),
      (model) => model.clear(),
    ),
  );
  const resize = bounds.map(
    (wanted) =>
      new CacheCommand(
        `resize(${show(wanted)})`,
        [],
        (cache) => void cache.resize(wanted),
        (model) => model.resize(wanted),
      ),
  );
  return [remove, evict, clear, resize];
}

function bulk({ key, value }: CacheCommandOptions): Commands {
  const keys = fc.uniqueArray(key, { maxLength: 6, comparator: "SameValueZero" });
  const setMany = fc.array(fc.tuple(key, value), { maxLength: 6 }).map(
    (entries) =>
      new CacheCommand(
        `setMany(${show(entries)})`,
        entries.map(([k]) => k),
        (cache) => void cache.setMany(entries),
        (model) => entries.forEach(([k, v]) => model.set(k, v)),
      ),
  );
  const getMany = keys.map(
    (wanted) =>
      new CacheCommand(
        `getMany(${show(wanted)})`,
        wanted,
        (cache) => cache.getMany(wanted),
        (model) =>
          new Map(
            wanted
              .map((k) => [k, model.entries.has(k), model.get(k)] as const)
              .filter((x) => x[1])
              .map(([k, , v]) => [k, v]),
          ),
      ),
  );
  const deleteMany = keys.map(
    (wanted) =>
      new CacheCommand(
        `deleteMany(${show(wanted)})`,
        wanted,
        (cache) => cache.deleteMany(wanted),
        (model) => wanted.filter((k) => model.delete(k)).length,
      ),
  );
  return [setMany, getMany, deleteMany];
}
