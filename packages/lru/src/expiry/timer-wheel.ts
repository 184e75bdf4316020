import type { Slot } from "../policy/policy.ts";
import { FIRST_SLOT, resized } from "../table/slot-store.ts";

/** Buckets of a level; a level's buckets together are as long as one bucket of the level above. More of them would be fewer levels, and more memory in a small cache. */
const BUCKETS = 2 ** 4;
const LEVELS = 12;
/** A tick is 1/64 ms: no coarser than a 64th of the shortest time to live worth having. */
const TICKS_PER_MS = 64;
/** 139 years. What lies beyond is not armed. */
const LAST_TICK = BUCKETS ** LEVELS - 1;
/** Where the links of slots begin. */
const SLOTS = LEVELS * BUCKETS;
/** Links of a wheel before its first slot. */
const NONE = /* @__PURE__ */ new Int32Array(0);

/** Ticks of a bucket of each level, and the inverse, both exact powers of two. */
const TICKS: readonly number[] = Array.from({ length: LEVELS + 1 }, (_, level) => BUCKETS ** level);
const PER_TICK: readonly number[] = TICKS.map((ticks) => 1 / ticks);

/**
 * A hierarchical timing wheel over slots: arming, moving and cancelling take O(1), whatever the
 * number of slots and however far their deadlines lie.
 *
 * A tick, written with base 16, differs from the tick that is now in some digits. The highest of
 * them is the level, and the tick's own digit there is the bucket:
 *
 * ```
 * now     3  7  4  5
 * a tick  3  7 12 11    level 1, bucket 12
 * a tick  3  8  0  0    level 2, bucket 8
 * ```
 *
 * When the time comes to a bucket of level 0, its slots are due; those of a bucket above are put on
 * the levels below.
 *
 * Invariants:
 * - all of a level is due before all of the level above, and its buckets in their order, so that
 *   the first bit of `#occupied` tells the next bucket;
 * - slots of one tick are in one bucket, in the order in which they were armed;
 * - a slot is never due early, and at most one tick late. Where its deadline has moved later since
 *   it was armed, it is armed anew when its bucket comes: nothing has to be done for the move.
 *
 * G. Varghese and T. Lauck, Hashed and hierarchical timing wheels, SOSP 1987.
 */
export class TimerWheel {
  readonly #deadlineOf: (slot: Slot) => number;
  /**
   * The last slot of each bucket, or 0. Then, of each slot, the one after it in its bucket and the one
   * before it: after the last comes the first, before the first `~bucket`, and 0 after a slot that
   * is not armed.
   */
  #links: Int32Array = NONE;
  /** A bit for each bucket, level by level. */
  readonly #occupied = new Int32Array((LEVELS * BUCKETS) / 32);
  /** The tick that is now. */
  #tick = 0;
  /**
   * The bucket that `advance` has begun to empty, or -1. What is left in it belongs to lower levels by
   * now, so that it comes before all others.
   */
  #open = -1;
  /** The time of tick 0, ms. */
  #origin = 0;
  /** The bucket of the last slot that was armed, and its ticks, as long as the time stays: most writes follow on one for the same time. */
  #bucket = 0;
  #bucketStart = 0;
  #bucketEnd = 0;

  /** `deadlineOf` tells the deadline of an armed slot as it is now, ms; Infinity for none. */
  constructor(deadlineOf: (slot: Slot) => number) {
    this.#deadlineOf = deadlineOf;
  }

  /** The time that the wheel has come to, ms. */
  get time(): number {
    return this.#origin + this.#tick / TICKS_PER_MS;
  }

  /** Nothing is due before, ms; Infinity where nothing is armed. A bucket that needs to be put on lower levels counts. */
  get next(): number {
    const bucket = this.#firstBucket();
    return bucket < 0 ? Infinity : this.#origin + this.#startOf(bucket) / TICKS_PER_MS;
  }

  /** Calls for a slot at its deadline, ms; instead of what it was armed for. Infinity disarms it. */
  arm(slot: Slot, deadline: number): void {
    this.cancel(slot);
    const tick = this.#tickOf(deadline);
    if (tick <= LAST_TICK) this.#place(slot, tick);
  }

