import { canonicalKey } from "./canonical-key.ts";
import { SlotTable } from "./slot-table.ts";
import { CacheDisposedError } from "../checks/errors.ts";
import { checkPolicy } from "../cache/core-options.ts";
import { coldestFirst } from "../policy/in-order.ts";
import { addHottest, lru, LruPolicy, makeHottest, recycleColdest } from "../policy/lru.ts";
import type { EvictionPolicy, PolicyFactory, Slot } from "../policy/policy.ts";
import { integerChecker } from "../checks/read-options.ts";
import type { RemovalCause, RemovalQueue } from "../removal/removal-queue.ts";
import type { CoreCounter } from "../observation/stats.ts";
import { PREVIOUS } from "./slot-store.ts";

/** What is kept of each slot beside the store. */
export interface Columns {
  /** About how many bytes it takes for each slot. */
  readonly slotBytes?: number;
  move(from: Slot, to: Slot): void;
  clear(length: number): void;
  grow(length: number): void;
}

const checkLength = /* @__PURE__ */ integerChecker(0, Infinity);

/** From so many entries on, a replacement waits for memory. */
const MANY = 2 ** 16;

/**
 * A table whose entries a policy keeps in order: the steps that the operations of a cache are made
 * of. They keep table, policy, weights and counts at one, and note what leaves for the listeners,
 * whom they don't call. Whether the bounds hold is for the cache to see to: what it has the policy
 * `choose`, or takes from it, it must `erase`.
 */
export class EntryTable<K, V, Counter extends CoreCounter = CoreCounter> extends SlotTable<K, V> {
  declare readonly policy: EvictionPolicy;
  /** The policy once more where it is strict LRU: then its functions are called, which V8 can inline however many policies are alive. */
  declare readonly recency: LruPolicy | undefined;
  // Declared only: V8 tests the kind of an object that it reads from a field that has held undefined.
  declare readonly stats: Counter;
  /** What follows the slots: the policy first. */
  declare readonly columns: Columns[];
  /** Undefined unless removed values are reported or disposed of. */
  removals: RemovalQueue<K, V> | undefined;
  isDisposed = false;

  /** Throws a TypeError where the factory makes no policy. */
  constructor(
    max: number,
    maxWeight: number,
    stats: Counter,
    seed: number = Math.floor(Math.random() * Number.MAX_SAFE_INTEGER),
    policy: PolicyFactory = lru(),
  ) {
    super(max, maxWeight, seed);
    this.stats = stats;
    this.policy = policy(this);
    checkPolicy(this.policy);
    this.recency = this.policy instanceof LruPolicy ? this.policy : undefined;
    this.columns = [this.policy];
    if (this.policy.usesHashes !== false) this.hashes = new Int32Array(this.length);
  }

  entry(slot: Slot): [K, V] {
    return [this.key(slot), this.value(slot)];
  }

  /** At most so many entries of the slots. Throws a RangeError or TypeError for what is no count. */
  first(count: number, slots: Iterable<Slot>): [K, V][] {
    checkLength("list entries", "count", count);
    const found: [K, V][] = [];
    if (count === 0) return found;
    for (const slot of slots) if (found.push(this.entry(slot)) >= count) break;
    return found;
  }

  /** A use of an entry. */
  hit(slot: Slot): void {
    this.stats.hits++;
    if (this.recency !== undefined) makeHottest(this.links, slot);
    else this.policy.access(slot);
  }

  /** Adds an entry. The caller guarantees that the last use of the index was a `find` of the key, which returned 0. */
  insert(key: K, value: V, weight: number): Slot {
    this.stats.inserts++;
    if (this.isFull) {
      this.grow();
      this.fitColumns();
    }
    const slot = this.allocate();
    this.put(slot, canonicalKey(key), value);
    this.add(slot);
    if (this.weights !== undefined) {
      this.weights[slot] = weight;
      this.weight += weight;
    }
    if (this.recency !== undefined) addHottest(this.links, slot);
    else {
      const hash = this.hashes === undefined ? 0 : (this.hashes[slot] = this.hashOf(key));
      this.policy.add(slot, hash);
    }
    return slot;
  }

