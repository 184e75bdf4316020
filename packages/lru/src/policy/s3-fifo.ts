/**
 * S3-FIFO: three queues in order of arrival. Newcomers enter a small queue, from which most of them
 * are evicted. An entry that was used twice there moves to the main queue. So does a key that comes
 * back while the ghost queue remembers it. In the main queue an entry gets another turn for each
 * use, up to three.
 *
 *                add                       used >= 2
 *     unknown ----------> [ small 10% ] --------------> [ main 90% ] --+  used > 0: again,
 *     in ghost ----------------+-----------------------------^  ^------+  one use less
 *                              | used < 2: evicted             | used = 0: evicted
 *                              v
 *                          ( ghost: as many keys as main holds entries )
 *
 * Invariants:
 * - The victim comes from the main queue only while that queue is over its share, or if the small
 *   queue has no entry but the newcomer that room is made for.
 *
 * Yang, Zhang, Qiu, Yue, Rashmi: FIFO queues are all you need for cache eviction (SOSP 2023). Not
 * for traffic in which almost all reuse comes soon after the first use: `lru` is better and simpler
 * there.
 */
import { PREVIOUS, RECORD } from "../table/slot-store.ts";
import { GhostQueue } from "./parts/ghost-queue.ts";
import type { EvictionPolicy, PolicyContext, PolicyFactory, Slot } from "./policy.ts";
import {
  colderOf,
  emptyLists,
  hotterOf,
  lastOf,
  linkFirst,
  replaceLinked,
  unlink,
} from "./parts/slot-lists.ts";

/**
 * S3-FIFO: keeps newcomers in a small queue, and entries that were used again in a main queue. It
 * has good hit ratios, and a hit only adds to a counter. Not for traffic in which almost all reuse
 * comes soon after the first use: `lru` is better there.
 *
 * @returns the value of the option `policy`
 * @see Yang, Zhang, Qiu, Yue, Rashmi: FIFO queues are all you need for cache eviction (SOSP 2023)
 *
 * @example
 * ```ts
 * import { LRUCache } from "@heapwise/lru";
 * import { s3Fifo } from "@heapwise/lru/policies";
 *
 * const cache = new LRUCache<string, number>({ max: 10, policy: s3Fifo() });
 * for (const key of "abcdefghij") cache.set(key, 1);
 * cache.get("a");
 * cache.get("a");
 * cache.set("k", 1); // evicts the oldest entry that was not used twice
 * cache.has("a"); // => true
 * cache.has("b"); // => false
 * ```
 */
export function s3Fifo(): PolicyFactory {
  return (context) => new S3FifoPolicy(context);
}

const QUEUES = 2;
const MAIN = 0;
const SMALL = 1;
const SMALL_SHARE = 0.1;

/** A state is the queue of an entry, and two bits that count its uses. */
const USES = 3;
const PROMOTION = 2;
const QUEUE_SHIFT = 2;

class S3FifoPolicy implements EvictionPolicy {
  /** A state, and nine ghosts for ten entries. */
  readonly slotBytes = 11;
  readonly #context: PolicyContext;
  readonly #ghosts = new GhostQueue();
  #states: Uint8Array = new Uint8Array(0);
  /** The entry that was added last, for which room is made; 0 if it was removed. */
  #newcomer: Slot = 0;
  #count = 0;
  #mainCount = 0;
  #mainWeight = 0;
  #smallWeight = 0;

  constructor(context: PolicyContext) {
    this.#context = context;
  }

