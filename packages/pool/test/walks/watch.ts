import type { Lease } from "@heapwise/pool";
import { FakeClock } from "@heapwise/testkit";
import type { CallSignal } from "./call-signal.ts";
import { Ledger, type Thing } from "./ledger.ts";
import type { PoolUnderTest, Standing } from "./pool-under-test.ts";
import type { WalkOptions } from "./walk-options.ts";

/** A call of `acquire` or `use`. */
export interface Call {
  readonly key: string;
  readonly askedAt: number;
  readonly timeout: number;
  readonly signal: CallSignal;
  /** Whether it may fail with an error of its own functions. */
  readonly mayFail: boolean;
  isDone: boolean;
  /** The time from which on it may find the pool or its key closed. */
  closedFrom: number;
  readonly crowd: Crowd;
  /** Whether the pool has not returned yet. Calls made by its functions may change everything. */
  isAsking: boolean;
  /** Whether the pool was called in that time. */
  isDisturbed: boolean;
}

/** The number of unserved waiters when a call came, and the maximum. */
interface Crowd {
  readonly wait: number;
  readonly waitOfKey: number;
  readonly most: number;
  readonly mostOfKey: number;
  /** Whether no call waited and there was room for one more. */
  readonly hasRoom: boolean;
}

export interface Held {
  readonly lease: Lease<Thing>;
  readonly thing: Thing;
  /** Ends the call of `use` that has this loan. */
  readonly end?: () => void;
  /** Runs code in the async context of that call. */
  readonly within?: (run: () => void) => void;
}

/** A close that has begun, of one key or of all keys. */
export interface Closing {
  readonly key: string | undefined;
  forceAt: number;
  isForced: boolean;
  isOver: boolean;
}

/** Records a pool from outside, and checks that the pool reports and does the same. */
export class Watch {
  pool!: PoolUnderTest<Thing>;
  readonly clock: FakeClock = new FakeClock(1000);
  readonly walk: WalkOptions;
  readonly ledger: Ledger = new Ledger();
  readonly keys: readonly string[];
  readonly log: string[] = [];
  /** Open calls. */
  readonly calls: Set<Call> = new Set();
  /** Open loans. */
  readonly held: Held[] = [];
  readonly closings: Closing[] = [];
  /** Keys that are suspended; "*" for all. */
  readonly suspended: Set<string> = new Set();
  /** Keys that `resume` of all may or may not have resumed. */
  readonly maybeSuspended: Set<string> = new Set();
  suspensions = 0;
  bounds: { max: number; maxPerKey: number; min: number };
  /** The maximum number of resources: more than `max` after a reduction. */
  ceiling: number;
  loans = 0;
  readonly errors: string[] = [];
  #suspensionsSeen = 0;

  constructor(walk: WalkOptions, keys: readonly string[]) {
    this.walk = walk;
    this.keys = keys;
    const { max, maxPerKey = max, min = 0 } = walk.options;
    this.bounds = { max, maxPerKey: Math.min(max, maxPerKey), min };
    this.ceiling = max;
  }

  /** Whether calls for this key may find it closed. */
  isClosing(key: string): boolean {
    return this.closings.some((closing) => !closing.isOver && isMeant(closing, key));
  }

  /** Whether leased resources may be destroyed now. */
  mayForce(key: string): boolean {
    const now = this.clock.now();
    return this.closings.some(
      (closing) => !closing.isOver && closing.forceAt <= now && isMeant(closing, key),
    );
  }

  /** The number of waiters before a call for this key, and the maximum. */
  crowdOf(key: string): Crowd {
    const { maxWaiters: most = Infinity, maxWaitersPerKey: mostOfKey = most } = this.walk.options;
    if (most === Infinity && mostOfKey === Infinity) {
      return { wait: 0, waitOfKey: 0, most, mostOfKey, hasRoom: false };
    }
    const all = this.pool.stats();
    const own = this.pool.statsOf(key);
    const { max, maxPerKey } = this.bounds;
    const isSuspended = [this.suspended, this.maybeSuspended].some(
      (set) => set.has("*") || set.has(key),
    );
    const room = isSuspended ? 0 : max - all.total + all.closing;
    const roomOfKey = own === undefined ? room : maxPerKey - own.total + own.closing;
    const hasRoom = all.waiting === 0 && room + (isSuspended ? 0 : all.idle) > 0 && roomOfKey > 0;
    const coming = isSuspended ? 0 : (own?.creating ?? 0);
    // Calls of other keys may come first for the room of all keys.
    const roomOfOwn = this.pool.kind === "resource" ? Math.max(0, room) : 0;
    const waitOfKey = (own?.waiting ?? 0) - coming - roomOfOwn;
    return { wait: all.waiting, waitOfKey, most, mostOfKey, hasRoom };
  }

