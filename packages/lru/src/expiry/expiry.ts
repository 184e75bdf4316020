import { hasWeakRef } from "../host/attempt.ts";
import { print, refuse } from "../checks/read-options.ts";
import { hashSeed, mix, type HashSeed } from "../table/hash.ts";
import type { Slot } from "../policy/policy.ts";
import { FIRST_SLOT, resized, type SlotStore } from "../table/slot-store.ts";
import { burstCredit, hostClock, noCredit, type Clock, type ClockCredit } from "./clock.ts";
import { ExpiryTimer } from "./expiry-timer.ts";
import { createSlice, FEW_SLOTS, MANY_SLOTS } from "./slice.ts";
import { StaleEntries } from "./stale-entries.ts";
import type { TimeOptions } from "./time-options.ts";
import { TimerWheel } from "./timer-wheel.ts";

/**
 * The longest delay between the deadline of an entry and its removal by the timer: 1 s, or 1/64 of
 * the ttl if that is shorter.
 */
const LONGEST_TICK = 1000;
const TICKS_PER_LIFE = 64;

/** The times of a cache before its first entry. */
const NO_TIMES = /* @__PURE__ */ new Float64Array(0);

/** The options of a cache that concern its time, with its clock and its seed. */
export interface ExpiryOptions<K, V> extends TimeOptions<K, V> {
  readonly clock: Clock;
  readonly seed: number;
  /** How long loading may return an expired entry, ms. */
  readonly staleWhileRevalidate?: number | undefined;
  readonly staleIfError?: number | undefined;
  /** From this age on a use of an entry loads the entry again, ms. */
  readonly refreshAfter?: number | undefined;
  /** Called with the error of a clock that throws while it sets a timer. */
  readonly onError?: ((error: unknown) => void) | undefined;
}

/** The times of an entry in the result of `info`. */
export interface EntryTimes {
  /** Time since the last write, ms. Only in a cache with a ttl or another option of time. */
  age?: number;
  /** Time since the last use, ms. Only in a cache with `idleTtl`. */
  idle?: number;
  /** Time until the entry expires if it is not used before, ms. Omitted if it does not expire. */
  expiresIn?: number;
}

/**
 * The times of an entry in a snapshot, ms since 1970. Each is omitted if the cache that the
 * snapshot was taken from does not keep that time.
 */
export interface StoredTimes {
  /** The time of the last write. */
  readonly writtenAt?: number;
  /** The time of the last use. Only in a cache with `idleTtl`. */
  readonly usedAt?: number;
  /** The time at which the entry expires, counted from its write. Omitted if it never does. */
  readonly expiresAt?: number;
  /**
   * The age from which on a use loads the entry again, ms, if it is not `refreshAfter` of the
   * cache. Null for never: JSON writes Infinity so.
   */
  readonly refreshAfter?: number | null;
}

/**
 * The times of all entries, in columns over the slots: when each was written, when it expires, and
 * when it has to be removed.
 *
 * An entry is absent from its deadline on, which is `ttl` after the write or `idleTtl` after the
 * last use, whichever is earlier. With a stale window the entry is kept `staleFor` longer, and
 * removed then. A value of `undefined` has no stale window: it is an answer like others, and must
 * not be served longer than agreed.
 *
 * ```
 *   write         refreshAfter         deadline         deadline + staleFor
 *     |---- fresh ---->|------ live ------>|---- stale window ---->|
 *                      isRefreshDue        isAbsent                isOver
 * ```
 *
 * | Question        | Of       | True if                                             | Clock    |
 * | --------------- | -------- | --------------------------------------------------- | -------- |
 * | `isSurelyLive`  | an entry | its deadline is after the end of a burst of hits    | not read |
 * | `isSurelyFresh` | an entry | the same, and it needs no refresh until that end    | not read |
 * | `isRefreshDue`  | an entry | its age has reached `refreshAfter`: load it again   | at `now` |
 * | `isAbsent`      | an entry | its deadline has come: reads do not find it         | at `now` |
 * | `isOver`        | an entry | its stale window has ended too: remove it           | at `now` |
 * | `isDue`         | all      | some entry may be absent or over: sweep             | at `now` |
 * | `isCalm`        | all      | no entry becomes absent or over in the next second  | at `now` |
 *
 * The first two return false if the answer is not known: then the caller reads the clock, and asks
 * `isAbsent`.
 *
 * A hit only notes the time of use. When a sweep reaches the slot, the present deadline is
 * computed, and the wheel arms the slot again if that deadline is later.
 *
 * A clock of the program may do anything with the cache when it is read, so the cache reads it
 * before it changes anything. The last reading is `now`; only `read`, `prepare` and `restore` read
 * it again.
 */
