/**
 * SIEVE: a queue in order of arrival, a visited mark for each entry, and a hand that moves from the
 * oldest entry to the newest. A hit only sets the mark. The hand clears the marks that it meets,
 * and evicts the first entry without a mark. The other entries keep their places:
 *
 *     newest  A  B  C  D* E*  oldest         * visited
 *                          ^hand             evict(): clears E and D, evicts C, and rests on B
 *
 * The newest entry is not evicted while there is another, because the cache adds a newcomer before
 * it makes room.
 *
 * Invariants:
 * - The hand is at a linked slot, or 0: then it starts at the oldest entry.
 * - The hand clears each mark that it meets, so an eviction ends within two turns of the queue.
 *
 * Zhang, Yang, Yue, Vigfusson, Rashmi: SIEVE is Simpler than LRU (NSDI 2024). Not for loops and
 * scans over more keys than fit: an entry behind the hand waits for a whole turn of the queue.
 */
import { NEXT, PREVIOUS, RECORD } from "../table/slot-store.ts";
import type { EvictionPolicy, PolicyContext, PolicyFactory, Slot } from "./policy.ts";
import { colderOf, hotterOf, linkFirst, replaceLinked, unlink } from "./parts/slot-lists.ts";

/**
 * SIEVE: evicts the first entry that was not used since the hand of the policy last passed it. Its
 * hits are the cheapest of all policies: they set a mark. Entry weights do not matter to it. Not
 * for loops and scans over more keys than fit.
 *
 * @returns the value of the option `policy`
 * @see Zhang, Yang, Yue, Vigfusson, Rashmi: SIEVE is Simpler than LRU (NSDI 2024)
 *
 * @example
 * ```ts
 * import { LRUCache } from "@heapwise/lru";
 * import { sieve } from "@heapwise/lru/policies";
 *
 * const cache = new LRUCache<string, number>({ max: 3, policy: sieve() });
 * cache.set("a", 1).set("b", 2).set("c", 3);
 * cache.get("a");
 * cache.set("d", 4); // evicts the oldest entry that was not used
 * cache.has("a"); // => true
 * cache.has("b"); // => false
 * ```
 */
export function sieve(): PolicyFactory {
  return (context) => new SievePolicy(context);
}

class SievePolicy implements EvictionPolicy {
  /** A mark. */
  readonly slotBytes = 1;
  readonly usesHashes = false;
  readonly #context: PolicyContext;
  #visited: Uint8Array = new Uint8Array(0);
  #hand: Slot = 0;

  constructor(context: PolicyContext) {
    this.#context = context;
  }

  add(slot: Slot): void {
    this.#visited[slot] = 0;
    linkFirst(this.#context.links, 0, slot);
  }

  access(slot: Slot): void {
    this.#visited[slot] = 1;
  }

  update(slot: Slot): void {
    this.#visited[slot] = 1;
  }

  remove(slot: Slot): void {
    const { links } = this.#context;
    if (slot === this.#hand) this.#hand = links[(slot << RECORD) | PREVIOUS]!;
    unlink(links, slot);
  }

  evict(given: Slot): Slot {
    const { links } = this.#context;
    const visited = this.#visited;
    const newest = links[NEXT]!;
    const oldest = links[PREVIOUS]!;
    // The paper evicts before it inserts, so the newcomer is spared if no other entry is.
    const spared = given === 0 ? newest : given;
    let slot = this.#hand;
    while (newest !== oldest) {
      if (slot === 0) slot = oldest;
      if (slot !== spared) {
        if (visited[slot] === 0) break;
        visited[slot] = 0;
      }
      slot = links[(slot << RECORD) | PREVIOUS]!;
    }
    if (slot === 0) slot = oldest;
    const above = links[(slot << RECORD) | PREVIOUS]!;
    this.#hand = above === newest ? 0 : above;
    unlink(links, slot);
    return slot;
  }

  move(from: Slot, to: Slot): void {
    this.#visited[to] = this.#visited[from]!;
    if (this.#hand === from) this.#hand = to;
    replaceLinked(this.#context.links, from, to);
  }

  clear(): void {
    const { links } = this.#context;
    links[PREVIOUS] = links[NEXT] = 0;
    this.#visited = new Uint8Array(0);
    this.#hand = 0;
  }

  grow(length: number): void {
    const visited = new Uint8Array(length);
    visited.set(this.#visited.subarray(0, length));
    this.#visited = visited;
  }

  resize(): void {}

  colder(slot: Slot): Slot {
    return colderOf(this.#context.links, 1, slot);
  }

  hotter(slot: Slot): Slot {
    return hotterOf(this.#context.links, 1, slot);
  }
}
