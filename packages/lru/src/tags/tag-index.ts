import type { Columns } from "../table/entry-table.ts";
import type { Slot } from "../policy/policy.ts";

/** Bytes for each entry with tags: its place in the `Map`, and the list of its tags. */
const LIST_BYTES = 120;
/** Bytes for each tag of an entry: a place in the list, and a place in the `Set` of the tag. */
const PLACE_BYTES = 36;
/** Bytes for each tag: its record, and the header of its text. Each character takes 2 more. */
const TAG_BYTES = 175;

/**
 * About how many bytes the tags of an entry take. The record and the text of a tag are not counted
 * if more than one entry already has the tag.
 */
export function tagBytes(tags: readonly string[] = [], index: TagIndex | undefined): number {
  return tags.reduce(
    (sum, tag) =>
      sum + PLACE_BYTES + (index?.isShared(tag) === true ? 0 : TAG_BYTES + 2 * tag.length),
    tags.length > 0 ? LIST_BYTES : 0,
  );
}

/**
 * The tags of each entry, and the entries of each tag, by slot. Created by the first write with
 * tags.
 *
 * Invariants:
 * - A tag is in `#slotsOf` exactly while an entry has it.
 * - A slot is in `#tagsOf` exactly while its entry has a tag.
 */
export class TagIndex implements Columns {
  readonly #slotsOf = new Map<string, Set<Slot>>();
  readonly #tagsOf = new Map<Slot, readonly string[]>();

  /** The number of tags that entries have. */
  get size(): number {
    return this.#slotsOf.size;
  }

  /**
   * The slots of the entries with a tag. The caller may remove these entries while it iterates.
   */
  slotsOf(tag: string): Iterable<Slot> {
    return this.#slotsOf.get(tag) ?? [];
  }

  /** Whether more than one entry has a tag. */
  isShared(tag: string): boolean {
    return (this.#slotsOf.get(tag)?.size ?? 0) > 1;
  }

  /** The tags of an entry; undefined if it has none. */
  tagsOf(slot: Slot): readonly string[] | undefined {
    return this.#tagsOf.get(slot);
  }

  /**
   * Gives an entry these tags, which replace its old tags. The caller guarantees that each tag
   * occurs once.
   */
  start(slot: Slot, tags: readonly string[]): void {
    this.forget(slot);
    if (tags.length === 0) return;
    this.#tagsOf.set(slot, tags);
    for (const tag of tags) {
      const slots = this.#slotsOf.get(tag) ?? new Set();
      this.#slotsOf.set(tag, slots.add(slot));
    }
  }

  /** Forgets the tags of an entry. */
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
