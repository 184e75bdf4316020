import { hasWeakRef } from "../host/attempt.ts";
import { print, refuse } from "../checks/read-options.ts";
import { hashSeed, mix, type HashSeed } from "../table/hash.ts";
import type { Slot } from "../policy/policy.ts";
import { FIRST_SLOT, resized, type SlotStore } from "../table/slot-store.ts";
import { hostClock, noTrust, trust, type Clock, type Trust } from "./clock.ts";
import { ExpiryTimer } from "./expiry-timer.ts";
import { createSlice, FEW_SLOTS, MANY_SLOTS } from "./slice.ts";
import { StaleEntries } from "./stale-entries.ts";
import type { TimeOptions } from "./time-options.ts";
import { TimerWheel } from "./timer-wheel.ts";

/** Entries leave at most so much later than they expire, ms, and at most so small a part of their time to live. */
const LONGEST_TICK = 1000;
const TICKS_PER_LIFE = 64;

/** Deadlines before there is an entry. */
const NO_TIMES = /* @__PURE__ */ new Float64Array(0);

/** The options of a cache that concern its time, with its clock and its seed. */
export interface ExpiryOptions<K, V> extends TimeOptions<K, V> {
  readonly clock: Clock;
  readonly seed: number;
  /** How long loading makes use of an expired entry, ms. */
  readonly staleWhileRevalidate?: number | undefined;
  readonly staleIfError?: number | undefined;
  /** From this age on an entry is loaded again when it is asked for, ms. */
  readonly refreshAfter?: number | undefined;
  /** Hears of a clock that throws while it sets a timer. */
  readonly onError?: ((error: unknown) => void) | undefined;
}

/** The time of an entry as it is told. */
export interface EntryTimes {
  /** Since it was written, ms. In a cache that knows time. */
  age?: number;
  /** Since it was used last, ms. In a cache with `idleTtl`. */
  idle?: number;
  /** Until it expires if it is not used before, ms. Left out where it does not expire. */
  expiresIn?: number;
}

/** Times of an entry as a snapshot keeps them, ms since 1970. Left out where the cache that it was taken of knows none. */
export interface StoredTimes {
  /** When the entry was written. */
  readonly writtenAt?: number;
  /** When it was used last; only where there is an `idleTtl`. */
  readonly usedAt?: number;
  /** When it expires by its write; left out where it does not. */
  readonly expiresAt?: number;
  /**
   * From which age on it is loaded again, ms, if it has an age of its own; null for never, as JSON
   * has Infinity.
   */
  readonly refreshAfter?: number | null;
}

/**
 * When each entry expires, in columns over the slots.
 *
 * An entry is absent from its deadline on: so long after the write, or so long after the last use,
 * whichever comes first. With a stale window it stays `staleFor` longer, and then leaves; not if its
 * value is `undefined`, which is an answer that nobody is to be served longer than agreed.
 *
 * A hit only notes the time. The wheel asks for the deadline when it comes to the slot, and arms it
 * anew where that has moved.
 *
 * The clock may be the program's own, so the cache reads it before it changes anything: `now` is the
 * time of the last reading, and all methods mean that time.
 */
