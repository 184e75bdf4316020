import { SignalWatch } from "../../abort-signal.ts";
import { SYSTEM_CLOCK, type Clock } from "../../time/clock.ts";
import type { Deadline, DeadlineQueue } from "../../time/deadline-queue.ts";
import {
  firstReading,
  freshReading,
  sharedReading,
  type Reading,
} from "../../time/shared-reading.ts";
import type { EventHub } from "../reports/pool-events.ts";
import { LoadShedder } from "./load-shedder.ts";
import type { AcquireOptions } from "../options.ts";
import type { Settings } from "../settings.ts";
import { Waiter, WaiterQueue, type LoanPurpose } from "./waiter-queue.ts";

/** The members of a core that a waiting room uses. */
export interface WaitingRoomHost<L> {
  readonly report: {
    /** The error of a waiter whose timeout has passed. The waiter is still in the queue. */
    timeoutError(waiter: Waiter<L>, position: number): unknown;
    exhausted(reason: "overload", why: string): unknown;
  };
  readonly emit: EventHub<never>["emit"];
  /** Whether the first resources are being created, so that nothing can be lent yet. */
  readonly isStarting: boolean;
  /** Called when a waiter has left without a loan. */
  onLeft(): void;
  /** Called when a waiter enters the empty room, and when the last waiter has left. */
  onOccupied(isOccupied: boolean): void;
}

/**
 * The signals of all waiters of all pools. A request may call many pools, or keys, with one signal.
 * The signal gets one listener for all of them, so that no host warns of a leak of listeners.
 */
const SIGNALS: SignalWatch<Waiter<unknown>> = /* @__PURE__ */ new SignalWatch<Waiter<unknown>>(
  (waiter, reason) => waiter.refuser!.refuse(waiter, reason),
);

/**
 * The waiters of a core. Each waiter leaves once: with a lease, by its timeout, by its signal,
 * because the pool sheds load, or with an error of the pool.
 */
export class WaitingRoom<L> {
  readonly queue: WaiterQueue<L>;
  readonly #host: WaitingRoomHost<L>;
  readonly #deadlines: DeadlineQueue;
  /** The clock of the program; undefined for the clock of the machine. */
  readonly #clock: Clock | undefined;
  readonly #acquireTimeout: number;
  readonly #shedder: LoadShedder | undefined;
  readonly #shedding: Deadline | undefined;
  /** False while waiters wait for the first resources, which are being created. */
  #hasStarted = true;
  /**
   * One deadline for all waiters that have the timeout of the pool. It is due no later than the
   * timeout of the first of these waiters. The waiters of a lane time out in the order of the lane,
   * so they need no deadlines of their own.
   */
  readonly #usual: Deadline = { at: 0, run: () => this.#expireUsual(), index: -1 };
  shed = 0;
  timeouts = 0;

  constructor(settings: Settings<never>, deadlines: DeadlineQueue, host: WaitingRoomHost<L>) {
    const { aging, acquireTimeout, codel, clock } = settings;
    this.queue = new WaiterQueue(aging);
    this.#host = host;
    this.#deadlines = deadlines;
    this.#clock = clock;
    this.#acquireTimeout = acquireTimeout;
    if (codel !== undefined) {
      this.#shedder = new LoadShedder(codel);
      this.#shedding = { at: 0, run: () => this.#shed(), index: -1 };
    }
  }

  get size(): number {
    return this.queue.size;
  }

