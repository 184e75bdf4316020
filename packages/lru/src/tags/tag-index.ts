import type { Columns } from "../entry-table.ts";
import type { Slot } from "../policy/policy.ts";

/** Of each tag of an entry: its places in the list of the entry and in the `Set`, its part of the tag's own record, and its text but for the characters. */
const PLACE_BYTES = 160;

/** About what the tags of an entry take, bytes. */
export function tagBytes(tags: readonly string[] = []): number {
  return tags.reduce((sum, { length }) => sum + PLACE_BYTES + 2 * length, 0);
}

/**
 * Which entries have which tags, over the slots. Made by the first write with tags.
 *
 * Invariants:
 * - A tag is known while an entry has it; a slot is, while its entry has a tag.
 */
export class TagIndex implements Columns {
  readonly #slotsOf = new Map<string, Set<Slot>>();
  readonly #tagsOf = new Map<Slot, readonly string[]>();

  /** Tags that entries have. */
  get size(): number {
    return this.#slotsOf.size;
  }

  /** The slots of the entries with a tag. They may leave while the caller goes through them. */
  slotsOf(tag: string): Iterable<Slot> {
    return this.#slotsOf.get(tag) ?? [];
  }

  /** The tags of an entry; undefined if it has none. */
  tagsOf(slot: Slot): readonly string[] | undefined {
    return this.#tagsOf.get(slot);
  }

  /** An entry has these tags from now on, each of which is given once. */
  start(slot: Slot, tags: readonly string[]): void {
    this.forget(slot);
    if (tags.length === 0) return;
    this.#tagsOf.set(slot, tags);
    for (const tag of tags) {
      const slots = this.#slotsOf.get(tag) ?? new Set();
      this.#slotsOf.set(tag, slots.add(slot));
    }
  }

  /** An entry has left, or is to have other tags. */
  forget(slot: Slot): void {
    const tags = this.#tagsOf.get(slot);
    if (tags === undefined) return;
    this.#tagsOf.delete(slot);
    for (const tag of tags) {
      const slots = this.#slotsOf.get(tag)!;
      slots.delete(slot);
      if (slots.size === 0) this.#slotsOf.delete(tag);
    }
  }

  move(from: Slot, to: Slot): void {
    this.start(to, this.#tagsOf.get(from) ?? []);
    this.forget(from);
  }

  clear(): void {
    this.#slotsOf.clear();
    this.#tagsOf.clear();
  }

  grow(): void {}
}
