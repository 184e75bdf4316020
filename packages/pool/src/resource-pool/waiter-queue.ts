import type { Deadline } from "../time/deadline-queue.ts";
import type { AcquireOptions } from "./options.ts";

/** A call of `acquire` that waits. Kept small: many of them may be made a second. */
export class Waiter<L> {
  resolve!: (lease: L) => void;
  reject!: (error: unknown) => void;
  readonly options: AcquireOptions;
  readonly purpose: LoanPurpose;
  /** When it began to wait. */
  readonly since: number;
  /** Its place among all that ever waited; written by the queue. */
  order = 0;
  /** The end of its own timeout; those with the usual one share a deadline. */
  deadline: Deadline | undefined = undefined;
  /** Where it was asked for, if that is kept. */
  stack: string | undefined = undefined;
  /** Stops listening to its signal. */
  unlisten: (() => void) | undefined = undefined;
  lane: Lane<L> | undefined = undefined;
  before: Waiter<L> | undefined = undefined;
  after: Waiter<L> | undefined = undefined;

  constructor(options: AcquireOptions, purpose: LoanPurpose, since: number) {
    this.options = options;
    this.purpose = purpose;
    this.since = since;
  }

  get priority(): number {
    return this.options.priority ?? 0;
  }
}

/** In which scopes a loan is asked for, and used. */
export interface LoanPurpose {
  readonly askedIn: object | undefined;
  readonly usedIn: object | undefined;
}

/** The last place in the queue that is told from those behind it. */
const MOST_COUNTED = 1000;

/** Waiters of one priority, the oldest first. */
interface Lane<L> {
  readonly priority: number;
  first: Waiter<L> | undefined;
  last: Waiter<L> | undefined;
}

/**
 * Who is served next. Equals are served in the order in which they came. A step of priority counts
 * like having come `aging` ms earlier; waiting makes all waiters older alike, so the order of two of
 * them never changes, and the next one is the first of some lane. Taking a waiter out takes O(1).
 */
export class WaiterQueue<L> {
  readonly #aging: number;
  /** The highest priority first; a lane that is empty leaves, but for the last one. */
  #lanes: Lane<L>[] = [{ priority: 0, first: undefined, last: undefined }];
  #size = 0;
  #order = 0;

  constructor(aging: number) {
    this.#aging = aging;
  }

  get size(): number {
    return this.#size;
  }

  push(waiter: Waiter<L>): void {
    const lane = this.#laneOf(waiter.priority);
    waiter.lane = lane;
    waiter.order = ++this.#order;
    waiter.before = lane.last;
    if (lane.last === undefined) lane.first = waiter;
    else lane.last.after = waiter;
    lane.last = waiter;
    this.#size++;
  }

  /** Who is served next, or undefined. */
  peek(): Waiter<L> | undefined {
    const lanes = this.#lanes;
    let next = lanes[0]!.first;
    for (let i = 1; i < lanes.length; i++) {
      const other = lanes[i]!.first;
      if (next === undefined || (other !== undefined && this.#isBefore(other, next))) next = other;
    }
    return next;
  }

  /** Takes out who is served next. */
  shift(): Waiter<L> | undefined {
    const waiter = this.peek();
    if (waiter !== undefined) this.remove(waiter);
    return waiter;
  }

  /** Takes a waiter out. Returns whether it was in. */
  remove(waiter: Waiter<L>): boolean {
    const { lane, before, after } = waiter;
    if (lane === undefined) return false;
    if (before === undefined) lane.first = after;
    else before.after = after;
    if (after === undefined) lane.last = before;
    else after.before = before;
    waiter.lane = waiter.before = waiter.after = undefined;
    this.#size--;
    if (lane.first === undefined && this.#lanes.length > 1) {
      this.#lanes = this.#lanes.filter((each) => each !== lane);
    }
    return true;
  }

  /** How many are served before this one, and itself; counts up to `MOST_COUNTED`, so that many who leave at once do not take the square of their number. */
  positionOf(waiter: Waiter<L>): number {
    let position = 1;
    for (const lane of this.#lanes) {
      let other = lane.first;
      while (other !== undefined && other !== waiter && this.#isBefore(other, waiter)) {
        if (++position === MOST_COUNTED) return position;
        other = other.after;
      }
    }
    return position;
  }

  /** Shows the waiters of each lane, the oldest first, until `visit` returns false for one of the lane. They may leave meanwhile. */
  visitLanes(visit: (waiter: Waiter<L>) => boolean): void {
    for (const lane of this.#lanes) {
      let waiter = lane.first;
      while (waiter !== undefined) {
        const { after } = waiter;
        if (!visit(waiter)) break;
        waiter = after;
      }
    }
  }

  /** All waiters, lane by lane. They may leave meanwhile. */
  *[Symbol.iterator](): IterableIterator<Waiter<L>> {
    for (const lane of this.#lanes) {
      let waiter = lane.first;
      while (waiter !== undefined) {
        const { after } = waiter;
        yield waiter;
        waiter = after;
      }
    }
  }

  #isBefore(a: Waiter<L>, b: Waiter<L>): boolean {
    if (a.lane === b.lane) return a.order < b.order;
    const ageOfA = a.since - a.priority * this.#aging;
    const ageOfB = b.since - b.priority * this.#aging;
    return ageOfA < ageOfB || (ageOfA === ageOfB && a.priority > b.priority);
  }

  #laneOf(priority: number): Lane<L> {
    const lanes = this.#lanes;
    if (lanes.length === 1) {
      const only = lanes[0]!;
      if (only.priority === priority) return only;
      if (only.first === undefined) {
        const lane = { priority, first: undefined, last: undefined };
        this.#lanes = [lane];
        return lane;
      }
    }
    let at = 0;
    while (at < lanes.length && lanes[at]!.priority > priority) at++;
    if (lanes[at]?.priority === priority) return lanes[at]!;
    const lane = { priority, first: undefined, last: undefined };
    lanes.splice(at, 0, lane);
    return lane;
  }
}