  /** Notes that a close is about to begin. */
  close(key: string | undefined, deadline: number, serves: boolean): Closing {
    const now = this.clock.now();
    // The time of a timer is a sum of fractions, and may be a little less.
    const forceAt = now + deadline - 1e-6;
    const closing: Closing = { key, forceAt, isForced: deadline === 0, isOver: false };
    this.closings.push(closing);
    for (const call of this.calls) {
      if (!isMeant(closing, call.key)) continue;
      call.closedFrom = Math.min(call.closedFrom, serves && !call.isAsking ? forceAt : now);
    }
    if (deadline === 0) this.ledger.abandonCreations(key);
    return closing;
  }

  /** Looks for loans that have begun since the last look. */
  observe(): void {
    const now = this.clock.now();
    // Code that suspends and resumes in that time may see a loan in between.
    const isSteady = this.suspensions === this.#suspensionsSeen;
    this.#suspensionsSeen = this.suspensions;
    const { idleTimeout = Infinity, minIdle = 0, maxUses = Infinity } = this.walk.options;
    for (const { value: thing, loan } of this.pool.holders()) {
      if (thing.loan === loan) continue;
      const { id } = thing;
      if (loan.endsWith(".0")) this.fail(`holders() has ${id}, which was never lent`);
      if (thing.destroys > 0) this.fail(`${id} is lent after it was destroyed`);
      if (thing.isLent) this.fail(`${id} is lent to two`);
      if (now >= thing.endsBy) this.fail(`${id} is lent after its time, ${thing.endsBy}`);
      if (this.bounds.min + minIdle === 0 && now - thing.idleSince > idleTimeout) {
        this.fail(`${id} is lent, idle since ${thing.idleSince}`);
      }
      if (isSteady && (this.suspended.has("*") || this.suspended.has(thing.key))) {
        this.fail(`${id} is lent in a suspended pool`);
      }
      thing.loan = loan;
      thing.isLent = true;
      if (++thing.uses > maxUses) this.fail(`${id} is lent for the ${thing.uses}th time`);
    }
    this.force();
  }

  /** Stops counting creations for which a close no longer waits. */
  force(): void {
    const now = this.clock.now();
    for (const closing of this.closings) {
      if (closing.isForced || closing.isOver || closing.forceAt > now) continue;
      closing.isForced = true;
      this.ledger.abandonCreations(closing.key);
    }
  }

  /** Checks the invariants that hold at every moment. */
  look(): void {
    const stats = this.pool.stats();
    const { total, idle, leased, creating, waiting } = stats;
    const { checking, resetting, closing } = stats;
    this.ceiling = Math.max(this.bounds.max, Math.min(this.ceiling, total));
    if (total < 0 || total > this.ceiling) this.fail(`total ${total} of ${this.ceiling}`);
    const sum = idle + leased + creating + checking + resetting + closing;
    if (sum !== total) this.fail(`parts make ${sum} of ${total}`);
    if (waiting < 0) this.fail(`${waiting} wait`);
    if (this.pool.kind === "resource") return;
    const sums: Record<string, number> = {};
    for (const key of this.pool.keys()) {
      const standing = this.pool.statsOf(key);
      if (standing === undefined) {
        this.fail(`statsOf does not know ${key}`);
        continue;
      }
      for (const name of ["total", "idle", "leased", "creating", "waiting"] as const) {
        sums[name] = (sums[name] ?? 0) + standing[name];
      }
    }
    for (const [name, value] of Object.entries(sums)) {
      const whole = (stats as unknown as Record<string, number>)[name];
      if (value !== whole) this.fail(`${name} of all keys ${value}, of the pool ${whole}`);
    }
  }

