import { BinaryHeap } from "../../binary-heap.ts";
import type { Deadline } from "../../time/deadline-queue.ts";
import type { Reading } from "../../time/shared-reading.ts";
import type { AsyncContext } from "../../outside-context.ts";
import type { AcquireOptions } from "../options.ts";
import type { Slot } from "../lending/slot.ts";

/** A call of `acquire` that waits. Kept small: many of them may be made a second. */
export class Waiter<L> {
  resolve!: (lease: L) => void;
  reject!: (error: unknown) => void;
  readonly options: AcquireOptions;
  readonly purpose: LoanPurpose;
  /** When it began to wait: `reading.at`, or up to `reading.until`. */
  readonly reading: Reading;
  /** Its place among all that ever waited, in any queue; written by the queue. */
  order = 0;
  /** The end of its own timeout; those with the usual one share a deadline. */
  deadline: Deadline | undefined = undefined;
  /** Where it was asked for, if that is kept. */
  stack: string | undefined = undefined;
  /** The async context in which it asked, if something is to be prepared in it. */
  context: AsyncContext | undefined = undefined;
  /** What was last checked for it. */
  slot: Slot<unknown> | undefined = undefined;
  /** Who refuses it when its signal aborts, if it has one. */
  refuser: { refuse(waiter: Waiter<L>, error: unknown): unknown } | undefined = undefined;
  lane: Lane<L> | undefined = undefined;
  before: Waiter<L> | undefined = undefined;
  after: Waiter<L> | undefined = undefined;

  constructor(options: AcquireOptions, purpose: LoanPurpose, reading: Reading) {
    this.options = options;
    this.purpose = purpose;
    this.reading = reading;
  }

  /** When it began to wait, for order and statistics; see `reading`. */
  get since(): number {
    return this.reading.at;
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
  index: number;
}

/** One of those who may come next in a walk through a queue. */
interface Candidate<L> {
  readonly waiter: Waiter<L>;
  /** Whether others of its priority were before it. */
  readonly isBehind: boolean;
  index: number;
}

/** How many have ever waited, in all queues. */
let ordersGiven = 0;

/**
 * Whether `a` is served before `b`, which may wait in another queue. Equals are served in the order in
 * which they came. A step of priority counts like having come `aging` ms earlier; waiting makes all
 * waiters older alike, so the order of two of them never changes.
 */
export function isServedBefore<L>(a: Waiter<L>, b: Waiter<L>, aging: number): boolean {
  const { priority } = a;
  const other = b.priority;
  if (priority === other) return a.order < b.order;
  // A difference, so that an aging of Infinity is an order by priority.
  const lead = (priority - other) * aging - (a.since - b.since);
  return lead > 0 || (lead === 0 && priority > other);
}

/**
 * Who is served next: the first of some lane. Lanes are in a heap, in the order of their first
 * waiters, so that taking a waiter in or out takes O(log n) in the number of priorities that wait,
 * and O(1) as long as that is one.
 */
export class WaiterQueue<L> {
  readonly #aging: number;
  /** The lane, if there is one only; it may be empty then. Else all lanes are in the heap, and none is empty. */
  #only: Lane<L> | undefined = createLane(0);
  readonly #lanes: BinaryHeap<Lane<L>>;
  readonly #byPriority = new Map<number, Lane<L>>();
  #size = 0;

  constructor(aging: number) {
    this.#aging = aging;
    this.#lanes = new BinaryHeap((a, b) => isServedBefore(a.first!, b.first!, aging));
  }

  get size(): number {
    return this.#size;
  }