  /**
   * Adds a waiter and returns it. If a clock throws, this method throws too and adds no waiter. The
   * waiter may have left before this method returns: if its signal has aborted, `reject` was
   * called.
   */
  enter(
    options: AcquireOptions,
    purpose: LoanPurpose,
    resolve: (lease: L) => void,
    reject: (error: unknown) => void,
  ): Waiter<L> {
    const { timeout, signal } = options;
    const isUsual = timeout === undefined && this.#shedder === undefined;
    const reading = isUsual && this.#clock === undefined ? firstReading() : this.#freshReading();
    const waiter = new Waiter<L>(options, purpose, reading);
    waiter.resolve = resolve;
    waiter.reject = reject;
    this.queue.push(waiter);
    if (timeout !== undefined) {
      waiter.deadline = this.#deadlines.add(reading.at + timeout, () => this.expire(waiter));
    } else if (this.#usual.index === -1) {
      this.#deadlines.putBy(this.#usual, reading.at + this.#acquireTimeout);
    }
    if (this.queue.size === 1) this.#host.onOccupied(true);
    if (this.#shedder !== undefined) this.#watchNew(reading.at);
    if (signal !== undefined) {
      waiter.refuser = this;
      try {
        SIGNALS.add(signal, waiter as Waiter<unknown>);
      } catch (error) {
        this.refuse(waiter, error);
      }
    }
    return waiter;
  }

  /**
   * Adds a waiter without options, on the clock of the machine. The caller sets `resolve` and
   * `reject` of the waiter, because doing all this in the executor of a promise would be slower.
   */
  enterFast(options: AcquireOptions, purpose: LoanPurpose): Waiter<L> {
    const isFirst = this.#usual.index === -1;
    let reading: Reading;
    if (this.#shedder !== undefined) reading = freshReading();
    else reading = isFirst ? firstReading() : sharedReading();
    const waiter = new Waiter<L>(options, purpose, reading);
    this.queue.push(waiter);
    if (isFirst) this.#deadlines.putBy(this.#usual, reading.at + this.#acquireTimeout);
    if (this.queue.size === 1) this.#host.onOccupied(true);
    if (this.#shedder !== undefined) this.#watchNew(reading.at);
    return waiter;
  }

  /**
   * Removes the waiter that is served next, and refuses the waiters before it that are shed.
   * Undefined if no waiter is left.
   */
  next(): Waiter<L> | undefined {
    const shedder = this.#shedder;
    let waiter = this.queue.peek();
    if (shedder !== undefined && waiter !== undefined) {
      const now = this.#freshReading().at;
      if (!this.#hasStarted) this.#start(now);
      for (; waiter !== undefined; waiter = this.queue.peek()) {
        const wait = shedder.waitSince(waiter.since, now);
        shedder.observe(wait, now);
        if (!shedder.refuses(wait, now)) break;
        this.#refuseLoad(waiter);
      }
    }
    if (waiter !== undefined) this.#leave(waiter);
    return waiter;
  }

  /** Removes a waiter, which is served. Returns false if it has left already. */
  take(waiter: Waiter<L>): boolean {
    return this.#leave(waiter);
  }

  /** Rejects the waiter that would be served next, if there is one. */
  rejectOldest(error: () => unknown): void {
    const waiter = this.queue.peek();
    if (waiter !== undefined) this.refuse(waiter, error());
  }

  /** Rejects all present waiters. */
  rejectAll(error: () => unknown): void {
    for (const waiter of this.queue.toArray()) this.refuse(waiter, error());
  }

  /** Rejects a waiter with a PoolTimeoutError, if the waiter still waits. */
  expire(waiter: Waiter<L>): void {
    if (waiter.lane === undefined) return;
    let error: unknown;
    try {
      error = this.#host.report.timeoutError(waiter, this.queue.positionOf(waiter));
    } catch (failure) {
      // `Error.prepareStackTrace` of the program may throw.
      error = failure;
    }
    if (waiter.lane === undefined) return;
    // Counted first, because the core of a key may be removed with its last waiter.
    this.timeouts++;
    this.refuse(waiter, error);
    this.#host.emit("timeout", { operation: "acquire", error });
  }

  /** Rejects a waiter. Returns false if it has left already. */
  refuse(waiter: Waiter<L>, error: unknown): boolean {
    if (!this.#leave(waiter)) return false;
    waiter.reject(error);
    this.#host.onLeft();
    return true;
  }

  #expireUsual(): void {
    const now = (this.#clock ?? SYSTEM_CLOCK).now();
    // This callback is late, because other code blocked the event loop. It is unknown when exactly
    // waiters came during that time. If they still share a reading, the reading ends now, and their
    // timeouts count from its end.
    if (now - this.#usual.at >= 1) this.#freshReading();
    let next = Infinity;
    const due: Waiter<L>[] = [];
    this.queue.visitLanes((waiter) => {
      if (waiter.options.timeout !== undefined) return true;
      const { reading } = waiter;
      const since = reading.until === Infinity ? reading.at : reading.until;
      const at = since + this.#acquireTimeout;
      if (at > now) {
        next = Math.min(next, at);
        return false;
      }
      due.push(waiter);
      return true;
    });
    // During this loop, listeners may serve waiters, and new waiters may enter.
    for (const waiter of due) this.expire(waiter);
    this.#deadlines.putBy(this.#usual, next);
  }

  #freshReading(): Reading {
    if (this.#clock === undefined) return freshReading();
    const at = this.#clock.now();
    return { at, until: at };
  }

  #leave(waiter: Waiter<L>): boolean {
    if (!this.queue.remove(waiter)) return false;
    if (waiter.deadline !== undefined) this.#deadlines.remove(waiter.deadline);
    if (waiter.refuser !== undefined) {
      SIGNALS.remove(waiter.options.signal!, waiter as Waiter<unknown>);
    }
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

  #watchNew(since: number): void {
    if (this.#host.isStarting) this.#hasStarted = false;
    if (this.#shedding!.index === -1) this.#watch(since);
  }

  /**
   * Plans `#shed` for the time at which a waiter that came at `since` has waited for the target and
   * one interval.
   */
  #watch(since: number): void {
    const { target, interval } = this.#shedder!;
    this.#deadlines.putBy(this.#shedding!, since + target + interval);
  }

  /** Begins to count waits if the first resources are no longer being created. */
  #start(now: number): void {
    if (this.#host.isStarting) return;
    this.#hasStarted = true;
    this.#shedder!.excuse(now);
  }

  /** Sheds load while no waiter is served: then `next`, which also sheds load, is not called. */
  #shed(): void {
    const shedder = this.#shedder!;
    const now = this.#freshReading().at;
    if (this.#host.isStarting) {
      this.#hasStarted = false;
      this.#watch(now);
      return;
    }
    if (!this.#hasStarted) this.#start(now);
    const first = this.queue.peek();
    shedder.observe(first && shedder.waitSince(first.since, now), now);
    for (const waiter of this.queue.toArray()) {
      if (shedder.refuses(shedder.waitSince(waiter.since, now), now)) this.#refuseLoad(waiter);
    }
    const next = this.queue.peek();
    if (next === undefined || this.#shedding!.index !== -1) return;
    // Later waiters pass the target one after the other. The next look is at least a quarter of the
    // target later, so that the queue is not read once for each waiter.
    const step = Math.max(1, shedder.target / 4);
    this.#deadlines.putBy(this.#shedding!, Math.max(now + step, next.since + shedder.target));
  }

  #refuseLoad(waiter: Waiter<L>): void {
    const error = this.#host.report.exhausted("overload", "the pool sheds load");
    if (waiter.lane === undefined) return;
    this.shed++;
    this.refuse(waiter, error);
  }
}