  add(slot: Slot, hash: number): void {
    if (this.#count++ === 0) emptyLists(this.#context.links, QUEUES);
    this.#newcomer = slot;
    this.#enter(this.#ghosts.take(hash) ? MAIN : SMALL, slot, 0);
  }

  access(slot: Slot): void {
    const state = this.#states[slot]!;
    if ((state & USES) < USES) this.#states[slot] = state + 1;
  }

  update(slot: Slot, oldWeight: number): void {
    this.access(slot);
    this.reweigh(slot, oldWeight);
  }

  reweigh(slot: Slot, oldWeight: number): void {
    this.#charge(this.#queueOf(slot), this.#weigh(slot) - oldWeight);
  }

  remove(slot: Slot): void {
    this.#leave(slot);
    this.#forget(slot);
  }

  evict(given: Slot): Slot {
    const { links, hashes } = this.#context;
    // The paper evicts before it inserts, so the newcomer is spared if no other entry is.
    const spared = given || this.#newcomer;
    for (;;) {
      const queue = this.#overflowing(spared);
      let slot = lastOf(links, queue);
      if (slot === spared && this.#count > 1) slot = links[(slot << RECORD) | PREVIOUS]!;
      const uses = this.#states[slot]! & USES;
      this.#leave(slot);
      if (queue === MAIN && uses > 0) {
        this.#enter(MAIN, slot, uses - 1);
      } else if (queue === SMALL && uses >= PROMOTION) {
        this.#enter(MAIN, slot, 0);
      } else {
        if (queue === SMALL) this.#ghosts.put(hashes![slot]!, this.#ghostLimit());
        this.#forget(slot);
        return slot;
      }
    }
  }

  move(from: Slot, to: Slot): void {
    this.#states[to] = this.#states[from]!;
    if (this.#newcomer === from) this.#newcomer = to;
    replaceLinked(this.#context.links, from, to);
  }

  clear(): void {
    this.#ghosts.clear();
    this.#states = new Uint8Array(0);
    this.#newcomer = 0;
    this.#count = 0;
    this.#mainCount = 0;
    this.#mainWeight = 0;
    this.#smallWeight = 0;
  }

  grow(length: number): void {
    const states = new Uint8Array(length);
    states.set(this.#states.subarray(0, length));
    this.#states = states;
    this.#ghosts.shrink(length);
  }

  resize(): void {}

  colder(slot: Slot): Slot {
    return this.#count === 0 ? 0 : colderOf(this.#context.links, QUEUES, slot);
  }

  hotter(slot: Slot): Slot {
    return this.#count === 0 ? 0 : hotterOf(this.#context.links, QUEUES, slot);
  }

  /** The queue from which the next victim comes. Shares are compared without `spared`. */
  #overflowing(spared: Slot): number {
    const queue = spared === 0 ? -1 : this.#queueOf(spared);
    const inMain = this.#mainCount - (queue === MAIN ? 1 : 0);
    const inSmall = this.#count - this.#mainCount - (queue === SMALL ? 1 : 0);
    if (inMain + inSmall === 0) return queue;
    if (inMain === 0 || inSmall === 0) return inMain === 0 ? SMALL : MAIN;
    const main = this.#mainWeight - (queue === MAIN ? this.#weigh(spared) : 0);
    const whole = Math.min(this.#mainWeight + this.#smallWeight, this.#context.capacity);
    return main > whole - smallShare(whole) ? MAIN : SMALL;
  }

  /** The number of entries that the main queue may have, if the newcomer is not counted. */
  #ghostLimit(): number {
    return Math.max(1, this.#count - 1 - smallShare(this.#count - 1));
  }

  #enter(queue: number, slot: Slot, uses: number): void {
    linkFirst(this.#context.links, queue, slot);
    this.#states[slot] = (queue << QUEUE_SHIFT) | uses;
    if (queue === MAIN) this.#mainCount++;
    this.#charge(queue, this.#weigh(slot));
  }

  #leave(slot: Slot): void {
    const queue = this.#queueOf(slot);
    unlink(this.#context.links, slot);
    if (queue === MAIN) this.#mainCount--;
    this.#charge(queue, -this.#weigh(slot));
  }

  #forget(slot: Slot): void {
    this.#count--;
    if (slot === this.#newcomer) this.#newcomer = 0;
  }

  #charge(queue: number, weight: number): void {
    if (queue === MAIN) this.#mainWeight += weight;
    else this.#smallWeight += weight;
  }

  #queueOf(slot: Slot): number {
    return this.#states[slot]! >> QUEUE_SHIFT;
  }

  #weigh(slot: Slot): number {
    const { weights } = this.#context;
    return weights === undefined ? 1 : weights[slot]!;
  }
}

/** The share of the small queue in a number of entries or in a weight. */
function smallShare(whole: number): number {
  return Math.max(1, Math.floor(whole * SMALL_SHARE));
}
