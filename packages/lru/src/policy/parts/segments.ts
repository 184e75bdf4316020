/**
 * The three lists of Window TinyLFU: a window of newcomers, and a main part, whose entries are on
 * probation until they are used again, and then protected.
 *
 *                      window over its share                  used
 *     newcomer -> [ window ] ------------------> [ probation ] ----> [ protected ]
 *                                                      ^------------------'
 *                                                       over 80% of main
 *
 * A hit moves an entry to the front of its list. The victim of the main part is the last entry on
 * probation. The share of the window may change at any time. Its bound follows by a few entries per
 * newcomer, so no single operation takes long.
 *
 * Invariants:
 * - The three weights are the sums of the weights in the three lists.
 * - `whole` is the weight that the cache can hold at the present average weight of an entry.
 */
import { PREVIOUS, RECORD } from "../../table/slot-store.ts";
import type { PolicyContext, Slot } from "../policy.ts";
import {
  colderOf,
  emptyLists,
  hotterOf,
  lastOf,
  linkFirst,
  linkLast,
  moveFirst,
  replaceLinked,
  unlink,
} from "./slot-lists.ts";

/** The lists, from the hottest to the coldest. */
export const PROTECTED = 0;
export const WINDOW = 1;
export const PROBATION = 2;
const LISTS = 3;

const PROTECTED_SHARE = 0.8;
/** The bound of the window moves by at most this many entries per newcomer. */
const STEP = 16;

export class Segments {
  readonly #context: PolicyContext;
  #lists: Uint8Array = new Uint8Array(0);
  count = 0;
  windowWeight = 0;
  probationWeight = 0;
  protectedWeight = 0;
  whole = 0;
  windowMax = 1;
  /** The part of the whole at which the window aims. */
  windowShare: number;
  #protectedMax = 0;

  constructor(context: PolicyContext, windowShare: number) {
    this.#context = context;
    this.windowShare = windowShare;
    this.measure(Infinity);
  }

  get weight(): number {
    return this.windowWeight + this.mainWeight;
  }

  get mainWeight(): number {
    return this.probationWeight + this.protectedWeight;
  }

  get mainMax(): number {
    return Math.max(0, this.whole - this.windowMax);
  }

  /** The number of entries that the cache can hold, as far as it is known. */
  get room(): number {
    const { weights, capacity, max } = this.#context;
    const room =
      weights === undefined ? capacity : Math.min(max, (this.count * capacity) / this.weight);
    return room < Infinity ? room : this.count;
  }

  weigh(slot: Slot): number {
    const { weights } = this.#context;
    return weights === undefined ? 1 : weights[slot]!;
  }

  listOf(slot: Slot): number {
    return this.#lists[slot]!;
  }

  /**
   * Tracks a newcomer, as the first entry of the window. If it is too heavy for the window, it is
   * the last entry: then it is compared with the main part at once.
   */
  add(slot: Slot): void {
    const { links } = this.#context;
    const weight = this.weigh(slot);
    if (this.count++ === 0) emptyLists(links, LISTS);
    if (weight > this.windowMax) linkLast(links, WINDOW, slot);
    else linkFirst(links, WINDOW, slot);
    this.#lists[slot] = WINDOW;
    this.windowWeight += weight;
  }

  /** Stops tracking an entry. */
  drop(slot: Slot): void {
    this.#leave(slot);
    this.count--;
  }

