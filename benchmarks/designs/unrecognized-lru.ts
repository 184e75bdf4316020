import { lru } from "@heapwise/lru/policies";
import type { EvictionPolicy, PolicyContext, PolicyFactory, Slot } from "@heapwise/lru/slots";
import { LINKS, NEXT, PREVIOUS } from "@heapwise/lru/slots";

/**
 * Lost: strict LRU that the cache does not recognize, so that it is called through the interface
 * like any other policy. Operations that are not timed are left to the policy itself.
 */
class UnrecognizedLru implements EvictionPolicy {
  readonly #context: PolicyContext;
  readonly #policy: EvictionPolicy;

  constructor(context: PolicyContext) {
    this.#context = context;
    this.#policy = lru()(context);
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

  move(from: Slot, to: Slot): void {
    this.#policy.move(from, to);
  }

  clear(): void {
    this.#policy.clear();
  }

  grow(length: number): void {
    this.#policy.grow(length);
  }

  resize(): void {
    this.#policy.resize();
  }

  colder(slot: Slot): Slot {
    return this.#policy.colder(slot);
  }

  hotter(slot: Slot): Slot {
    return this.#policy.hotter(slot);
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

/** The policy of a cache. */
export function unrecognizedLru(): PolicyFactory {
  return (context) => new UnrecognizedLru(context);
}
