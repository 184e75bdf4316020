import type { Slot } from "../policy/policy.ts";
import { FIRST_SLOT, resized } from "../table/slot-store.ts";

/**
 * Buckets of a level. Together they are as long as one bucket of the level above. More buckets
 * would mean fewer levels, and more memory in a small cache.
 */
const BUCKETS = 2 ** 4;
const LEVELS = 12;
/** A tick is 1/64 ms: a 64th of 1 ms, the shortest useful time to live. */
const TICKS_PER_MS = 64;
/** 139 years. A slot with a later deadline is not armed. */
const LAST_TICK = BUCKETS ** LEVELS - 1;
/** Index of the first link of slot 0, after the buckets. */
const SLOTS = LEVELS * BUCKETS;
/** The links of a wheel before its first slot. */
const NONE = /* @__PURE__ */ new Int32Array(0);

/** Ticks of a bucket of each level, and the inverse, both exact powers of two. */
const TICKS: readonly number[] = Array.from({ length: LEVELS + 1 }, (_, level) => BUCKETS ** level);
const PER_TICK: readonly number[] = TICKS.map((ticks) => 1 / ticks);

/**
 * A hierarchical timing wheel over slots. Arming, moving and cancelling a slot take O(1), for any
 * number of slots and any deadline.
 *
 * A tick, written with base 16, differs from the present tick in some digits. The place of the
 * highest of these digits is the level of the tick, and its own digit there is the bucket:
 *
 * ```
 * now     3  7  4  5
 * a tick  3  7 12 11    level 1, bucket 12
 * a tick  3  8  0  0    level 2, bucket 8
 * ```
 *
 * When the time reaches a bucket of level 0, the slots in it are due. When it reaches a bucket of a
 * higher level, the slots in it move to lower levels.
 *
 * The caller sweeps with two calls: `reach` returns the next slot whose bucket the time has
 * reached, and `postpone` moves the slot to the bucket of its deadline, unless the slot is due:
 *
 * ```
 * for (let slot = wheel.reach(now); slot !== 0; slot = wheel.reach(now)) {
 *   if (!wheel.postpone(slot, deadlineOf(slot), now)) expire(slot); // cancels or arms the slot
 * }
 * ```
 *
 * Invariants:
 * - all slots of a level are due before all slots of the level above, and the buckets of a level in
 *   their order, so the first bit of `#occupied` is the next bucket;
 * - slots of one tick are in one bucket, in the order in which they were armed;
 * - a slot is never due early, and at most one tick late. If its deadline was moved later after the
 *   slot was armed, `postpone` finds that out, and the move itself costs nothing.
 *
 * G. Varghese and T. Lauck, Hashed and hierarchical timing wheels, SOSP 1987.
 */
export class TimerWheel {
  /**
   * First the last slot of each bucket, or 0 if the bucket is empty. Then two links of each slot:
   * to the next slot and to the previous slot of its bucket. The next of the last slot is the first
   * slot, and the previous of the first slot is `~bucket`. The next of a slot is 0 if it is not
   * armed.
   */
  #links: Int32Array = NONE;
  /** A bit for each bucket, level by level. */
  readonly #occupied = new Int32Array((LEVELS * BUCKETS) / 32);
  /** The present tick. */
  #tick = 0;
  /**
   * The bucket that `reach` has begun to empty, or -1. The slots that are left in it belong to
   * lower levels now, so this bucket comes before all others.
   */
  #open = -1;
  /** The time of tick 0, ms. */
  #origin = 0;
  /**
   * The bucket of the last slot that was armed, with its first tick and the tick after it, while
   * the present tick stays the same. Most writes have the same ttl as the write before.
   */
  #bucket = 0;
  #bucketStart = 0;
  #bucketEnd = 0;

  /** The time that the wheel has reached, ms. */
  get time(): number {
    return this.#origin + this.#tick / TICKS_PER_MS;
  }

  /**
   * The time of the first bucket, ms: no slot is due before, and at it slots are due or move to
   * lower levels. Infinity if no slot is armed.
   */
  get next(): number {
    const bucket = this.#firstBucket();
    return bucket < 0 ? Infinity : this.#origin + this.#startOf(bucket) / TICKS_PER_MS;
  }

  /** Arms a slot for a deadline, ms, which replaces an earlier one. Infinity disarms it. */
  arm(slot: Slot, deadline: number): void {
    this.cancel(slot);
    const tick = this.#tickOf(deadline);
    if (tick <= LAST_TICK) this.#place(slot, tick);
  }

