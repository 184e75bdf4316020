import { print, refuse } from "../read-options.ts";
import { hashSeed, mix, type HashSeed } from "../index/hash.ts";
import type { Slot } from "../policy/policy.ts";
import { FIRST_SLOT, resized } from "../store/slot-store.ts";
import { hostClock, noTrust, trust, type Clock, type Trust } from "./clock.ts";
import { ExpiryTimer } from "./expiry-timer.ts";
import type { TimeOptions } from "./time-options.ts";
import { TimerWheel } from "./timer-wheel.ts";

/** Entries leave at most so much later than they expire, ms, and at most so small a part of their time to live. */
const LONGEST_TICK = 1000;
const TICKS_PER_LIFE = 64;

/** Slots in their stale window before there is one, and deadlines before there is an entry. */
const NONE: Set<Slot> = /* @__PURE__ */ new Set();
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
}

/**
 * When each entry expires, in columns over the slots.
 *
 * An entry is absent from its deadline on: so long after the write, or so long after the last use,
 * whichever comes first. With a stale window it stays `staleFor` longer, and then leaves.
 *
 * A hit only notes the time. The wheel asks for the deadline when it comes to the slot, and arms it
 * anew where that has moved.
 *
 * The clock may be the program's own, so the cache reads it before it changes anything: `now` is the
 * time of the last reading, and all methods mean that time.
 */
export class Expiry<K, V> {
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
  /** Slots of the entries in their stale window. */
  #stale: Set<Slot> = NONE;
  /** The time of the last reading, ms. */
  now = 0;
  /** When the wheel was turned last, and when it must be turned next at the earliest, ms. */
  #turned = 0;
  #next = Infinity;
  /** No entry is absent before, ms: `#next` where there is no stale window, else unknown. */
  #calmUntil = Infinity;
  #slack = LONGEST_TICK;
  /** What `start` writes. */
  #newWritten = 0;
  #newUsed = 0;
  #newDeadline = 0;
  #seed: HashSeed | undefined;
  #jitters = 0;

