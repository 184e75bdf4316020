import { whenCollected } from "../weakly.ts";
import { outsideContext } from "../outside-context.ts";
import { randomStream } from "../random-stream.ts";
import { steadyClock, SYSTEM_CLOCK, type Clock } from "../time/clock.ts";
import { DeadlineQueue } from "../time/deadline-queue.ts";
import { SleepWatch } from "../time/sleep-watch.ts";
import { EventHub } from "./reports/pool-events.ts";
import type { Settings } from "./settings.ts";
import { OwnerCallbacks, type Callbacks } from "./callbacks/owner-callbacks.ts";
import type { Slot } from "./lending/slot.ts";
import { TurnTimes } from "./lending/turn-times.ts";

/** What the parts of a pool ask of a core. */
export interface CoreOfParts {
  readonly stock: { addAge(ms: number): void };
  readonly lending: { refuseAllStuck(): void };
}

/** What the cores of one pool have in common: one core in a ResourcePool, one for each key in a KeyedPool. */
export class PoolParts<T> {
  readonly settings: Settings<T>;
  readonly callbacks: OwnerCallbacks<T>;
  readonly deadlines: DeadlineQueue;
  readonly events: EventHub<T> = new EventHub<T>();
  readonly times: TurnTimes<T>;
  readonly random: () => number;
  readonly cores: Set<CoreOfParts> = new Set();
  /** Every resource that has not ended, by its value. */
  readonly slotsByValue: Map<T, Slot<T>> = new Map();
  /** Undefined if the host tells of no collection: then nobody notices a lost lease. */
  readonly lost: FinalizationRegistry<Slot<T>> | undefined;
  readonly #clock: Clock;
  readonly #sleep: SleepWatch | undefined;
  #holds = 0;

  constructor(settings: Settings<T>, callbacks: Callbacks<T>) {
    const clock = settings.clock === undefined ? undefined : steadyClock(settings.clock);
    this.settings = settings;
    this.#clock = clock ?? SYSTEM_CLOCK;
    this.#sleep = clock === undefined ? new SleepWatch() : undefined;
    this.random = randomStream(settings.seed);
    this.deadlines = new DeadlineQueue(clock, false);
    this.times = new TurnTimes<T>(clock, (now) => this.#beginTurn(now));
    this.callbacks = new OwnerCallbacks(this, callbacks);
    this.lost = whenCollected((slot) => outsideContext(() => slot.owner.returns.reclaim(slot)));
  }

  /** The time, ms: a reading of its own, for deadlines. */
  now(): number {
    return this.#clock.now();
  }

  /** With a clock that does not call back, what is due runs when the pool is used. */
  keepTime(): void {
    const { clock } = this.settings;
    if (clock !== undefined && clock.schedule === undefined) this.deadlines.runDue();
  }

  /** The process stays alive while a core holds it. */
  hold(isHeld: boolean): void {
    this.#holds += isHeld ? 1 : -1;
    this.deadlines.hold(this.#holds > 0);
  }

  /** Ends a resource whatever its state. Returns whether it was there. */
  discard(value: T, reason: unknown): boolean {
    const slot = this.slotsByValue.get(value);
    return slot !== undefined && slot.owner.returns.discard(slot, reason);
  }

  /** At the first loan of a turn of the event loop: the machine may have slept, and a timer may be lost. */
  #beginTurn(now: number): void {
    this.deadlines.check(now);
    const slept = this.#sleep!.slept(now);
    if (slept > 0) for (const core of this.cores) core.stock.addAge(slept);
  }
}
