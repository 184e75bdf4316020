import { BinaryHeap } from "../../binary-heap.ts";
import type { Deadline } from "../../time/deadline-queue.ts";
import type { Reading } from "../../time/shared-reading.ts";
import type { AsyncContext } from "../../outside-context.ts";
import type { AcquireOptions } from "../options.ts";
import type { Slot } from "../lending/slot.ts";

/** A call of `acquire` that waits. Kept small, because a busy pool creates many of them. */
export class Waiter<L> {
  resolve!: (lease: L) => void;
  reject!: (error: unknown) => void;
  readonly options: AcquireOptions;
  readonly purpose: LoanPurpose;
  /** When it began to wait: `reading.at`, or up to `reading.until`. */
  readonly reading: Reading;
  /** Its number among all waiters of all queues. Written by the queue. */
  order = 0;
  /** The end of its own timeout. Waiters with the timeout of the pool share a deadline. */
  deadline: Deadline | undefined = undefined;
  /** The stack of the caller, if it is recorded. */
  stack: string | undefined = undefined;
  /** The async context of the caller, if resources are prepared in it. */
  context: AsyncContext | undefined = undefined;
  /** The slot that was last checked for it. */
  slot: Slot<unknown> | undefined = undefined;
  /** The room that refuses it when its signal aborts. Set if it has a signal. */
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

/**
 * The scopes in which a loan is requested and used. Undefined without `scopes`, or outside of them.
 */
export interface LoanPurpose {
  readonly askedIn: object | undefined;
  readonly usedIn: object | undefined;
}

/** The last place in the queue that is counted. All places behind it count as this one. */
const MOST_COUNTED = 1000;

/** Waiters of one priority, the oldest first. */
interface Lane<L> {
  readonly priority: number;
  first: Waiter<L> | undefined;
  last: Waiter<L> | undefined;
  index: number;
}

/** A waiter that may be the next in a walk through a queue. */
interface Candidate<L> {
  readonly waiter: Waiter<L>;
  /** Whether other waiters of its lane were before it. */
  readonly isBehind: boolean;
  index: number;
}

/** The number of waiters so far, in all queues. */
let ordersGiven = 0;

/**
 * Whether `a` is served before `b`, which may wait in another queue. Waiters of one priority are
 * served in the order in which they came. One step of priority counts as if the waiter had come
 * `aging` ms earlier. All waiters grow older at the same rate, so the order of two of them never
 * changes.
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
 * The queue of waiters. Each priority has a lane, and the first waiter of some lane is served next.
 * The lanes are in a heap, in the order of their first waiters. So adding or removing a waiter
 * takes O(log n) in the number of priorities, and O(1) if there is one priority.
 */
export class WaiterQueue<L> {
  readonly #aging: number;
  /**
   * The lane, if there is only one, which may be empty. If there are more, they are all in the
   * heap, and no lane is empty.
   */
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

  /** The waiter that is served next, or undefined if the queue is empty. */
  peek(): Waiter<L> | undefined {
    const only = this.#only;
    return only === undefined ? this.#lanes.first!.first : only.first;
  }

  /** Removes a waiter. Returns false if it was not in the queue. */
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

  /**
   * The first waiter for which `isIt` returns true, in the order in which they are served. Takes
   * O(n log n) for the n waiters that it visits.
   */
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

  /**
   * The number of waiters here that are served before `waiter`, which may wait in another queue
   * with the same aging. Counts up to `most`.
   */
  countBefore(waiter: Waiter<L>, most: number): number {
    let count = 0;
    this.find(
      (other) => count === most || !isServedBefore(other, waiter, this.#aging) || ++count < 0,
    );
    return count;
  }

  /**
   * The place of a waiter, from 1. Counts up to `MOST_COUNTED`: else n waiters that leave together
   * would take O(n * n).
   */
  positionOf(waiter: Waiter<L>): number {
    return 1 + this.countBefore(waiter, MOST_COUNTED - 1);
  }

  /**
   * Calls `visit` with the waiters of each lane, the oldest first, until it returns false for a
   * waiter of the lane. A waiter may leave during the call.
   */
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

  /** A copy of all waiters, lane by lane. */
  toArray(): Waiter<L>[] {
    const all: Waiter<L>[] = [];
    this.visitLanes((waiter) => all.push(waiter) > 0);
    return all;
  }

  /** The lane of a priority that is not the only one, or is about to be so no longer. */
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

  /** Puts a lane in its place after its first waiter has left. Removes the lane if it is empty. */
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