  /** Gives an entry another value. */
  update(slot: Slot, key: K, value: V, weight: number): void {
    const old = this.value(slot);
    this.entries[(slot << 1) | 1] = value;
    this.stats.updates++;
    if (this.removals !== undefined && !Object.is(old, value)) {
      this.removals.push(canonicalKey(key), old, "replaced");
    }
    const oldWeight = this.weightOf(slot);
    if (this.weights !== undefined) {
      this.weights[slot] = weight;
      this.weight += weight - oldWeight;
    }
    if (this.recency !== undefined) makeHottest(this.links, slot);
    else this.policy.update(slot, oldWeight);
  }

  /** Whether strict LRU has as many entries as it may: the victim of a newcomer is known before it. */
  get canRecycle(): boolean {
    return this.recency !== undefined && this.size === this.max;
  }

  /** Fetches the victim of a newcomer that is about to be looked for: memory is waited for once for both. */
  prefetchVictim(): void {
    if (this.max >= MANY && this.canRecycle) this.prefetch(this.links[PREVIOUS]!);
  }

  /**
   * A newcomer takes the place of the victim. The caller guarantees what it does for `insert`, that
   * the table is brimful, and that there are no weights.
   */
  recycle(key: K, value: V): Slot {
    const slot = recycleColdest(this.links);
    this.stats.inserts++;
    this.stats.evictions++;
    if (this.removals !== undefined) {
      this.removals.push(this.key(slot), this.value(slot), "evicted");
    }
    this.replace(slot, canonicalKey(key), value);
    return slot;
  }

  /** The policy lets go of an entry: any but `spared`. Returns its slot, which is to be dropped. */
  choose(newcomer: Slot, spared: Slot): Slot {
    const slot = this.policy.evict(spared);
    if (slot === newcomer) this.stats.rejections++;
    else this.countEviction(slot);
    return slot;
  }

  /** Counts an entry that is still to be dropped. */
  countEviction(slot: Slot): void {
    this.stats.evictions++;
    this.stats.extraWeight += this.weightOf(slot) - 1;
  }

  /** Takes an entry out that the policy no longer tracks. */
  erase(slot: Slot, cause: RemovalCause | undefined): void {
    if (this.removals !== undefined && cause !== undefined) {
      this.removals.push(this.key(slot), this.value(slot), cause);
    }
    if (this.weights !== undefined) this.weight -= this.weights[slot]!;
    this.unlink(slot);
    this.free(slot);
  }

  /** Takes an entry out that the policy did not choose. */
  take(slot: Slot, cause: RemovalCause | undefined): void {
    this.policy.remove(slot);
    this.erase(slot, cause);
  }

  /** Takes all entries out. */
  eraseAll(): void {
    if (this.removals !== undefined) {
      for (const slot of coldestFirst(this.policy)) {
        this.removals.push(this.key(slot), this.value(slot), "deleted");
      }
    }
    this.clear();
    for (const columns of this.columns) columns.clear(this.length);
  }

  /** Shrinks columns that are mostly empty. */
  shrinkIfSparse(): void {
    if (!this.isSparse) return;
    this.shrink((from, to) => {
      for (const columns of this.columns) columns.move(from, to);
    });
    this.fitColumns();
  }

  fitColumns(): void {
    for (const columns of this.columns) columns.grow(this.length);
  }

  /** Throws a CacheDisposedError if the cache is disposed of. */
  refuseDisposed(action: string): void {
    if (this.isDisposed) throw new CacheDisposedError(action);
  }

  /** Runs an operation of several steps, and calls the listeners at its end. */
  batch(operation: () => void): void {
    if (this.removals === undefined) operation();
    else this.removals.batch(operation);
  }

  /** The table is consistent: calls the listeners. */
  afterChange(): void {
    this.removals?.flush();
  }
}
