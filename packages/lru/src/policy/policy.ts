/**
 * An entry's number in the store. The first entry is `FIRST_SLOT`; the numbers below it never name
 * one and are the sentinels of the policy's lists. 0 also means none.
 */
export type Slot = number;

/** What a policy may know of the cache that it serves. A live view: read a property when it is used, never keep it. */
export interface PolicyContext {
  /** Weight of each slot, or undefined while every entry weighs 1. Another array after `grow`. */
  readonly weights: Float64Array | undefined;
  /**
   * Four numbers of each slot, side by side so that a hit reads one cache line for index and policy.
   * `links[4 * slot + PREVIOUS]` and `links[4 * slot + NEXT]` are the policy's, for the neighbours in
   * its list (as is all of the sentinels' records); the other two are the index's. All 0 at first and
   * after `clear`. Another array after `grow`.
   */
  readonly links: Int32Array;
  /** The hash that `add` was called with for each slot, or undefined if the policy does not use hashes. Another array after `grow`. */
  readonly hashes: Int32Array | undefined;
  /** The bound, in the unit of `weights`: `maxWeight` where it is set, else `max`. May be Infinity. */
  readonly capacity: number;
  /** The bound in entries; Infinity where they are not bounded. */
  readonly max: number;
  /** Source of all randomness of the policy, so that a run can be replayed. */
  readonly seed: number;
}

/** Makes the policy of one cache. */
export type PolicyFactory = (context: PolicyContext) => EvictionPolicy;

/**
 * Decides which entry leaves next. It sees slots, hashes and weights; never keys, values or time.
 *
 * The cache adds a newcomer first and then calls `evict` while it is over its bound, so that one
 * entry more than the bound is tracked for a moment and a policy refuses a newcomer by returning
 * it first. No method calls user code or throws.
 */
export interface EvictionPolicy {
  /** False if the policy does not use hashes: then `add` is called with 0, and nothing is kept of them. */
  readonly usesHashes?: boolean;
  /**
   * About how many bytes the policy's own columns, sketches and ghosts take for each slot: a cache
   * with `maxBytes` charges them. 0 by default.
   */
  readonly slotBytes?: number;
  /**
   * Tracks a newcomer.
   * The caller guarantees that the slot is not tracked, that `grow` made room for it, and that its
   * weight is written. `hash` is 32 bits, the same whenever the same key returns, for ghosts and
   * sketches; that of an integer is not well mixed.
   */
  add(slot: Slot, hash: number): void;
  /** The entry was read. The caller guarantees that the slot is tracked. */
  access(slot: Slot): void;
  /** The value was replaced, which is a use too. The caller has written the new weight; `oldWeight` is the one before. */
  update(slot: Slot, oldWeight: number): void;
  /** The entry weighs something else than before, and was not used. As for `update`. */
  reweigh?(slot: Slot, oldWeight: number): void;
  /** Stops tracking an entry that leaves for another reason than eviction. Its weight is still readable. */
  remove(slot: Slot): void;
  /**
   * Chooses the entry that leaves, stops tracking it and returns it: any but `spared`, which is 0 or
   * an entry that others have already left for. The caller guarantees that there is such an entry.
   */
  evict(spared: Slot): Slot;
  /** The entry at `from` goes on at `to`, which is not tracked: columns and neighbours follow. The store has moved its own. */
  move(from: Slot, to: Slot): void;
  /** Forgets all entries, and gives back the memory held for them. */
  clear(): void;
  /** Columns are to have `length` elements: all slots are below it. Less than before when the store shrinks; then none above is tracked. */
  grow(length: number): void;
  /** `context.capacity` or `context.max` has changed. */
  resize(): void;
  /** The entry after this one on the way from the hottest to the coldest, 0 at the end; `colder(0)` is the hottest. */
  colder(slot: Slot): Slot;
  /** The entry before this one on the way from the hottest to the coldest, 0 at the end; `hotter(0)` is the coldest. */
  hotter(slot: Slot): Slot;
}