export class Expiry<K, V> {
  readonly #store: SlotStore<K, V>;
  readonly #leave: (slot: Slot) => void;
  readonly #options: ExpiryOptions<K, V>;
  readonly #clock: Clock;
  readonly #idleTtl: number;
  readonly #refreshAfter: number;
  readonly #staleFor: number;
  readonly #credit: ClockCredit;
  /** Undefined if the clock sets no timers, or if the host has no weak references. */
  readonly timer: ExpiryTimer<WeakKey> | undefined;
  readonly #wheel = new TimerWheel();
  /** The time from which on each entry is absent, ms; uses are not counted. */
  #deadlines = NO_TIMES;
  #written = NO_TIMES;
  #used: Float64Array<ArrayBuffer> | undefined;
  /**
   * The age from which on each entry is loaded again, ms; undefined while all have the
   * `refreshAfter` of the cache.
   */
  #refreshAges: Float64Array<ArrayBuffer> | undefined;
  readonly #stale = new StaleEntries();
  /** The time of the last reading, ms. */
  now = 0;
  /** The time of the last sweep, ms. */
  #turned = 0;
  /** The same; Infinity if the last sweep did not finish. */
  #swept = 0;
  /** No entry is due before, ms. */
  #next = Infinity;
  /** The slot at which `sweepOne` continues. */
  #cursor = FIRST_SLOT;
  /** Whether the rest of a sweep follows in a macrotask of its own. */
  isContinued = false;
  /** No entry is absent before, ms: `#next` without a stale window, else unknown. */
  #calmUntil = Infinity;
  /** The longest delay from the deadline of an entry to its removal, ms. */
  #slack = LONGEST_TICK;
  /** The times that `start` writes. */
  #newWritten = 0;
  #newUsed = 0;
  #newDeadline = 0;
  #newRefreshAge = Infinity;
  #seed: HashSeed | undefined;
  #jitters = 0;

  /**
   * Creates columns of the length of the store, in which no slot has a deadline. `leave` removes an
   * entry that is over, and calls `forget`. `wake` must not hold the owner, and calls `fired`
   * first.
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
    // Only if hits need not note their time, and the clock is the host's own.
    this.#credit = clock === hostClock && idleTtl === Infinity ? burstCredit : noCredit;
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

  /**
   * Whether the clock belongs to the program, and may do anything with the cache when it is read.
   */
  get hasOwnClock(): boolean {
    return this.#clock !== hostClock;
  }