  /** Columns of `length` elements, in which no slot has a deadline. `wake` must not hold the owner, and calls `fired` first. */
  constructor(
    options: ExpiryOptions<K, V>,
    length: number,
    now: number,
    owner: WeakKey,
    wake: (owner: never) => void,
  ) {
    const { clock, idleTtl = Infinity, staleWhileRevalidate = 0, staleIfError = 0 } = options;
    this.#options = options;
    this.#clock = clock;
    this.#idleTtl = idleTtl;
    this.#refreshAfter = options.refreshAfter ?? Infinity;
    this.#staleFor = Math.max(staleWhileRevalidate, staleIfError);
    // Where hits need no time, and no other clock than that of the host.
    this.#trust = clock === hostClock && idleTtl === Infinity ? trust : noTrust;
    if (clock.schedule !== undefined && typeof WeakRef !== "undefined") {
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
    this.clear(length);
  }

  /** Whether the clock is the program's own, and may do anything with the cache when it is read. */
  get hasOwnClock(): boolean {
    return this.#clock !== hostClock;
  }

  /** Entries in their stale window. */
  get staleCount(): number {
    return this.#stale.size;
  }

  /** A slot in its stale window, or 0. */
  get oldestStale(): Slot {
    for (const slot of this.#stale) return slot;
    return 0;
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
    return this.now - this.#written[slot]! >= this.#refreshAfter;
  }

  /** Whether an entry is live and not due for a refresh, as far as that is known without a reading. */
  isSurelyFresh(slot: Slot): boolean {
    return this.#trust.until - this.#written[slot]! < this.#refreshAfter && this.isSurelyLive(slot);
  }

  /** Whether an entry is out of sight. */
  isAbsent(slot: Slot): boolean {
    return (
      this.now >= this.#deadlines[slot]! ||
      (this.#used !== undefined && this.now >= this.#used[slot]! + this.#idleTtl)
    );
  }

  /** Time since an entry expired, ms; below 0 while it is live. */
  stalenessOf(slot: Slot): number {
    return this.now - this.#absentFrom(slot);
  }

  /** Whether an entry is to leave. */
  isOver(slot: Slot): boolean {
    return this.now >= this.#absentFrom(slot) + this.#staleFor;
  }

  /** Notes a use of an entry. */
  use(slot: Slot): void {
    if (this.#used !== undefined) this.#used[slot] = this.now;
  }

  /** How long an entry is to live, ms. Calls `expires`. */
  lifetimeOf(value: V, key: K, ttl: number | undefined): number {
    const { expires, ttl: usual = Infinity, ttlJitter = 0 } = this.#options;
    const own: unknown = ttl ?? expires?.(value, key);
    if (own === undefined) {
      if (ttlJitter === 0) return usual;
      // Others than the secrets of the index, of which jitter tells something.
      this.#seed ??= hashSeed(-1 - this.#options.seed);
      return usual * (1 - (ttlJitter * (mix(++this.#jitters, this.#seed) >>> 0)) / 2 ** 32);
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

  /** Does the same for an entry with a past. */
  restore({ writtenAt, usedAt, expiresAt }: StoredTimes): boolean {
    const now = this.read();
    const offset = now - Date.now();
    this.#newWritten = writtenAt === undefined ? now : writtenAt + offset;
    this.#newUsed = usedAt === undefined ? now : usedAt + offset;
    this.#newDeadline = expiresAt === undefined ? Infinity : expiresAt + offset;
    return this.#newDeadline > now && this.#newUsed + this.#idleTtl > now;
  }

  /** An entry was written: its time begins. */
  start(slot: Slot): void {
    this.#deadlines[slot] = this.#newDeadline;
    this.#written[slot] = this.#newWritten;
    if (this.#used !== undefined) this.#used[slot] = this.#newUsed;
    if (this.#stale.size > 0) this.#stale.delete(slot);
    const due = this.#absentFrom(slot);
    this.#wheel.arm(slot, due);
    if (due < this.#next) this.#expectNext(due);
  }

  /** An entry has left. */
  forget(slot: Slot): void {
    this.#wheel.cancel(slot);
    if (this.#stale.size > 0) this.#stale.delete(slot);
  }

  /** The entry at `from` goes on at `to`. */
  move(from: Slot, to: Slot): void {
    this.#deadlines[to] = this.#deadlines[from]!;
    this.#written[to] = this.#written[from]!;
    if (this.#used !== undefined) this.#used[to] = this.#used[from]!;
    this.#wheel.move(from, to);
    if (this.#stale.delete(from)) this.#stale.add(to);
  }

  /** Columns are to have `length` elements. */
  grow(length: number): void {
    this.#deadlines = resized(this.#deadlines, length);
    this.#written = resized(this.#written, length);
    if (this.#used !== undefined) this.#used = resized(this.#used, length);
    this.#wheel.grow(length);
  }

  /** Forgets all entries, and stops the timer. */
  clear(length: number): void {
    this.#stale = NONE;
    this.#deadlines = this.#written = NO_TIMES;
    if (length > FIRST_SLOT) {
      this.#deadlines = new Float64Array(length).fill(Infinity);
      this.#written = new Float64Array(length).fill(this.now);
    }
    if (this.#used !== undefined) this.#used = this.#written.slice();
    this.#wheel.reset(length, this.now);
    this.#turned = this.now;
    this.#expectNext(Infinity);
    this.#slack = this.#shortestTick();
    this.timer?.stop();
  }

  /** Whether entries may be due. */
  get isDue(): boolean {
    return this.now >= this.#next || this.now < this.#turned;
  }

  /** Calls for the entries that are to leave. They are still there, and the callback takes them out. */
  sweep(leave: (slot: Slot) => void): void {
    if (this.now < this.#turned) {
      this.#stale.clear();
      this.#wheel.turnBack(this.now);
    }
    this.#wheel.advance(this.now, (slot) => {
      if (this.#staleFor === 0 || this.#stale.has(slot)) {
        leave(slot);
      } else {
        if (this.#stale === NONE) this.#stale = new Set();
        this.#stale.add(slot);
        this.#wheel.arm(slot, this.#dueOf(slot));
      }
    });
    this.#turned = this.now;
    this.#expectNext(this.#wheel.next);
    if (this.#next === Infinity) this.#slack = this.#shortestTick();
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
    return {
      writtenAt: this.#written[slot]! + offset,
      ...(this.#used !== undefined && { usedAt: this.#used[slot]! + offset }),
      ...(deadline !== Infinity && { expiresAt: deadline + offset }),
    };
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
    return this.#stale.size > 0 && this.#stale.has(slot) ? deadline + this.#staleFor : deadline;
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
