/**
 * The most hits that any cache of a size can have on a stream, if the whole future is known.
 *
 * Idea: keep the entries whose next use is nearest (L. A. Belady, "A study of replacement
 * algorithms for a virtual-storage computer", IBM Systems Journal 5(2), 1966). Evict a newcomer at
 * once if its own next use is the farthest, so that the result also bounds caches that refuse
 * entries. An entry is identified by the position of its next use: a hit at position t is the entry
 * t, and the victim is the greatest position. So the whole cache is one set of integers.
 *
 * Invariants:
 * - the set holds at most `capacity` positions, all of them after the current one;
 * - a key that never returns is not in the set, because it cannot be hit.
 */
import { PositionSet } from "./position-set.ts";

/**
 * For every request the position of the next request of the same key; the length of the stream if
 * there is no next request.
 * @param next receives the result. It may be `ids` itself, which saves 4 bytes per request.
 */
export function nextUses(
  ids: Uint32Array,
  keys: number,
  next: Uint32Array = new Uint32Array(ids.length),
): Uint32Array {
  const nextOfKey = new Uint32Array(keys).fill(ids.length);
  for (let at = ids.length - 1; at >= 0; at -= 1) {
    const id = ids[at]!;
    next[at] = nextOfKey[id]!;
    nextOfKey[id] = at;
  }
  return next;
}

/** Hits of the best possible cache of `capacity` entries, given the next use of every request. */
export function beladyHits(next: Uint32Array, capacity: number): number {
  const never = next.length;
  const held = new PositionSet(never);
  let hits = 0;
  for (let at = 0; at < never; at += 1) {
    if (held.delete(at)) hits += 1;
    const use = next[at]!;
    if (use === never) continue;
    held.add(use);
    if (held.size > capacity) held.deleteGreatest();
  }
  return hits;
}
