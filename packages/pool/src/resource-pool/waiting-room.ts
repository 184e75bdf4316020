import type { PoolSignal } from "../abort-signal.ts";
import type { Deadline, DeadlineQueue } from "../time/deadline-queue.ts";
import { LoadShedder } from "./load-shedder.ts";
import type { AcquireOptions, Settings } from "./options.ts";
import { Waiter, WaiterQueue, type LoanPurpose } from "./waiter-queue.ts";

/** What a waiting room asks of its pool. */
export interface WaitingRoomHost<L> {
  /** The time, as of this turn of the event loop. */
  turnNow(): number;
  /** The time. */
  now(): number;
  /** The error of one who has waited for too long, who is still in the queue. */
  explainTimeout(waiter: Waiter<L>, position: number): unknown;
  /** Hears of that error when the waiter has left. */
  onTimeout(error: unknown): void;
  /** Called when one has left without a loan. */
  onLeft(): void;
  /** The error of one who is refused under overload. */
  explainShedding(waiter: Waiter<L>): unknown;
  /** Called when somebody comes into an empty room, and when the last one leaves. */
  onOccupied(isOccupied: boolean): void;
}

/**
 * Those who wait for a loan, whatever it is that will serve them. Each of them leaves once: with a
 * lease, by its timeout, by its signal, because it is shed, or with an error of the pool.
 */
export class WaitingRoom<L> {
  readonly queue: WaiterQueue<L>;
  readonly #host: WaitingRoomHost<L>;
  readonly #deadlines: DeadlineQueue;
  readonly #acquireTimeout: number;
  readonly #shedder: LoadShedder | undefined;
  readonly #shedding: Deadline | undefined;
  /** Due no later than the first of those with the usual timeout: they fall due in the order of their lanes, so that they need no deadline each. */
  readonly #usual: Deadline = { at: 0, run: () => this.#expireUsual(), index: -1 };
  shed = 0;
  timeouts = 0;

  constructor(settings: Settings<never>, deadlines: DeadlineQueue, host: WaitingRoomHost<L>) {
    const { aging, acquireTimeout, codel } = settings;
    this.queue = new WaiterQueue(aging);
    this.#host = host;
    this.#deadlines = deadlines;
    this.#acquireTimeout = acquireTimeout;
    if (codel !== undefined) {
      this.#shedder = new LoadShedder(codel);
      this.#shedding = { at: 0, run: () => this.#shed(), index: -1 };
    }
  }

  get size(): number {
    return this.queue.size;
  }