export class Expiry<K, V> {
  readonly #store: SlotStore<K, V>;
  readonly #leave: (slot: Slot) => void;
  readonly #options: ExpiryOptions<K, V>;
  readonly #clock: Clock;
  readonly #idleTtl: number;
  readonly #refreshAfter: number;
  readonly #staleFor: number;
  readonly #trust: Trust;
  /** Undefined if the clock has none, or if the host could not hold the cache weakly for it. */
  readonly timer: ExpiryTimer<WeakKey> | undefined;
  readonly #wheel = new TimerWheel((slot) => this.#dueOf(slot));
  /** By the time of its write, from when on each entry is absent, ms. */
  #deadlines = NO_TIMES;
  #written = NO_TIMES;
  #used: Float64Array<ArrayBuffer> | undefined;
  /**
   * The ages from which on entries are loaded again, ms; undefined until one has another than the
   * cache's.
   */
  #refreshAges: Float64Array<ArrayBuffer> | undefined;
  readonly #stale = new StaleEntries();
  /** The time of the last reading, ms. */
  now = 0;
  /** When the wheel was turned last, ms. */
  #turned = 0;
  /** Likewise; Infinity if it has not come to an end then. */
  #swept = 0;
  /** Nothing is due before, ms. */
  #next = Infinity;
  /** Where `sweepOne` goes on. */
  #cursor = FIRST_SLOT;
  /** Whether the rest of a sweep follows in a macrotask of its own. */
  isContinued = false;
  /** No entry is absent before, ms: `#next` where there is no stale window, else unknown. */
  #calmUntil = Infinity;
  #slack = LONGEST_TICK;
  /** What `start` writes. */
  #newWritten = 0;
  #newUsed = 0;
  #newDeadline = 0;
  #newRefreshAge = Infinity;
  #seed: HashSeed | undefined;
  #jitters = 0;

  /**
   * Columns of the length of the store's, in which no slot has a deadline. `leave` takes out an entry
   * whose time is over. `wake` must not hold the owner, and calls `fired` first.
   */
  constructor(
    options: ExpiryOptions<K, V>,
    store: SlotStore<K, V>,
    now: number,
    leave: (slot: Slot) => void,
    owner: WeakKey,
    wake: (owner: never) => void,
  ) {
    const { clock, idleTtl = Infinity, staleWhileRevalidate = 0, staleIfError = 0 } = options;
    this.#store = store;
    this.#leave = leave;
    this.#options = options;
    this.#clock = clock;
    this.#idleTtl = idleTtl;
    this.#refreshAfter = options.refreshAfter ?? Infinity;
    this.#staleFor = Math.max(staleWhileRevalidate, staleIfError);
    // Where hits need no time, and no other clock than that of the host.
    this.#trust = clock === hostClock && idleTtl === Infinity ? trust : noTrust;
    if (clock.schedule !== undefined && hasWeakRef) {
      const schedules = clock as Required<Clock>;
      this.timer = new ExpiryTimer(
        owner,
        wake as (owner: WeakKey) => void,
        schedules,
        options.onError,
      );
    }
    if (idleTtl !== Infinity) this.#used = new Float64Array(0);
    this.now = now;
    this.clear(store.length);
  }

  /** Whether the clock is the program's own, and may do anything with the cache when it is read. */
  get hasOwnClock(): boolean {
    return this.#clock !== hostClock;
  }