  /** Disarms a slot, if it is armed. */
  cancel(slot: Slot): void {
    if (this.#links[SLOTS + 2 * slot] !== 0) this.#unlink(slot);
  }

  /**
   * Arms `to` for the deadline of `from`, and disarms `from`. The caller guarantees that `to` is
   * not armed.
   */
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

  /** Disarms all slots, makes room for slots below `length`, and begins at the time `now`, ms. */
  reset(length: number, now: number): void {
    this.#links = NONE;
    if (length > FIRST_SLOT) this.grow(length);
    this.#occupied.fill(0);
    this.#tick = this.#bucketEnd = 0;
    this.#open = -1;
    this.#origin = Math.floor(now);
  }

  /** Makes room for slots below `length`. The caller guarantees that no other slot is armed. */
  grow(length: number): void {
    this.#links = resized(this.#links, SLOTS + 2 * length);
  }

  /** Whether a slot is armed. */
  isArmed(slot: Slot): boolean {
    return this.#links[SLOTS + 2 * slot] !== 0;
  }

  /**
   * Moves the time on towards `now`, ms, and returns the first slot of the first bucket that it
   * reaches, which stays armed. Returns 0 if it reaches no bucket before `now`: then `now` is the
   * time of the wheel, unless its time was later. The caller may stop between two calls: `next` is
   * in the past then, and a later call continues.
   */
  reach(now: number): Slot {
    const bucket = this.#firstBucket();
    if (bucket < 0 || bucket !== this.#open) {
      const reached = Math.min(Math.floor((now - this.#origin) * TICKS_PER_MS), LAST_TICK);
      const target = Math.max(reached, this.#tick);
      const start = bucket < 0 ? Infinity : this.#startOf(bucket);
      this.#open = start > target ? -1 : bucket;
      this.#setTime(Math.min(start, target));
      if (start > target) return 0;
    }
    return this.#firstOf(bucket);
  }

  /**
   * Arms a slot that `reach(now)` has returned for its present deadline, ms. Does nothing and
   * returns false if the slot is due. Then the caller cancels the slot, or arms it for a later
   * deadline.
   */
  postpone(slot: Slot, deadline: number, now: number): boolean {
    let tick = this.#tickOf(deadline);
    if (tick <= this.#tick) {
      if (deadline <= now) return false;
      // Ticks come from differences, which are rounded if the origin is below zero.
      tick++;
    }
    this.#unlink(slot);
    if (tick <= LAST_TICK) this.#place(slot, tick);
    return true;
  }

  /**
   * Disarms all slots, and begins again at an earlier time, ms. Returns the slots in the order of
   * their buckets, for the caller to arm. Takes a step for each slot.
   */
  turnBack(now: number): Slot[] {
    const slots: Slot[] = [];
    for (let bucket = this.#firstBucket(); bucket >= 0; bucket = this.#firstBucket()) {
      const slot = this.#firstOf(bucket);
      this.#unlink(slot);
      slots.push(slot);
    }
    this.reset((this.#links.length - SLOTS) / 2, now);
    return slots;
  }

  /** The tick of a deadline, rounded up, so that no slot is due early. */
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

  /** Makes `after` the slot after `previous`, and `before` the slot before `next`. */
  #join(previous: Slot, next: Slot, after: Slot, before: Slot): void {
    const links = this.#links;
    const last = previous < 0 ? links[~previous]! : previous;
    links[SLOTS + 2 * last] = after;
    const first = links[SLOTS + 2 * next + 1]!;
    if (first < 0) links[~first] = before;
    else links[SLOTS + 2 * next + 1] = before;
  }

  /** The bucket that the time reaches next, or -1 if no slot is armed. */
  #firstBucket(): number {
    if (this.#open >= 0 && this.#links[this.#open] !== 0) return this.#open;
    const occupied = this.#occupied;
    for (let i = 0; i < occupied.length; i++) {
      const bits = occupied[i]!;
      if (bits !== 0) return 32 * i + 31 - Math.clz32(bits & -bits);
    }
    return -1;
  }

  /** The first slot of a bucket. The caller guarantees that the bucket is not empty. */
  #firstOf(bucket: number): Slot {
    return this.#links[SLOTS + 2 * this.#links[bucket]!]!;
  }

  /** The first tick of a bucket. */
  #startOf(bucket: number): number {
    const level = Math.floor(bucket / BUCKETS);
    const above = digitsFrom(level + 1, this.#tick) * TICKS[level + 1]!;
    return above + (bucket % BUCKETS) * TICKS[level]!;
  }

  #setTime(tick: number): void {
    if (tick === this.#tick) return;
    this.#bucketEnd = 0;
    this.#tick = tick;
  }
}

/** The digits of a tick, without the digits of the levels below `level`. */
function digitsFrom(level: number, tick: number): number {
  return Math.floor(tick * PER_TICK[level]!);
}
