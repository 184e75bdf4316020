import { canonicalKey } from "./canonical-key.ts";
import { SlotTable } from "./slot-table.ts";
import { CacheDisposedError } from "../checks/errors.ts";
import { checkPolicy } from "../cache/core-options.ts";
import { coldestFirst } from "../policy/parts/in-order.ts";
import { addHottest, lru, LruPolicy, makeHottest, recycleColdest } from "../policy/lru.ts";
import type { EvictionPolicy, PolicyFactory, Slot } from "../policy/policy.ts";
import { integerChecker } from "../checks/read-options.ts";
import type { RemovalCause, RemovalQueue } from "../removal/removal-queue.ts";
import type { CoreCounter } from "../observation/stats.ts";
import { PREVIOUS } from "./slot-store.ts";

/** Columns over the slots that are not in the store. */
export interface Columns {
  /** Approximate bytes of one slot. */
  readonly slotBytes?: number;
  move(from: Slot, to: Slot): void;
  clear(length: number): void;
  grow(length: number): void;
}

const checkLength = /* @__PURE__ */ integerChecker(0, Infinity);

/** From this number of entries on, a replacement waits for memory. */
const MANY = 2 ** 16;

/**
 * A table whose entries a policy keeps in order. Its methods are the steps of the operations of a
 * cache. A step keeps table, policy, weights and counts consistent, and queues removals without
 * calling the listeners: `afterChange` does. The cache keeps the bounds: it must `erase` each slot
 * that it has the policy `choose`.
 */
export class EntryTable<K, V, Counter extends CoreCounter = CoreCounter> extends SlotTable<K, V> {
  declare readonly policy: EvictionPolicy;
  /**
   * The policy again if it is strict LRU. Its functions are then called, which V8 can inline even
   * if other policies are in use.
   */
  declare readonly recency: LruPolicy | undefined;
  // Declared only: V8 tests the kind of an object that it reads from a field that has held
  // undefined.
  declare readonly stats: Counter;
  /** All columns over the slots, the policy first. */
  declare readonly columns: Columns[];
  /** Undefined unless removed values are reported or disposed of. */
  removals: RemovalQueue<K, V> | undefined;
  isDisposed = false;

  /** Throws a TypeError if the factory does not return a policy. */
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

  /**
   * The first `count` entries of some slots. Throws a RangeError or TypeError if `count` is not an
   * integer of at least 0.
   */
  first(count: number, slots: Iterable<Slot>): [K, V][] {
    checkLength("list entries", "count", count);
    const found: [K, V][] = [];
    if (count === 0) return found;
    for (const slot of slots) if (found.push(this.entry(slot)) >= count) break;
    return found;
  }

  /** Counts a use of an entry. */
  hit(slot: Slot): void {
    this.stats.hits++;
    if (this.recency !== undefined) makeHottest(this.links, slot);
    else this.policy.access(slot);
  }

  /**
   * Adds an entry. The caller guarantees that the last call of the index was a `find` of the key,
   * and returned 0.
   */
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

  /**
   * Whether a newcomer can take the slot of its victim: strict LRU is full, so that the victim is
   * known.
   */
  get canRecycle(): boolean {
    return this.recency !== undefined && this.size === this.max;
  }

  /**
   * Reads the victim before the newcomer is looked up, so that the processor waits for memory once
   * for both.
   */
  prefetchVictim(): void {
    if (this.max >= MANY && this.canRecycle) this.prefetch(this.links[PREVIOUS]!);
  }

  /**
   * Stores a newcomer in the slot of the victim. The caller guarantees the same as for `insert`,
   * that `canRecycle` is true, and that entries have no weights.
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

  /**
   * Has the policy choose an entry to evict, any but `spared`. Returns its slot, which the caller
   * must erase.
   */
  choose(newcomer: Slot, spared: Slot): Slot {
    const slot = this.policy.evict(spared);
    if (slot === newcomer) this.stats.rejections++;
    else this.countEviction(slot);
    return slot;
  }

  /** Counts the eviction of an entry that the caller erases next. */
  countEviction(slot: Slot): void {
    this.stats.evictions++;
    this.stats.extraWeight += this.weightOf(slot) - 1;
  }

  /**
   * Removes an entry that the policy no longer tracks, and queues its removal if there is a cause.
   */
  erase(slot: Slot, cause: RemovalCause | undefined): void {
    if (this.removals !== undefined && cause !== undefined) {
      this.removals.push(this.key(slot), this.value(slot), cause);
    }
    if (this.weights !== undefined) this.weight -= this.weights[slot]!;
    this.unlink(slot);
    this.free(slot);
  }

  /** Removes an entry that the policy did not choose. */
  take(slot: Slot, cause: RemovalCause | undefined): void {
    this.policy.remove(slot);
    this.erase(slot, cause);
  }

  /** Removes all entries. */
  eraseAll(): void {
    if (this.removals !== undefined) {
      for (const slot of coldestFirst(this.policy)) {
        this.removals.push(this.key(slot), this.value(slot), "deleted");
      }
    }
    this.clear();
    for (const columns of this.columns) columns.clear(this.length);
  }

  /** Gives back memory if most slots are free. */
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
