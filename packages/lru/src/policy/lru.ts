import { NEXT, PREVIOUS, RECORD } from "../table/slot-store.ts";
import type { EvictionPolicy, PolicyContext, PolicyFactory, Slot } from "./policy.ts";

/**
 * Least recently used: a list in the order of use, whose last entry is evicted.
 *
 * ```
 *        NEXT ->                       <- PREVIOUS
 *   0 <-> hottest <-> ... <-> coldest <-> 0
 * ```
 *
 * Slot 0 is the sentinel of a ring, so neither end needs a case of its own.
 *
 * It is exact and predictable, and good for programs that soon use an entry again. Not for scans,
 * and not for loops over more entries than fit: they never hit.
 */
export class LruPolicy implements EvictionPolicy {
  readonly usesHashes = false;
  readonly #context: PolicyContext;

  constructor(context: PolicyContext) {
    this.#context = context;
  }

  add(slot: Slot): void {
    addHottest(this.#context.links, slot);
  }

  access(slot: Slot): void {
    makeHottest(this.#context.links, slot);
  }

  update(slot: Slot): void {
    makeHottest(this.#context.links, slot);
  }

  remove(slot: Slot): void {
    unlink(this.#context.links, slot);
  }

  evict(): Slot {
    const links = this.#context.links;
    const slot = links[PREVIOUS]!;
    unlink(links, slot);
    return slot;
  }

  move(from: Slot, to: Slot): void {
    const links = this.#context.links;
    const previous = links[(from << RECORD) | PREVIOUS]!;
    const next = links[(from << RECORD) | NEXT]!;
    links[(to << RECORD) | PREVIOUS] = previous;
    links[(to << RECORD) | NEXT] = next;
    links[(previous << RECORD) | NEXT] = to;
    links[(next << RECORD) | PREVIOUS] = to;
  }

  clear(): void {
    const links = this.#context.links;
    links[PREVIOUS] = links[NEXT] = 0;
  }

  grow(): void {}

  resize(): void {}

  colder(slot: Slot): Slot {
    return this.#context.links[(slot << RECORD) | NEXT]!;
  }

  hotter(slot: Slot): Slot {
    return this.#context.links[(slot << RECORD) | PREVIOUS]!;
  }
}

/** Adds a newcomer as the hottest entry. */
export function addHottest(links: Int32Array, slot: Slot): void {
  const first = links[NEXT]!;
  links[(slot << RECORD) | NEXT] = first;
  links[(slot << RECORD) | PREVIOUS] = 0;
  links[(first << RECORD) | PREVIOUS] = slot;
  links[NEXT] = slot;
}

/** Makes an entry that was used the hottest. */
export function makeHottest(links: Int32Array, slot: Slot): void {
  const at = slot << RECORD;
  const previous = links[at | PREVIOUS]!;
  if (previous === 0) return;
  const next = links[at | NEXT]!;
  const first = links[NEXT]!;
  links[(previous << RECORD) | NEXT] = next;
  links[(next << RECORD) | PREVIOUS] = previous;
  links[at | NEXT] = first;
  links[at | PREVIOUS] = 0;
  links[(first << RECORD) | PREVIOUS] = slot;
  links[NEXT] = slot;
}

/**
 * Evicts the coldest entry, and adds a newcomer in the same slot, which is returned: `evict` and
 * `add` in one turn of the ring.
 */
export function recycleColdest(links: Int32Array): Slot {
  const slot = links[PREVIOUS]!;
  const previous = links[(slot << RECORD) | PREVIOUS]!;
  links[PREVIOUS] = previous;
  links[(previous << RECORD) | NEXT] = 0;
  addHottest(links, slot);
  return slot;
}

function unlink(links: Int32Array, slot: Slot): void {
  const previous = links[(slot << RECORD) | PREVIOUS]!;
  const next = links[(slot << RECORD) | NEXT]!;
  links[(previous << RECORD) | NEXT] = next;
  links[(next << RECORD) | PREVIOUS] = previous;
}

/**
 * Strict LRU: evicts the entry that was used longest ago. This is the default policy: exact and
 * predictable. Not for scans and for loops over more entries than fit, which never hit.
 *
 * @returns the value of the option `policy`
 *
 * @example
 * ```ts
 * import { LRUCache } from "@heapwise/lru";
 * import { lru } from "@heapwise/lru/policies";
 *
 * const cache = new LRUCache<string, number>({ max: 2, policy: lru() });
 * cache.set("a", 1).set("b", 2).get("a");
 * cache.set("c", 3);
 * [...cache.keys()]; // => ["c", "a"]
 * ```
 */
export function lru(): PolicyFactory {
  return (context) => new LruPolicy(context);
}