  /** Moves an entry that was used to the front of its list, or from probation to protected. */
  use(slot: Slot): void {
    const list = this.#lists[slot]!;
    if (list === PROBATION) this.#promote(slot);
    else moveFirst(this.#context.links, list, slot);
  }

  /** Moves an entry to the front of another list. */
  transfer(list: number, slot: Slot): void {
    this.#leave(slot);
    this.#enter(list, slot);
  }

  /** Notes that the weight of an entry has changed by `weight`. */
  charge(slot: Slot, weight: number): void {
    this.#charge(this.listOf(slot), weight);
  }

  /** The last entry of a list that is not `spared`, or 0. */
  coldest(list: number, spared: Slot): Slot {
    const { links } = this.#context;
    let last = lastOf(links, list);
    if (last === spared) last = links[(last << RECORD) | PREVIOUS]!;
    return last === list ? 0 : last;
  }

  /** The entry that the main part gives up next, or 0. */
  victim(spared: Slot): Slot {
    return this.coldest(PROBATION, spared) || this.coldest(PROTECTED, spared);
  }

  /** The entry that the main part gives up after this entry, or 0. */
  victimAfter(slot: Slot, spared: Slot): Slot {
    const { links } = this.#context;
    let after = links[(slot << RECORD) | PREVIOUS]!;
    if (after === spared) after = links[(after << RECORD) | PREVIOUS]!;
    if (after === PROBATION) return this.coldest(PROTECTED, spared);
    return after === PROTECTED ? 0 : after;
  }

  /**
   * Computes the whole again, and moves the bound of the window by at most `steps` entries towards
   * its share.
   */
  measure(steps: number = STEP): void {
    const { weights, capacity, max } = this.#context;
    const weight = this.weight;
    const average = weights === undefined ? 1 : weight / Math.max(1, this.count);
    const whole = weights === undefined ? capacity : Math.min(capacity, average * max || Infinity);
    this.whole = whole < Infinity ? whole : weight;
    const wanted = Math.max(1, Math.round(this.windowShare * this.whole));
    const step = steps * average;
    this.windowMax += Math.max(-step, Math.min(step, wanted - this.windowMax)) || 0;
    this.#protectedMax = Math.floor(PROTECTED_SHARE * this.mainMax);
  }

  /**
   * Moves entries between the window and the main part while one of the two is over its bound and
   * the other has room.
   */
  settle(): void {
    const { links } = this.#context;
    while (this.protectedWeight > this.#protectedMax) this.#demote();
    while (this.windowWeight > this.windowMax) {
      const slot = lastOf(links, WINDOW);
      if (slot === WINDOW || this.mainWeight + this.weigh(slot) > this.mainMax) break;
      this.transfer(PROBATION, slot);
    }
    while (this.mainWeight > this.mainMax) {
      const slot = this.victim(0);
      if (slot === 0 || this.windowWeight + this.weigh(slot) > this.windowMax) break;
      this.transfer(WINDOW, slot);
    }
  }

  move(from: Slot, to: Slot): void {
    this.#lists[to] = this.#lists[from]!;
    replaceLinked(this.#context.links, from, to);
  }

  clear(): void {
    this.#lists = new Uint8Array(0);
    this.count = 0;
    this.windowWeight = 0;
    this.probationWeight = 0;
    this.protectedWeight = 0;
    this.measure(Infinity);
  }

  grow(length: number): void {
    const lists = new Uint8Array(length);
    lists.set(this.#lists.subarray(0, length));
    this.#lists = lists;
  }

  colder(slot: Slot): Slot {
    return this.count === 0 ? 0 : colderOf(this.#context.links, LISTS, slot);
  }

  hotter(slot: Slot): Slot {
    return this.count === 0 ? 0 : hotterOf(this.#context.links, LISTS, slot);
  }

  #promote(slot: Slot): void {
    this.#leave(slot);
    this.#enter(this.#protectedMax > 0 ? PROTECTED : PROBATION, slot);
    while (this.protectedWeight > this.#protectedMax) this.#demote();
  }

  #demote(): void {
    const slot = lastOf(this.#context.links, PROTECTED);
    this.transfer(PROBATION, slot);
  }

  #enter(list: number, slot: Slot): void {
    linkFirst(this.#context.links, list, slot);
    this.#lists[slot] = list;
    this.#charge(list, this.weigh(slot));
  }

  #leave(slot: Slot): void {
    unlink(this.#context.links, slot);
    this.#charge(this.listOf(slot), -this.weigh(slot));
  }

  #charge(list: number, weight: number): void {
    if (list === WINDOW) this.windowWeight += weight;
    else if (list === PROTECTED) this.protectedWeight += weight;
    else this.probationWeight += weight;
  }
}