  /** Disarms a slot. */
  cancel(slot: Slot): void {
    if (this.#links[SLOTS + 2 * slot] !== 0) this.#unlink(slot);
  }

  /** What the slot `from` was armed for, `to` is. The caller guarantees that `to` is not armed. */
  move(from: Slot, to: Slot): void {
    const links = this.#links;
    const next = links[SLOTS + 2 * from]!;
    if (next === 0) return;
    const isAlone = next === from;
    const previous = links[SLOTS + 2 * from + 1]!;
    links[SLOTS + 2 * to] = isAlone ? to : next;
    links[SLOTS + 2 * to + 1] = previous;
    if (isAlone) links[~previous] = to;
    else this.#join(previous, next, to, to);
    links[SLOTS + 2 * from] = 0;
  }

  /** Disarms all slots, makes room for slots below `length`, and starts at the time `now`, ms. */
  reset(length: number, now: number): void {
    this.#links = NONE;
    if (length > FIRST_SLOT) this.grow(length);
    this.#occupied.fill(0);
    this.#tick = this.#bucketEnd = 0;
    this.#open = -1;
    this.#origin = Math.floor(now);
  }

  /** Makes room for slots below `length`. The caller guarantees that none above is armed. */
  grow(length: number): void {
    this.#links = resized(this.#links, SLOTS + 2 * length);
  }

  /** Whether a slot is armed. */
  isArmed(slot: Slot): boolean {
    return this.#links[SLOTS + 2 * slot] !== 0;
  }

  /**
   * Goes on to the time `now`, ms, or stays where it is later, and calls for the slots that are due,
   * which are disarmed then. The callback may cancel slots. Asks before each slot that it takes
   * whether it `goesOn`. Returns whether it is done; else the next call goes on from there, and
   * `next` is in the past.
   */
  advance(now: number, due: (slot: Slot) => void, goesOn: () => boolean = always): boolean {
    const reached = Math.min(Math.floor((now - this.#origin) * TICKS_PER_MS), LAST_TICK);
    const target = Math.max(reached, this.#tick);
    for (let bucket = this.#firstBucket(); bucket >= 0; bucket = this.#firstBucket()) {
      const start = this.#startOf(bucket);
      if (start > target) break;
      this.#setTime(start);
      this.#open = bucket;
      if (!this.#empty(bucket, now, due, goesOn)) return false;
      this.#open = -1;
    }
    this.#setTime(target);
    return true;
  }

  /** Goes back to an earlier time, ms, with all that is armed. Takes a step for each slot. */
  turnBack(now: number): void {
    const slots: Slot[] = [];
    for (let bucket = this.#firstBucket(); bucket >= 0; bucket = this.#firstBucket()) {
      this.#takeAll(bucket, (slot) => slots.push(slot), always);
    }
    this.reset((this.#links.length - SLOTS) / 2, now);
    for (const slot of slots) this.arm(slot, this.#deadlineOf(slot));
  }

  #empty(bucket: number, now: number, due: (slot: Slot) => void, goesOn: () => boolean): boolean {
    const take = (slot: Slot): void => {
      const deadline = this.#deadlineOf(slot);
      let tick = this.#tickOf(deadline);
      if (tick <= this.#tick) {
        if (deadline <= now) return due(slot);
        // Ticks come from differences, which are rounded where the origin is below zero.
        tick++;
      }
      if (tick <= LAST_TICK) this.#place(slot, tick);
    };
    return this.#takeAll(bucket, take, goesOn);
  }

  /**
   * Takes one slot after the other, since the callback may cancel others. Returns whether it has
   * taken all.
   */
  #takeAll(bucket: number, take: (slot: Slot) => void, goesOn: () => boolean): boolean {
    for (let last = this.#links[bucket]!; last !== 0; last = this.#links[bucket]!) {
      if (!goesOn()) return false;
      const first = this.#links[SLOTS + 2 * last]!;
      this.#unlink(first);
      take(first);
    }
    return true;
  }

  /** Rounded up, so that nothing is due early. */
  #tickOf(deadline: number): number {
    return Math.max(Math.ceil((deadline - this.#origin) * TICKS_PER_MS), this.#tick);
  }

  #place(slot: Slot, tick: number): void {
    if (!(tick >= this.#bucketStart && tick < this.#bucketEnd)) this.#findBucket(tick);
    const bucket = this.#bucket;
    const links = this.#links;
    const last = links[bucket]!;
    links[bucket] = slot;
    if (last === 0) {
      links[SLOTS + 2 * slot] = slot;
      links[SLOTS + 2 * slot + 1] = ~bucket;
      this.#occupied[bucket >>> 5]! |= 1 << bucket;
    } else {
      links[SLOTS + 2 * slot] = links[SLOTS + 2 * last]!;
      links[SLOTS + 2 * slot + 1] = last;
      links[SLOTS + 2 * last] = slot;
    }
  }

  #findBucket(tick: number): void {
    let level = 0;
    while (digitsFrom(level + 1, tick) !== digitsFrom(level + 1, this.#tick)) level++;
    const count = digitsFrom(level, tick);
    this.#bucket = level * BUCKETS + (count % BUCKETS);
    this.#bucketStart = count * TICKS[level]!;
    this.#bucketEnd = this.#bucketStart + TICKS[level]!;
  }

  #unlink(slot: Slot): void {
    const links = this.#links;
    const next = links[SLOTS + 2 * slot]!;
    const previous = links[SLOTS + 2 * slot + 1]!;
    links[SLOTS + 2 * slot] = 0;
    if (next !== slot) {
      this.#join(previous, next, next, previous);
      return;
    }
    links[~previous] = 0;
    this.#occupied[~previous >>> 5]! &= ~(1 << ~previous);
  }

  /** What comes after `previous`, and what is before `next`, is another slot from now on. */
  #join(previous: Slot, next: Slot, after: Slot, before: Slot): void {
    const links = this.#links;
    const last = previous < 0 ? links[~previous]! : previous;
    links[SLOTS + 2 * last] = after;
    const first = links[SLOTS + 2 * next + 1]!;
    if (first < 0) links[~first] = before;
    else links[SLOTS + 2 * next + 1] = before;
  }

  /** The bucket that comes next, or -1. */
  #firstBucket(): number {
    if (this.#open >= 0 && this.#links[this.#open] !== 0) return this.#open;
    const occupied = this.#occupied;
    for (let i = 0; i < occupied.length; i++) {
      const bits = occupied[i]!;
      if (bits !== 0) return 32 * i + 31 - Math.clz32(bits & -bits);
    }
    return -1;
  }

  #startOf(bucket: number): number {
    const level = Math.floor(bucket / BUCKETS);
    const above = digitsFrom(level + 1, this.#tick) * TICKS[level + 1]!;
    return above + (bucket % BUCKETS) * TICKS[level]!;
  }

  #setTime(tick: number): void {
    this.#bucketEnd = 0;
    this.#tick = tick;
  }
}

function always(): boolean {
  return true;
}

/** The digits of a tick from those of a level on. */
function digitsFrom(level: number, tick: number): number {
  return Math.floor(tick * PER_TICK[level]!);
}
