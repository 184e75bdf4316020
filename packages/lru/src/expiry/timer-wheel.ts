import type { Slot } from "../policy/policy.ts";
import { resized } from "../store/slot-store.ts";

/** Buckets of a level; a level's buckets together are as long as one bucket of the level above. More of them would be fewer levels, and more memory in a small cache. */
const BUCKETS = 2 ** 4;
const LEVELS = 12;
/** A tick is 1/64 ms: no coarser than a 64th of the shortest time to live worth having. */
const TICKS_PER_MS = 64;
/** 139 years. What lies beyond is not armed. */
const LAST_TICK = BUCKETS ** LEVELS - 1;
/** Nodes 1 to `SENTINELS` are the ends of the buckets' lists; 0 is none, and slots come after. */
const SENTINELS = LEVELS * BUCKETS;

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
  /** The node after each node and the one before it, side by side; 0 where a slot is not armed. */
  #links: Int32Array = new Int32Array(0);
  /** A bit for each bucket, level by level. */
  readonly #occupied = new Int32Array((LEVELS * BUCKETS) / 32);
  /** The time in units of each level's buckets. `#digits[0]` is the tick that is now. */
  readonly #digits: number[] = TICKS.map(() => 0);
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
    return this.#origin + this.#digits[0]! / TICKS_PER_MS;
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
    if (tick <= LAST_TICK) this.#place(slot + SENTINELS, tick);
  }

  /** Disarms a slot. */
  cancel(slot: Slot): void {
    const node = slot + SENTINELS;
    if (this.#links[2 * node] !== 0) this.#unlink(node);
  }

  /** What the slot `from` was armed for, `to` is. The caller guarantees that `to` is not armed. */
  move(from: Slot, to: Slot): void {
    const links = this.#links;
    const source = from + SENTINELS;
    const target = to + SENTINELS;
    const next = links[2 * source]!;
    if (next === 0) return;
    const previous = links[2 * source + 1]!;
    links[2 * target] = next;
    links[2 * target + 1] = previous;
    links[2 * previous] = target;
    links[2 * next + 1] = target;
    links[2 * source] = links[2 * source + 1] = 0;
  }

  /** Disarms all slots, makes room for slots below `length`, and starts at the time `now`, ms. */
  reset(length: number, now: number): void {
    this.#links = new Int32Array(2 * (SENTINELS + length));
    for (let node = 1; node <= SENTINELS; node++) {
      this.#links[2 * node] = this.#links[2 * node + 1] = node;
    }
    this.#occupied.fill(0);
    this.#digits.fill(0);
    this.#bucketEnd = 0;
    this.#origin = Math.floor(now);
  }

  /** Makes room for slots below `length`. The caller guarantees that none above is armed. */
  grow(length: number): void {
    this.#links = resized(this.#links, 2 * (SENTINELS + length));
  }

  /** Goes on to the time `now`, ms, or stays where it is later, and calls for the slots that are due, which are disarmed then. The callback may cancel slots. */
  advance(now: number, due: (slot: Slot) => void): void {
    const reached = Math.min(Math.floor((now - this.#origin) * TICKS_PER_MS), LAST_TICK);
    const target = Math.max(reached, this.#digits[0]!);
    for (let bucket = this.#firstBucket(); bucket >= 0; bucket = this.#firstBucket()) {
      const start = this.#startOf(bucket);
      if (start > target) break;
      this.#setTime(start);
      this.#empty(bucket, now, due);
    }
    this.#setTime(target);
  }

  /** Goes back to an earlier time, ms, with all that is armed. Takes a step for each slot. */
  turnBack(now: number): void {
    const slots: Slot[] = [];
    for (let bucket = this.#firstBucket(); bucket >= 0; bucket = this.#firstBucket()) {
      this.#takeAll(bucket, (node) => slots.push(node - SENTINELS));
    }
    this.reset(this.#links.length / 2 - SENTINELS, now);
    for (const slot of slots) this.arm(slot, this.#deadlineOf(slot));
  }

  #empty(bucket: number, now: number, due: (slot: Slot) => void): void {
    this.#takeAll(bucket, (node) => {
      const slot = node - SENTINELS;
      const deadline = this.#deadlineOf(slot);
      let tick = this.#tickOf(deadline);
      if (tick <= this.#digits[0]!) {
        if (deadline <= now) return due(slot);
        // Ticks come from differences, which are rounded where the origin is below zero.
        tick++;
      }
      if (tick <= LAST_TICK) this.#place(node, tick);
    });
  }

  /** Takes one node after the other, since the callback may cancel others. */
  #takeAll(bucket: number, take: (node: number) => void): void {
    const sentinel = bucket + 1;
    for (let node = this.#links[2 * sentinel]!; node !== sentinel;) {
      this.#unlink(node);
      take(node);
      node = this.#links[2 * sentinel]!;
    }
  }

  /** Rounded up, so that nothing is due early. */
  #tickOf(deadline: number): number {
    return Math.max(Math.ceil((deadline - this.#origin) * TICKS_PER_MS), this.#digits[0]!);
  }

  #place(node: number, tick: number): void {
    if (!(tick >= this.#bucketStart && tick < this.#bucketEnd)) this.#findBucket(tick);
    const bucket = this.#bucket;
    const links = this.#links;
    const sentinel = bucket + 1;
    const last = links[2 * sentinel + 1]!;
    links[2 * node] = sentinel;
    links[2 * node + 1] = last;
    links[2 * last] = node;
    links[2 * sentinel + 1] = node;
    this.#occupied[bucket >>> 5]! |= 1 << bucket;
  }

  #findBucket(tick: number): void {
    const digits = this.#digits;
    let level = 0;
    while (Math.floor(tick * PER_TICK[level + 1]!) !== digits[level + 1]) level++;
    const count = Math.floor(tick * PER_TICK[level]!);
    this.#bucket = level * BUCKETS + (count % BUCKETS);
    this.#bucketStart = count * TICKS[level]!;
    this.#bucketEnd = this.#bucketStart + TICKS[level]!;
  }

  #unlink(node: number): void {
    const links = this.#links;
    const next = links[2 * node]!;
    const previous = links[2 * node + 1]!;
    links[2 * previous] = next;
    links[2 * next + 1] = previous;
    links[2 * node] = 0;
    if (next !== previous || next > SENTINELS) return;
    const bucket = next - 1;
    this.#occupied[bucket >>> 5]! &= ~(1 << bucket);
  }

  /** The bucket that comes next, or -1. */
  #firstBucket(): number {
    const occupied = this.#occupied;
    for (let i = 0; i < occupied.length; i++) {
      const bits = occupied[i]!;
      if (bits !== 0) return 32 * i + 31 - Math.clz32(bits & -bits);
    }
    return -1;
  }

  #startOf(bucket: number): number {
    const level = bucket >>> 4;
    return this.#digits[level + 1]! * TICKS[level + 1]! + (bucket % BUCKETS) * TICKS[level]!;
  }

  #setTime(tick: number): void {
    const digits = this.#digits;
    this.#bucketEnd = 0;
    for (let level = 0; level < digits.length; level++) {
      digits[level] = Math.floor(tick * PER_TICK[level]!);
    }
  }
}