  /**
   * Bytes for each slot: two times, two links of the wheel, and more if the cache keeps times of
   * use, refresh ages or a stale window.
   */
  get slotBytes(): number {
    const used = this.#used === undefined ? 0 : 8;
    return 24 + used + (this.#refreshAges === undefined ? 0 : 8) + (this.#staleFor > 0 ? 8 : 0);
  }

  /** The number of entries in their stale window. */
  get staleCount(): number {
    return this.#stale.size;
  }

  /** The sum of their weights. */
  get staleWeight(): number {
    return this.#stale.weight;
  }

  /** The slot whose stale window began first, or 0 if no entry is stale. */
  get oldestStale(): Slot {
    return this.#stale.oldest;
  }

  /** Whether the last sweep did not finish: entries that are due are left. */
  get isUnfinished(): boolean {
    return this.#swept === Infinity;
  }

  /** Reads the clock. */
  read(): number {
    return (this.now = this.#clock.now());
  }

  /** Whether an entry is live, without a reading. Returns false if that is not known. */
  isSurelyLive(slot: Slot): boolean {
    const credit = this.#credit;
    if (credit.left <= 0) return false;
    // If no entry at all is due, the deadline of this slot need not be fetched.
    if (!(this.#calmUntil > credit.until || this.#deadlines[slot]! > credit.until)) return false;
    return credit.spend();
  }

  /** Whether an entry is so old that a use loads it again. */
  isRefreshDue(slot: Slot): boolean {
    return this.now - this.#written[slot]! >= this.#refreshAgeOf(slot);
  }

  /**
   * Whether an entry is live and too young for a refresh, without a reading. Returns false if that
   * is not known.
   */
  isSurelyFresh(slot: Slot): boolean {
    const age = this.#credit.until - this.#written[slot]!;
    return age < this.#refreshAgeOf(slot) && this.isSurelyLive(slot);
  }

  /** Whether the deadline of an entry has come, so that reads do not find the entry. */
  isAbsent(slot: Slot): boolean {
    return (
      this.now >= this.#deadlines[slot]! ||
      (this.#used !== undefined && this.now >= this.#used[slot]! + this.#idleTtl)
    );
  }

  /**
   * Time since an entry expired, ms; below 0 while it is live. Infinity if it has expired and its
   * value may not be served stale.
   */
  stalenessOf(slot: Slot): number {
    const staleness = this.now - this.#absentFrom(slot);
    return staleness >= 0 && this.#store.value(slot) === undefined ? Infinity : staleness;
  }

  /** Whether an entry must be removed: its deadline has come, and its stale window has ended. */
  isOver(slot: Slot): boolean {
    const absentFrom = this.#absentFrom(slot);
    if (this.now < absentFrom) return false;
    return this.now >= absentFrom + this.#staleForOf(this.#store.value(slot));
  }

  /** Notes the time of a use of an entry. */
  use(slot: Slot): void {
    // A clock that has gone back does not make an entry expire sooner.
    if (this.#used !== undefined) this.#used[slot] = Math.max(this.#used[slot]!, this.now);
  }

  /**
   * The time to live of an entry that is about to be written, ms. Calls `expires`. Throws a
   * TypeError if `expires` returns neither a number nor undefined.
   */
  lifetimeOf(value: V, key: K, ttl: number | undefined): number {
    const { expires, ttl: usual = Infinity, ttlJitter = 0 } = this.#options;
    const own: unknown = ttl === undefined ? expires?.(value, key) : undefined;
    if (own === undefined) {
      let lifetime = ttl ?? usual;
      if (ttlJitter > 0) {
        // Not the seed of the index, which could be computed from deadlines that are seen outside.
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

  /**
   * Reads the clock for the write of an entry with this time to live, ms. Returns false if the
   * entry has expired already.
   */
  prepare(lifetime: number): boolean {
    const now = this.read();
    this.#newWritten = this.#newUsed = now;
    this.#newDeadline = now + lifetime;
    return this.#newDeadline > now;
  }

  /** The same for a write that keeps the deadline of a live entry. Does not read the clock. */
  keep(slot: Slot): boolean {
    this.#newWritten = this.#newUsed = this.now;
    this.#newDeadline = this.#deadlines[slot]!;
    return true;
  }

  /** The same for an entry of a snapshot, which may be in its stale window. */
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
   * Sets the age, ms, from which on the entry that is about to be written is loaded again.
   * Undefined for the `refreshAfter` of the cache.
   */
  refreshFrom(age: number | undefined): void {
    this.#newRefreshAge = age ?? this.#refreshAfter;
    if (age === undefined || this.#refreshAges !== undefined) return;
    this.#refreshAges = new Float64Array(this.#deadlines.length).fill(this.#refreshAfter);
  }

  /** Writes the times of an entry that is written. Called before its old weight is replaced. */
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

  /** Forgets an entry that is removed. Called while its weight can still be read. */
  forget(slot: Slot): void {
    this.#wheel.cancel(slot);
    if (this.#stale.size > 0) this.#stale.delete(slot, this.#store.weightOf(slot));
  }

  /** Moves the entry at `from` to the slot `to`. */
  move(from: Slot, to: Slot): void {
    this.#deadlines[to] = this.#deadlines[from]!;
    this.#written[to] = this.#written[from]!;
    if (this.#used !== undefined) this.#used[to] = this.#used[from]!;
    if (this.#refreshAges !== undefined) this.#refreshAges[to] = this.#refreshAges[from]!;
    this.#wheel.move(from, to);
    this.#stale.move(from, to);
  }

  /** Makes all columns `length` elements long. */
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

  /** Whether some entry may be absent or over. */
  get isDue(): boolean {
    return this.now >= this.#next || this.now < this.#swept;
  }

  /** Whether no entry becomes absent or over within the next second. */
  get isCalm(): boolean {
    return this.#next > this.now + LONGEST_TICK;
  }

  /** The number of slots that one call of the cache sweeps: few if the rest follows anyway. */
  get slotsOfCall(): number {
    return this.isContinued ? FEW_SLOTS : MANY_SLOTS;
  }

  /**
   * Removes the entries that are over, and begins the stale windows of others that expired. Looks
   * at `slots` slots, by default at as many as one call of the cache may, and at more while there
   * is time; at all for Infinity. Returns whether it has finished. If not, the next call continues.
   */
  sweep(slots: number = this.slotsOfCall): boolean {
    const wheel = this.#wheel;
    const now = this.now;
    if (now < this.#turned) {
      this.#stale.clear();
      this.#expectNext(-Infinity);
      for (const slot of wheel.turnBack(now)) wheel.arm(slot, this.#dueOf(slot));
    }
    const goesOn = createSlice(slots);
    let slot = wheel.reach(now);
    for (; slot !== 0 && goesOn(); slot = wheel.reach(now)) {
      if (!wheel.postpone(slot, this.#dueOf(slot), now)) this.#end(slot);
    }
    this.#turned = now;
    if (slot === 0) {
      this.#swept = now;
      this.#expectNext(wheel.next);
      if (this.#next === Infinity) this.#slack = this.#shortestTick();
    } else {
      this.#swept = Infinity;
      // `sweepOne` may have found out that no entry is due for longer.
      this.#expectNext(Math.max(this.#next, wheel.next));
    }
    return slot === 0;
  }

  /**
   * Does the work of a sweep for one entry that is due, if there is one, even between the parts of
   * a sweep. Returns whether it removed an entry.
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
   * Begins the stale window of an entry whose deadline has come, or removes the entry. Either way
   * the wheel no longer has the slot in the same bucket. Returns whether the entry was removed.
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

  /** Sets the timer, so that the cache is woken when an entry is due. Calls the clock. */
  wakeInTime(): void {
    this.timer?.ensure(this.#next, this.now, this.#slack);
  }

  /** The times of an entry for `info`, at the last reading of the clock. */
  timesOf(slot: Slot): EntryTimes {
    const absentFrom = this.#absentFrom(slot);
    return {
      age: this.now - this.#written[slot]!,
      ...(this.#used !== undefined && { idle: this.now - this.#used[slot]! }),
      ...(absentFrom !== Infinity && { expiresIn: absentFrom - this.now }),
    };
  }

  /**
   * The times of an entry for a snapshot. `offset` turns times of the clock into times since 1970.
   */
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

  /** Notes that no entry is due before this time, ms. */
  #expectNext(due: number): void {
    this.#next = due;
    this.#calmUntil = this.#staleFor === 0 ? due : -Infinity;
  }

  /** The deadline of an entry: the time from which on it is absent, ms. */
  #absentFrom(slot: Slot): number {
    const deadline = this.#deadlines[slot]!;
    return this.#used === undefined
      ? deadline
      : Math.min(deadline, this.#used[slot]! + this.#idleTtl);
  }

  /**
   * The time for which an entry has to be armed, ms: its deadline, or the end of its stale window.
   */
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
