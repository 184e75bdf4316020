import type { Columns } from "../table/entry-table.ts";
import type { Slot } from "../policy/policy.ts";

/** Of an entry that has tags: its place in the `Map`, and the list. */
const LIST_BYTES = 120;
/** Of each of its tags: places in the list and in the `Set`. */
const PLACE_BYTES = 36;
/** Of each tag: its own record, and its text but for the characters. */
const TAG_BYTES = 175;

/** About what the tags of an entry take, bytes; the record of a tag that others have is theirs. */
export function tagBytes(tags: readonly string[] = [], index: TagIndex | undefined): number {
  return tags.reduce(
    (sum, tag) =>
      sum + PLACE_BYTES + (index?.isShared(tag) === true ? 0 : TAG_BYTES + 2 * tag.length),
    tags.length > 0 ? LIST_BYTES : 0,
  );
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

  /** Whether several entries have a tag. */
  isShared(tag: string): boolean {
    return (this.#slotsOf.get(tag)?.size ?? 0) > 1;
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
