/**
 * Doubly linked lists in the links that the store keeps for the policy.
 *
 * List 0 has slot 0 as its sentinel, list 1 has slot 1, and so on, so no operation branches:
 *
 *     sentinel  <->  first, the hottest  <->  ...  <->  last, the coldest  <->  sentinel
 *
 * Invariants:
 * - `NEXT` of the `PREVIOUS` of a linked slot is that slot, and `PREVIOUS` of its `NEXT` is too.
 * - A sentinel is its own neighbour while its list is empty. All links are 0 before the first
 *   entry, so a policy calls `emptyLists` when it adds an entry while it tracks none.
 */
import { FIRST_SLOT, NEXT, PREVIOUS, RECORD } from "../../table/slot-store.ts";
import type { Slot } from "../policy.ts";

/** Makes the lists 0 to `lists - 1` empty. A policy has at most `FIRST_SLOT` lists. */
export function emptyLists(links: Int32Array, lists: number): void {
  for (let list = 0; list < lists; list++) {
    links[(list << RECORD) | PREVIOUS] = list;
    links[(list << RECORD) | NEXT] = list;
  }
}

/** Links a slot as the first of a list. */
export function linkFirst(links: Int32Array, list: number, slot: Slot): void {
  const first = links[(list << RECORD) | NEXT]!;
  links[(slot << RECORD) | PREVIOUS] = list;
  links[(slot << RECORD) | NEXT] = first;
  links[(first << RECORD) | PREVIOUS] = slot;
  links[(list << RECORD) | NEXT] = slot;
}

/** Links a slot as the last of a list. */
export function linkLast(links: Int32Array, list: number, slot: Slot): void {
  const last = links[(list << RECORD) | PREVIOUS]!;
  links[(slot << RECORD) | PREVIOUS] = last;
  links[(slot << RECORD) | NEXT] = list;
  links[(last << RECORD) | NEXT] = slot;
  links[(list << RECORD) | PREVIOUS] = slot;
}

/** Removes a slot from its list. */
export function unlink(links: Int32Array, slot: Slot): void {
  const previous = links[(slot << RECORD) | PREVIOUS]!;
  const next = links[(slot << RECORD) | NEXT]!;
  links[(previous << RECORD) | NEXT] = next;
  links[(next << RECORD) | PREVIOUS] = previous;
}

/** Makes a linked slot the first of its list. */
export function moveFirst(links: Int32Array, list: number, slot: Slot): void {
  if (links[(list << RECORD) | NEXT] === slot) return;
  unlink(links, slot);
  linkFirst(links, list, slot);
}

/** Puts the slot `to` in the place of `from` in its list. */
export function replaceLinked(links: Int32Array, from: Slot, to: Slot): void {
  const previous = links[(from << RECORD) | PREVIOUS]!;
  const next = links[(from << RECORD) | NEXT]!;
  links[(to << RECORD) | PREVIOUS] = previous;
  links[(to << RECORD) | NEXT] = next;
  links[(previous << RECORD) | NEXT] = to;
  links[(next << RECORD) | PREVIOUS] = to;
}

/** The last slot of a list, or the sentinel if the list is empty. */
export function lastOf(links: Int32Array, list: number): Slot {
  return links[(list << RECORD) | PREVIOUS]!;
}

/**
 * The slot after this one on the way through all lists, from list 0 on; 0 at the end. The first
 * slot of all if `slot` is 0.
 */
export function colderOf(links: Int32Array, lists: number, slot: Slot): Slot {
  let at = links[(slot << RECORD) | NEXT]!;
  while (at < FIRST_SLOT) {
    if (at + 1 >= lists) return 0;
    at = links[((at + 1) << RECORD) | NEXT]!;
  }
  return at;
}

/**
 * The slot before this one on the way through all lists, from list 0 on; 0 at the end. The last
 * slot of all if `slot` is 0.
 */
export function hotterOf(links: Int32Array, lists: number, slot: Slot): Slot {
  let at = links[((slot === 0 ? lists - 1 : slot) << RECORD) | PREVIOUS]!;
  while (at < FIRST_SLOT) {
    if (at === 0) return 0;
    at = links[((at - 1) << RECORD) | PREVIOUS]!;
  }
  return at;
}
