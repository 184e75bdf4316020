/**
 * Doubly linked lists in the links that the store keeps for the policy.
 *
 * List 0 has slot 0 for its sentinel, list 1 has slot 1, and so on, so that no operation branches:
 *
 *     sentinel  <->  first, the hottest  <->  ...  <->  last, the coldest  <->  sentinel
 *
 * Invariants:
 * - `NEXT` of the `PREVIOUS` of a linked slot is that slot, and the other way round.
 * - A sentinel is its own neighbour while its list is empty. Before the first entry links are 0
 *   throughout, so a policy calls `emptyLists` whenever it tracks its first entry.
 */
import { FIRST_SLOT, LINKS, NEXT, PREVIOUS } from "../store/slot-store.ts";
import type { Slot } from "./policy.ts";

/** Makes the lists 0 to `lists - 1` empty; there are `FIRST_SLOT` at most. */
export function emptyLists(links: Int32Array, lists: number): void {
  for (let list = 0; list < lists; list++) {
    links[list * LINKS + PREVIOUS] = list;
    links[list * LINKS + NEXT] = list;
  }
}

/** Links a slot as the first of a list. */
export function linkFirst(links: Int32Array, list: number, slot: Slot): void {
  const first = links[list * LINKS + NEXT]!;
  links[slot * LINKS + PREVIOUS] = list;
  links[slot * LINKS + NEXT] = first;
  links[first * LINKS + PREVIOUS] = slot;
  links[list * LINKS + NEXT] = slot;
}

/** Links a slot as the last of a list. */
export function linkLast(links: Int32Array, list: number, slot: Slot): void {
  const last = links[list * LINKS + PREVIOUS]!;
  links[slot * LINKS + PREVIOUS] = last;
  links[slot * LINKS + NEXT] = list;
  links[last * LINKS + NEXT] = slot;
  links[list * LINKS + PREVIOUS] = slot;
}

/** Takes a slot out of its list. */
export function unlink(links: Int32Array, slot: Slot): void {
  const previous = links[slot * LINKS + PREVIOUS]!;
  const next = links[slot * LINKS + NEXT]!;
  links[previous * LINKS + NEXT] = next;
  links[next * LINKS + PREVIOUS] = previous;
}

/** Makes a linked slot the first of its list. */
export function moveFirst(links: Int32Array, list: number, slot: Slot): void {
  if (links[list * LINKS + NEXT] === slot) return;
  unlink(links, slot);
  linkFirst(links, list, slot);
}

/** Puts the slot `to` where `from` was linked. */
export function replaceLinked(links: Int32Array, from: Slot, to: Slot): void {
  const previous = links[from * LINKS + PREVIOUS]!;
  const next = links[from * LINKS + NEXT]!;
  links[to * LINKS + PREVIOUS] = previous;
  links[to * LINKS + NEXT] = next;
  links[previous * LINKS + NEXT] = to;
  links[next * LINKS + PREVIOUS] = to;
}

/** The last slot of a list, or its sentinel where it is empty. */
export function lastOf(links: Int32Array, list: number): Slot {
  return links[list * LINKS + PREVIOUS]!;
}

/** The slot after this one through all lists in turn, from list 0 on; 0 at the end. The first of all for slot 0. */
export function colderOf(links: Int32Array, lists: number, slot: Slot): Slot {
  let at = links[slot * LINKS + NEXT]!;
  while (at < FIRST_SLOT) {
    if (at + 1 >= lists) return 0;
    at = links[(at + 1) * LINKS + NEXT]!;
  }
  return at;
}

/** The slot before this one through all lists in turn; 0 at the end. The last of all for slot 0. */
export function hotterOf(links: Int32Array, lists: number, slot: Slot): Slot {
  let at = links[(slot === 0 ? lists - 1 : slot) * LINKS + PREVIOUS]!;
  while (at < FIRST_SLOT) {
    if (at === 0) return 0;
    at = links[(at - 1) * LINKS + PREVIOUS]!;
  }
  return at;
}