  /** Joins the queue. */
  enter(
    options: AcquireOptions,
    purpose: LoanPurpose,
    resolve: (lease: L) => void,
    reject: (error: unknown) => void,
  ): Waiter<L> {
    const { timeout, signal } = options;
    const since = this.#host.turnNow();
    const waiter = new Waiter<L>(options, purpose, since, resolve, reject);
    this.queue.push(waiter);
    if (timeout !== undefined) {
      waiter.deadline = this.#deadlines.add(since + timeout, () => this.expire(waiter));
    } else if (this.#usual.index === -1) {
      this.#watchUsual(since + this.#acquireTimeout);
    }
    if (signal !== undefined) waiter.unlisten = this.#listen(signal, waiter);
    if (this.queue.size === 1) this.#host.onOccupied(true);
    if (this.#shedding?.index === -1) this.#watch(since);
    return waiter;
  }

  /** Takes out the next one to be served, after those who are shed; undefined when there is none. */
  next(): Waiter<L> | undefined {
    if (this.#shedder === undefined) {
      const waiter = this.queue.peek();
      if (waiter !== undefined) this.#leave(waiter);
      return waiter;
    }
    const now = this.#host.turnNow();
    for (let waiter = this.queue.peek(); waiter !== undefined; waiter = this.queue.peek()) {
      const wait = now - waiter.since;
      this.#shedder.observe(wait, now);
      if (!this.#shedder.refuses(wait, now)) {
        this.#leave(waiter);
        return waiter;
      }
      this.#refuseLoad(waiter);
    }
    return undefined;
  }

  /** Takes out one that is to be served. Returns whether it waited still. */
  take(waiter: Waiter<L>): boolean {
    return this.#leave(waiter);
  }

  /** Rejects the next one to be served, if there is one. */
  rejectOldest(error: () => unknown): void {
    const waiter = this.queue.peek();
    if (waiter === undefined) return;
    this.refuse(waiter, error());
  }

  /** Rejects all who wait now. */
  rejectAll(error: () => unknown): void {
    for (const waiter of [...this.queue]) this.refuse(waiter, error());
  }

  /** Rejects one with the timeout, if it still waits. */
  expire(waiter: Waiter<L>): void {
    if (waiter.lane === undefined) return;
    const error = this.#host.explainTimeout(waiter, this.queue.positionOf(waiter));
    // First: with the last one who waits, the key may leave, and what it counted is added up.
    this.timeouts++;
    this.refuse(waiter, error);
    this.#host.onTimeout(error);
  }

  /** Rejects one, if it still waits. Returns whether it did. */
  refuse(waiter: Waiter<L>, error: unknown): boolean {
    if (!this.#leave(waiter)) return false;
    waiter.reject(error);
    this.#host.onLeft();
    return true;
  }

  #watchUsual(at: number): void {
    this.#usual.at = at;
    this.#deadlines.put(this.#usual);
  }

  #expireUsual(): void {
    const now = this.#host.now();
    let next = Infinity;
    this.queue.visitLanes((waiter) => {
      if (waiter.options.timeout !== undefined) return true;
      const at = waiter.since + this.#acquireTimeout;
      if (at > now) {
        next = Math.min(next, at);
        return false;
      }
      this.expire(waiter);
      return true;
    });
    if (next !== Infinity && this.#usual.index === -1) this.#watchUsual(next);
  }

  #leave(waiter: Waiter<L>): boolean {
    if (!this.queue.remove(waiter)) return false;
    if (waiter.deadline !== undefined) this.#deadlines.remove(waiter.deadline);
    if (waiter.unlisten !== undefined) waiter.unlisten();
    if (this.queue.size === 0) {
      if (this.#shedder !== undefined) {
        this.#shedder.observe(undefined, 0);
        this.#deadlines.remove(this.#shedding!);
      }
      this.#deadlines.remove(this.#usual);
      this.#host.onOccupied(false);
    }
    return true;
  }

  #listen(signal: PoolSignal, waiter: Waiter<L>): () => void {
    const abort = (): void => {
      this.refuse(waiter, signal.reason);
    };
    signal.addEventListener("abort", abort);
    return () => signal.removeEventListener("abort", abort);
  }

  /** Sheds at the earliest when somebody has waited for as long as the target and an interval. */
  #watch(since: number): void {
    const { target, interval } = this.#shedder!;
    this.#shedding!.at = since + target + interval;
    this.#deadlines.put(this.#shedding!);
  }

  /** Nobody may have been served for long: looks at the queue without being asked. */
  #shed(): void {
    const shedder = this.#shedder!;
    const now = this.#host.turnNow();
    const first = this.queue.peek();
    shedder.observe(first === undefined ? undefined : now - first.since, now);
    for (const waiter of [...this.queue]) {
      if (shedder.refuses(now - waiter.since, now)) this.#refuseLoad(waiter);
    }
    const next = this.queue.peek();
    if (next === undefined || this.#shedding!.index !== -1) return;
    // Those who came later cross the target one after the other: looked at in steps of it.
    this.#shedding!.at = Math.max(
      now + Math.max(1, shedder.target / 4),
      next.since + shedder.target,
    );
    this.#deadlines.put(this.#shedding!);
  }

  #refuseLoad(waiter: Waiter<L>): void {
    this.shed++;
    this.refuse(waiter, this.#host.explainShedding(waiter));
  }
}