  /** Checks the invariants that hold when all promises have settled. */
  compare(): void {
    const { ledger } = this;
    const now = this.clock.now();
    ledger.forgetTimedOut(now);
    const stats = this.pool.stats();
    this.same("total", stats.total, ledger.rooms.size);
    this.same("created", stats.created, ledger.made);
    this.same("destroyed", stats.destroyed, ledger.destroyed);
    this.same("waiting", stats.waiting, this.calls.size);
    this.same("acquired", stats.acquired, this.loans);
    this.#compareDurations(stats);
    const lent = ledger.things.filter(({ isLent }) => isLent).map(({ id }) => id);
    const held = this.pool.holders().map(({ value }) => value.id);
    this.same("holders", held.sort((a, b) => a - b).join(), lent.join());
    this.same("leased", stats.leased, lent.length);
    const keys = ledger.keys();
    for (const { key } of this.calls) keys.add(key);
    this.same("keys", this.pool.keys().sort().join(), [...keys].sort().join());
    for (const key of this.keys) this.#compareKey(key);
    for (const call of this.calls) {
      if (call.askedAt + call.timeout < now) {
        this.fail(`a call of ${call.askedAt} for ${call.timeout} ms still waits at ${now}`);
      }
    }
    for (let i = this.held.length - 1; i >= 0; i--) {
      // A resource that was destroyed during its loan need not be given back, but a holder may try.
      const { thing, end } = this.held[i]!;
      if (thing.destroys > 0 && end !== undefined) this.held.splice(i, 1)[0]!.end!();
    }
  }

  #compareDurations({ waitTimes, useTimes, acquired, leased }: Standing): void {
    this.same("wait times", waitTimes.count, acquired);
    this.same("use times", useTimes.count, acquired - leased);
    for (const [name, { count, sum, p50, p90, p99, max }] of Object.entries({
      waitTimes,
      useTimes,
    })) {
      const isOrdered = p50 >= 0 && p50 <= p90 && p90 <= p99 && p99 <= max;
      // Sums of fractions are not exact.
      const isSummed = sum >= max - 1e-6 && sum <= count * max + 1e-6;
      if (!isOrdered || !isSummed) {
        this.fail(`${name} are ${JSON.stringify({ count, sum, p50, p90, p99, max })}`);
      }
    }
  }

  #compareKey(key: string): void {
    const standing = this.pool.statsOf(key);
    if (standing === undefined) return;
    const { total, idle, waiting, creating, checking, resetting } = standing;
    const rooms = this.ledger.roomsOf(key);
    this.same(`total of ${key}`, total, rooms);
    if (total > this.bounds.maxPerKey && total > this.ceiling) this.fail(`${total} of ${key}`);
    const calls = [...this.calls].filter((call) => call.key === key).length;
    this.same(`waiting for ${key}`, waiting, calls);
    const isOpen =
      !this.isClosing(key) &&
      ![this.suspended, this.maybeSuspended].some((set) => set.has("*") || set.has(key));
    if (!isOpen) return;
    if (waiting > checking && idle > 0) this.fail(`${waiting} wait for ${key} beside ${idle} idle`);
    const { createConcurrency = Infinity } = this.walk.options;
    const hasRoom =
      this.pool.stats().total < this.bounds.max &&
      total < this.bounds.maxPerKey &&
      creating < createConcurrency;
    if (hasRoom && this.#isHealthy() && waiting > creating + checking + resetting) {
      this.fail(`${waiting} wait for ${key}, and nothing is made`);
    }
  }

  /** Whether nothing keeps the pool from creating without end. */
  #isHealthy(): boolean {
    const { create, validate, prepare } = this.walk.habits;
    const isBad = (habits: object): boolean =>
      ["throw", "reject", "no", "never", "slow"].some((name) => name in habits);
    return ![create, validate, prepare].some((habits) => habits !== undefined && isBad(habits));
  }

  same(what: string, found: unknown, expected: unknown): void {
    if (found !== expected) this.fail(`${what}: ${String(found)}, expected ${String(expected)}`);
  }

  fail(what: string): void {
    this.errors.push(what);
    this.note(`! ${what} at ${this.clock.now()}`);
  }

  note(line: string): void {
    this.log.push(line);
  }
}

function isMeant({ key }: Closing, other: string): boolean {
  return key === undefined || key === other;
}