  /** Two times, links of the wheel, and more if uses, ages of their own or stale windows count. */
  get slotBytes(): number {
    const used = this.#used === undefined ? 0 : 8;
    return 24 + used + (this.#refreshAges === undefined ? 0 : 8) + (this.#staleFor > 0 ? 8 : 0);
  }

  /** Entries in their stale window. */
  get staleCount(): number {
    return this.#stale.size;
  }

  /** Sum of their weights. */
  get staleWeight(): number {
    return this.#stale.weight;
  }

  /** A slot in its stale window, or 0. */
  get oldestStale(): Slot {
    return this.#stale.oldest;
  }

  /** Whether a sweep has left entries that are due to the next one. */
  get isUnfinished(): boolean {
    return this.#swept === Infinity;
  }

  /** Reads the clock. */
  read(): number {
    return (this.now = this.#clock.now());
  }

  /** Whether an entry is live, as far as that is known without a reading. */
  isSurelyLive(slot: Slot): boolean {
    const given = this.#trust;
    if (given.left <= 0) return false;
    // Where nothing at all is due, the deadline of the slot need not be fetched.
    if (!(this.#calmUntil > given.until || this.#deadlines[slot]! > given.until)) return false;
    return given.spend();
  }

  /** Whether an entry is so old that it is to be loaded again. */
  isRefreshDue(slot: Slot): boolean {
    return this.now - this.#written[slot]! >= this.#refreshAgeOf(slot);
  }

  /** Whether an entry is live and not due for a refresh, as far as that is known without a reading. */
  isSurelyFresh(slot: Slot): boolean {
    const age = this.#trust.until - this.#written[slot]!;
    return age < this.#refreshAgeOf(slot) && this.isSurelyLive(slot);
  }

  /** Whether an entry is out of sight. */
  isAbsent(slot: Slot): boolean {
    return (
      this.now >= this.#deadlines[slot]! ||
      (this.#used !== undefined && this.now >= this.#used[slot]! + this.#idleTtl)
    );
  }

  /**
   * Time since an entry expired, ms; below 0 while it is live. Infinity for one that is never
   * served stale.
   */
  stalenessOf(slot: Slot): number {
    const staleness = this.now - this.#absentFrom(slot);
    return staleness >= 0 && this.#store.value(slot) === undefined ? Infinity : staleness;
  }

  /** Whether an entry is to leave. */
  isOver(slot: Slot): boolean {
    const absentFrom = this.#absentFrom(slot);
    if (this.now < absentFrom) return false;
    return this.now >= absentFrom + this.#staleForOf(this.#store.value(slot));
  }

  /** Notes a use of an entry. */
  use(slot: Slot): void {
    // A clock that has gone back does not take time away.
    if (this.#used !== undefined) this.#used[slot] = Math.max(this.#used[slot]!, this.now);
  }

  /** How long an entry is to live, ms. Calls `expires`. */
  lifetimeOf(value: V, key: K, ttl: number | undefined): number {
    const { expires, ttl: usual = Infinity, ttlJitter = 0 } = this.#options;
    const own: unknown = ttl === undefined ? expires?.(value, key) : undefined;
    if (own === undefined) {
      let lifetime = ttl ?? usual;
      if (ttlJitter > 0) {
        // Others than the secrets of the index, of which jitter tells something.
        this.#seed ??= hashSeed(-1 - this.#options.seed);
        lifetime *= 1 - (ttlJitter * (mix(++this.#jitters, this.#seed) >>> 0)) / 2 ** 32;
      }
      return ttl === undefined ? lifetime : this.#shorten(lifetime);
    }
    if (typeof own !== "number" || Number.isNaN(own)) {
      refuse("set entry", `expires returns ${print(own)}`, "milliseconds or undefined");
    }
    return this.#shorten(own);
  }

  /** Reads the clock for a write of an entry that lives so many ms from now. Returns whether it lives at all. */
  prepare(lifetime: number): boolean {
    const now = this.read();
    this.#newWritten = this.#newUsed = now;
    this.#newDeadline = now + lifetime;
    return this.#newDeadline > now;
  }

  /**
   * Does the same, at the last reading of the clock, for a write that leaves a live entry its
   * deadline.
   */
  keep(slot: Slot): boolean {
    this.#newWritten = this.#newUsed = this.now;
    this.#newDeadline = this.#deadlines[slot]!;
    return true;
  }

  /** Does the same for an entry with a past, which may be in its stale window. */
  restore({ writtenAt, usedAt, expiresAt }: StoredTimes, value: V): boolean {
    const now = this.read();
    const offset = now - Date.now();
    this.#newWritten = writtenAt === undefined ? now : writtenAt + offset;
    this.#newUsed = usedAt === undefined ? now : usedAt + offset;
    this.#newDeadline = expiresAt === undefined ? Infinity : expiresAt + offset;
    const absentFrom = Math.min(this.#newDeadline, this.#newUsed + this.#idleTtl);
    return absentFrom + this.#staleForOf(value) > now;
  }

  /**
   * From this age on, ms, the entry that is about to be written is loaded again; undefined for
   * that of the cache.
   */
  refreshFrom(age: number | undefined): void {
    this.#newRefreshAge = age ?? this.#refreshAfter;
    if (age === undefined || this.#refreshAges !== undefined) return;
    this.#refreshAges = new Float64Array(this.#deadlines.length).fill(this.#refreshAfter);
  }

  /** An entry is written: its time begins. Called before its old weight is forgotten. */
  start(slot: Slot): void {
    this.#deadlines[slot] = this.#newDeadline;
    this.#written[slot] = this.#newWritten;
    if (this.#used !== undefined) this.#used[slot] = this.#newUsed;
    if (this.#refreshAges !== undefined) this.#refreshAges[slot] = this.#newRefreshAge;
    if (this.#stale.size > 0) this.#stale.delete(slot, this.#store.weightOf(slot));
    const due = this.#absentFrom(slot);
    this.#wheel.arm(slot, due);
    if (due < this.#next) this.#expectNext(due);
  }

  /** An entry leaves. Called before its weight is forgotten. */
  forget(slot: Slot): void {
    this.#wheel.cancel(slot);
    if (this.#stale.size > 0) this.#stale.delete(slot, this.#store.weightOf(slot));
  }

  /** The entry at `from` goes on at `to`. */
  move(from: Slot, to: Slot): void {
    this.#deadlines[to] = this.#deadlines[from]!;
    this.#written[to] = this.#written[from]!;
    if (this.#used !== undefined) this.#used[to] = this.#used[from]!;
    if (this.#refreshAges !== undefined) this.#refreshAges[to] = this.#refreshAges[from]!;
    this.#wheel.move(from, to);
    this.#stale.move(from, to);
  }

  /** Columns are to have `length` elements. */
  grow(length: number): void {
    this.#deadlines = resized(this.#deadlines, length);
    this.#written = resized(this.#written, length);
    if (this.#used !== undefined) this.#used = resized(this.#used, length);
    if (this.#refreshAges !== undefined) this.#refreshAges = resized(this.#refreshAges, length);
    this.#stale.resize(length);
    this.#wheel.grow(length);
  }

  /** Forgets all entries, and stops the timer. */
  clear(length: number): void {
    this.#stale.clear();
    this.#refreshAges = undefined;
    this.#deadlines = this.#written = NO_TIMES;
    if (length > FIRST_SLOT) {
      this.#deadlines = new Float64Array(length).fill(Infinity);
      this.#written = new Float64Array(length).fill(this.now);
    }
    if (this.#used !== undefined) this.#used = this.#written.slice();
    this.#wheel.reset(length, this.now);
    this.#turned = this.#swept = this.now;
    this.#expectNext(Infinity);
    this.#slack = this.#shortestTick();
    this.timer?.stop();
  }

  /** Whether entries may be due. */
  get isDue(): boolean {
    return this.now >= this.#next || this.now < this.#swept;
  }

  /** Whether nothing is due soon. */
  get isCalm(): boolean {
    return this.#next > this.now + LONGEST_TICK;
  }

  /** Slots that a call sweeps which may be one of many in its turn. */
  get slotsOfCall(): number {
    return this.isContinued ? FEW_SLOTS : MANY_SLOTS;
  }

  /**
   * Has the entries leave whose time is over.
   * Goes through a slice that begins with so many slots, and leaves the rest to the next call; through
   * all for Infinity. Returns whether none is left.
   */
  sweep(slots: number): boolean {
    if (this.now < this.#turned) {
      this.#stale.clear();
      this.#expectNext(-Infinity);
      this.#wheel.turnBack(this.now);
    }
    const isDone = this.#wheel.advance(this.now, (slot) => this.#end(slot), createSlice(slots));
    this.#turned = this.now;
    if (isDone) {
      this.#swept = this.now;
      this.#expectNext(this.#wheel.next);
      if (this.#next === Infinity) this.#slack = this.#shortestTick();
    } else {
      this.#swept = Infinity;
      // What `sweepOne` has found out still holds.
      this.#expectNext(Math.max(this.#next, this.#wheel.next));
    }
    return isDone;
  }

  /**
   * Does what a sweep does for one entry that is due, if there is one: also while a sweep has not come
   * to an end, and at its cost alone if it has. Returns whether the entry left.
   */
  sweepOne(): boolean {
    if (this.now < this.#next) return false;
    const { length } = this.#deadlines;
    let soonest = Infinity;
    for (let left = length; left > 0; left--) {
      if (this.#cursor >= length) this.#cursor = FIRST_SLOT;
      const slot = this.#cursor++;
      const due = this.#dueOf(slot);
      if (due > this.now) soonest = Math.min(soonest, due);
      else if (this.#wheel.isArmed(slot)) return this.#end(slot);
    }
    this.#expectNext(soonest);
    return false;
  }

  /**
   * The time of an entry has come: its stale window begins, or is over. Returns whether it leaves.
   */
  #end(slot: Slot): boolean {
    const staleFor = this.#staleForOf(this.#store.value(slot));
    if (staleFor === 0 || this.#stale.has(slot)) {
      this.#leave(slot);
      return true;
    }
    this.#stale.add(slot, this.#store.weightOf(slot), this.#deadlines.length);
    this.#wheel.arm(slot, this.#dueOf(slot));
    return false;
  }

  /** Sees to it that the cache is woken when something is due. Calls the clock. */
  wakeInTime(): void {
    this.timer?.ensure(this.#next, this.now, this.#slack);
  }

  /** What is to be told of an entry's time, from the last reading of the clock on. */
  timesOf(slot: Slot): EntryTimes {
    const absentFrom = this.#absentFrom(slot);
    return {
      age: this.now - this.#written[slot]!,
      ...(this.#used !== undefined && { idle: this.now - this.#used[slot]! }),
      ...(absentFrom !== Infinity && { expiresIn: absentFrom - this.now }),
    };
  }

  /** The times of an entry for a snapshot; `offset` makes those of the clock times since 1970. */
  storedTimesOf(slot: Slot, offset: number): StoredTimes {
    const deadline = this.#deadlines[slot]!;
    const refreshAge = this.#refreshAgeOf(slot);
    return {
      writtenAt: this.#written[slot]! + offset,
      ...(this.#used !== undefined && { usedAt: this.#used[slot]! + offset }),
      ...(deadline !== Infinity && { expiresAt: deadline + offset }),
      ...(refreshAge !== this.#refreshAfter && { refreshAfter: refreshAge }),
    };
  }

  #refreshAgeOf(slot: Slot): number {
    return this.#refreshAges === undefined ? this.#refreshAfter : this.#refreshAges[slot]!;
  }

  #staleForOf(value: V): number {
    return value === undefined ? 0 : this.#staleFor;
  }

  #expectNext(due: number): void {
    this.#next = due;
    this.#calmUntil = this.#staleFor === 0 ? due : -Infinity;
  }

  #absentFrom(slot: Slot): number {
    const deadline = this.#deadlines[slot]!;
    return this.#used === undefined
      ? deadline
      : Math.min(deadline, this.#used[slot]! + this.#idleTtl);
  }

  #dueOf(slot: Slot): number {
    const deadline = this.#absentFrom(slot);
    return this.#stale.has(slot) ? deadline + this.#staleFor : deadline;
  }

  #shortestTick(): number {
    const { ttl = Infinity } = this.#options;
    return Math.min(LONGEST_TICK, Math.min(ttl, this.#idleTtl) / TICKS_PER_LIFE);
  }

  #shorten(lifetime: number): number {
    if (lifetime > 0) this.#slack = Math.min(this.#slack, lifetime / TICKS_PER_LIFE);
    return lifetime;
  }
}
