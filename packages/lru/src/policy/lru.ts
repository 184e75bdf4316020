import { LINKS, NEXT, PREVIOUS } from "../store/slot-store.ts";
import type { EvictionPolicy, PolicyContext, PolicyFactory, Slot } from "./policy.ts";

/**
 * Least recently used: a list in the order of use, and the end of it leaves.
 *
 * ```
 *        NEXT ->                       <- PREVIOUS
 *   0 <-> hottest <-> ... <-> coldest <-> 0
 * ```
 *
 * Slot 0 is the sentinel of a ring, so no end needs a case of its own.
 *
 * Exact, predictable, and kind to programs that come back soon to what they used. Not for scans
 * and loops longer than the cache, which leave it without a hit.
 */
export class LruPolicy implements EvictionPolicy {
  readonly #context: PolicyContext;

  constructor(context: PolicyContext) {
    this.#context = context;
  }

  add(slot: Slot): void {
    linkFirst(this.#context.links, slot);
  }

  access(slot: Slot): void {
    const links = this.#context.links;
    if (links[slot * LINKS + PREVIOUS] === 0) return;
    unlink(links, slot);
    linkFirst(links, slot);
  }

  update(slot: Slot): void {
    this.access(slot);
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

  /** The coldest entry leaves and a newcomer takes its slot, which is returned: `evict` and `add` in one turn of the ring. */
  recycle(): Slot {
    const links = this.#context.links;
    const slot = links[PREVIOUS]!;
    const previous = links[slot * LINKS + PREVIOUS]!;
    links[PREVIOUS] = previous;
    links[previous * LINKS + NEXT] = 0;
    linkFirst(links, slot);
    return slot;
  }

  move(from: Slot, to: Slot): void {
    const links = this.#context.links;
    const previous = links[from * LINKS + PREVIOUS]!;
    const next = links[from * LINKS + NEXT]!;
    links[to * LINKS + PREVIOUS] = previous;
    links[to * LINKS + NEXT] = next;
    links[previous * LINKS + NEXT] = to;
    links[next * LINKS + PREVIOUS] = to;
  }

  clear(): void {
    const links = this.#context.links;
    links[PREVIOUS] = links[NEXT] = 0;
  }

  grow(): void {}

  resize(): void {}

  colder(slot: Slot): Slot {
    return this.#context.links[slot * LINKS + NEXT]!;
  }

  hotter(slot: Slot): Slot {
    return this.#context.links[slot * LINKS + PREVIOUS]!;
  }
}

function linkFirst(links: Int32Array, slot: Slot): void {
  const first = links[NEXT]!;
  links[slot * LINKS + NEXT] = first;
  links[slot * LINKS + PREVIOUS] = 0;
  links[first * LINKS + PREVIOUS] = slot;
  links[NEXT] = slot;
}

function unlink(links: Int32Array, slot: Slot): void {
  const previous = links[slot * LINKS + PREVIOUS]!;
  const next = links[slot * LINKS + NEXT]!;
  links[previous * LINKS + NEXT] = next;
  links[next * LINKS + PREVIOUS] = previous;
}

/** Evicts the entry that was used longest ago. The default. */
export function lru(): PolicyFactory {
  return (context) => new LruPolicy(context);
}
