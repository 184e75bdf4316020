/**
 * The number of an entry inside the cache. The first entry has the number `FIRST_SLOT`, 4. Smaller
 * numbers are the sentinels of the lists of a policy. 0 also means "no entry".
 */
export type Slot = number;

/**
 * A view of its cache for a policy. The view is live: read a property each time it is needed,
 * since arrays are replaced.
 */
export interface PolicyContext {
  /**
   * The weight of each slot, or undefined while every entry weighs 1. Another array after `grow`.
   */
  readonly weights: Float64Array | undefined;
  /**
   * Four numbers of each slot, side by side, so that a hit reads one cache line for the index and
   * the policy. `links[4 * slot + PREVIOUS]` (0) and `links[4 * slot + NEXT]` (1) belong to the
   * policy, for the neighbours in its list; of the sentinels, slots 0 to 3, it has all four
   * numbers. The other two belong to the index. All are 0 at first and after `clear`. Another array
   * after `grow`.
   */
  readonly links: Int32Array;
  /**
   * The hash that `add` was called with for each slot, or undefined if the policy does not use
   * hashes. Another array after `grow`.
   */
  readonly hashes: Int32Array | undefined;
  /**
   * The bound of the cache in the unit of `weights`: `maxWeight` if it is set, else `max`. May be
   * Infinity.
   */
  readonly capacity: number;
  /** The bound of the cache in entries; Infinity if it has none. */
  readonly max: number;
  /** The source of all randomness of the policy, so that a run can be replayed. */
  readonly seed: number;
}

/**
 * Creates the policy of one cache. A program passes it as the option `policy`; the cache calls it
 * once, when the cache is created.
 */
export type PolicyFactory = (context: PolicyContext) => EvictionPolicy;

/**
 * Decides which entry is evicted next. A policy sees slots, hashes and weights, but no keys, values
 * or times.
 *
 * The cache adds a newcomer first, and then calls `evict` while it is over its bound. So for a
 * moment the policy tracks one entry more than the bound, and it refuses a newcomer by returning
 * its slot first. No method may throw, or call code of the program.
 *
 * This policy evicts the oldest entry, however often it was used. It keeps its order in a `Set`, so
 * it is short but slow; the policies of `@heapwise/lru/policies` keep theirs in `context.links`.
 *
 * @example
 * ```ts
 * import { LRUCache } from "@heapwise/lru";
 * import type { PolicyFactory, Slot } from "@heapwise/lru/policies";
 *
 * const fifo: PolicyFactory = () => {
 *   const oldestFirst = new Set<Slot>();
 *   const after = (slots: Slot[], slot: Slot) => slots[slots.indexOf(slot) + 1] ?? 0;
 *   return {
 *     usesHashes: false,
 *     add: (slot) => void oldestFirst.add(slot),
 *     access() {},
 *     update() {},
 *     remove: (slot) => void oldestFirst.delete(slot),
 *     evict(spared) {
 *       const victim = [...oldestFirst].find((slot) => slot !== spared)!;
 *       oldestFirst.delete(victim);
 *       return victim;
 *     },
 *     move(from, to) {
 *       const slots = [...oldestFirst].map((slot) => (slot === from ? to : slot));
 *       oldestFirst.clear();
 *       for (const slot of slots) oldestFirst.add(slot);
 *     },
 *     clear: () => oldestFirst.clear(),
 *     grow() {},
 *     resize() {},
 *     colder: (slot) => after([...oldestFirst].reverse(), slot),
 *     hotter: (slot) => after([...oldestFirst], slot),
 *   };
 * };
 *
 * const cache = new LRUCache<string, number>({ max: 2, policy: fifo });
 * cache.set("a", 1).set("b", 2).get("a");
 * cache.set("c", 3);
 * [...cache.keys()]; // => ["c", "b"]
 * ```
 */
export interface EvictionPolicy {
  /**
   * False if the policy does not use hashes: then `add` is called with 0, and `context.hashes` is
   * undefined. True by default.
   */
  readonly usesHashes?: boolean;
  /**
   * About how many bytes the columns, sketches and ghosts of the policy take for each slot. A cache
   * with `maxBytes` charges them. 0 by default.
   */
  readonly slotBytes?: number;
  /**
   * Tracks a newcomer.
   *
   * The caller guarantees that the slot is not tracked, that `grow` made room for it, and that its
   * weight is written. `hash` has 32 bits, for ghosts and sketches. It is the same whenever the
   * same key returns; the hash of an integer is not well mixed.
   */
  add(slot: Slot, hash: number): void;
  /** Notes that an entry was read. The caller guarantees that the slot is tracked. */
  access(slot: Slot): void;
  /**
   * Notes that the value of an entry was replaced, which is a use too. The caller has written the
   * new weight; `oldWeight` is the weight before. The caller guarantees that the slot is tracked.
   */
  update(slot: Slot, oldWeight: number): void;
  /**
   * Notes that the weight of an entry has changed, which is not a use. Called as `update` is. A
   * policy to which weights do not matter may omit it.
   */
  reweigh?(slot: Slot, oldWeight: number): void;
  /**
   * Stops tracking an entry that is removed for another reason than eviction. Its weight can still
   * be read.
   */
  remove(slot: Slot): void;
  /**
   * Chooses the entry to evict, stops tracking it, and returns its slot. The policy must not choose
   * `spared`, which is 0, or an entry for which others were evicted already. The caller guarantees
   * that another entry is tracked.
   */
  evict(spared: Slot): Slot;
  /**
   * Moves an entry from one slot to another, with its columns and its neighbours. The caller
   * guarantees that `to` is not tracked, and has moved the columns of the store.
   */
  move(from: Slot, to: Slot): void;
  /** Forgets all entries, and releases the memory for them. */
  clear(): void;
  /**
   * Makes the columns `length` elements long: all slots are smaller. The length is less than before
   * if the store shrinks; then no slot from `length` on is tracked.
   */
  grow(length: number): void;
  /** Notes that `context.capacity` or `context.max` has changed. */
  resize(): void;
  /**
   * Returns the entry after this one on the way from the hottest to the coldest, 0 at the end.
   * `colder(0)` is the hottest entry.
   */
  colder(slot: Slot): Slot;
  /**
   * Returns the entry before this one on the way from the hottest to the coldest, 0 at the end.
   * `hotter(0)` is the coldest entry.
   */
  hotter(slot: Slot): Slot;
}