  push(waiter: Waiter<L>): void {
    const { priority } = waiter;
    const only = this.#only;
    const lane = only?.priority === priority ? only : this.#laneOf(priority);
    waiter.lane = lane;
    waiter.order = ++ordersGiven;
    waiter.before = lane.last;
    if (lane.last === undefined) lane.first = waiter;
    else lane.last.after = waiter;
    lane.last = waiter;
    this.#size++;
    if (lane !== this.#only && lane.index === -1) this.#lanes.put(lane);
  }

  /** Who is served next, or undefined. */
  peek(): Waiter<L> | undefined {
    const only = this.#only;
    return only === undefined ? this.#lanes.first!.first : only.first;
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
    if (before === undefined && lane !== this.#only) this.#move(lane);
    return true;
  }

  /** The first, in the order in which they are served, that `isIt` accepts. Takes O(n log n) for n that it looks at. */
  find(isIt: (waiter: Waiter<L>) => boolean): Waiter<L> | undefined {
    if (this.#only !== undefined) {
      let waiter = this.#only.first;
      while (waiter !== undefined && !isIt(waiter)) waiter = waiter.after;
      return waiter;
    }
    const next = new BinaryHeap<Candidate<L>>((a, b) =>
      isServedBefore(a.waiter, b.waiter, this.#aging),
    );
    const add = (waiter: Waiter<L> | undefined, isBehind: boolean): void => {
      if (waiter !== undefined) next.put({ waiter, isBehind, index: -1 });
    };
    add(this.peek(), false);
    for (let each = next.first; each !== undefined; each = next.first) {
      const { waiter, isBehind } = each;
      if (isIt(waiter)) return waiter;
      next.remove(each);
      add(waiter.after, true);
      if (!isBehind) for (const { first } of this.#lanes.below(waiter.lane!)) add(first, false);
    }
    return undefined;
  }

  /** How many here are served before a waiter, which may wait in another queue with the same aging; counts up to `most`. */
  countBefore(waiter: Waiter<L>, most: number): number {
    let count = 0;
    this.find(
      (other) => count === most || !isServedBefore(other, waiter, this.#aging) || ++count < 0,
    );
    return count;
  }

  /** How many are served before this one, and itself; counts up to `MOST_COUNTED`, so that many who leave at once do not take the square of their number. */
  positionOf(waiter: Waiter<L>): number {
    return 1 + this.countBefore(waiter, MOST_COUNTED - 1);
  }

  /** Shows the waiters of each lane, the oldest first, until `visit` returns false for one of the lane. They may leave meanwhile. */
  visitLanes(visit: (waiter: Waiter<L>) => boolean): void {
    for (const lane of this.#only === undefined ? this.#lanes.toArray() : [this.#only]) {
      let waiter = lane.first;
      while (waiter !== undefined) {
        const { after } = waiter;
        if (!visit(waiter)) break;
        waiter = after;
      }
    }
  }

  /** All waiters, lane by lane; a copy. */
  toArray(): Waiter<L>[] {
    const all: Waiter<L>[] = [];
    this.visitLanes((waiter) => all.push(waiter) > 0);
    return all;
  }

  /** The lane of a priority, if there are several or will be. */
  #laneOf(priority: number): Lane<L> {
    const only = this.#only;
    if (only !== undefined) {
      if (only.first === undefined) return (this.#only = createLane(priority));
      this.#only = undefined;
      this.#lanes.put(only);
      this.#byPriority.set(only.priority, only);
    }
    let lane = this.#byPriority.get(priority);
    if (lane === undefined) {
      lane = createLane(priority);
      this.#byPriority.set(priority, lane);
    }
    return lane;
  }

  /** Moves a lane whose first waiter has left; one that is empty leaves. */
  #move(lane: Lane<L>): void {
    if (lane.first !== undefined) {
      this.#lanes.update(lane);
      return;
    }
    this.#lanes.remove(lane);
    this.#byPriority.delete(lane.priority);
    if (this.#lanes.size > 1) return;
    const only = this.#lanes.first!;
    this.#lanes.clear();
    this.#byPriority.clear();
    this.#only = only;
  }
}

function createLane<L>(priority: number): Lane<L> {
  return { priority, first: undefined, last: undefined, index: -1 };
}
