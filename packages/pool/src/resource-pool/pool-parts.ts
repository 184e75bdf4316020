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

/** The members of a core that the parts of a pool call. */
export interface CoreOfParts {
  readonly stock: { addAge(ms: number): void };
  readonly lending: { refuseAllStuck(): void };
}

/**
 * The parts that the cores of one pool share. A ResourcePool has one core, a KeyedPool has one for
 * each key.
 */
export class PoolParts<T> {
  readonly settings: Settings<T>;
  readonly callbacks: OwnerCallbacks<T>;
  readonly deadlines: DeadlineQueue;
  readonly events: EventHub<T> = new EventHub<T>();
  readonly times: TurnTimes<T>;
  readonly random: () => number;
  readonly cores: Set<CoreOfParts> = new Set();
  /** The slots of all resources that have not ended, by value. */
  readonly slotsByValue: Map<T, Slot<T>> = new Map();
  /**
   * Finds lost leases. Undefined if the host has no FinalizationRegistry: then they are not found.
   */
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

  /** A reading of the clock, in ms, that is not shared with other calls: for deadlines. */
  now(): number {
    return this.#clock.now();
  }

  /** Runs deadlines that are due, if the clock of the program has no `schedule`. */
  keepTime(): void {
    const { clock } = this.settings;
    if (clock !== undefined && clock.schedule === undefined) this.deadlines.runDue();
  }

  /** Keeps the process alive while a core holds it. */
  hold(isHeld: boolean): void {
    this.#holds += isHeld ? 1 : -1;
    this.deadlines.hold(this.#holds > 0);
  }

  /** Ends a resource, whatever its state. Returns false if the pool does not have it. */
  discard(value: T, reason: unknown): boolean {
    const slot = this.slotsByValue.get(value);
    return slot !== undefined && slot.owner.returns.discard(slot, reason);
  }

  /**
   * Called with the first reading of a turn of the event loop. The machine may have slept since the
   * last one, and the host may have lost a timer.
   */
  #beginTurn(now: number): void {
    this.deadlines.check(now);
    const slept = this.#sleep!.slept(now);
    if (slept > 0) for (const core of this.cores) core.stock.addAge(slept);
  }
}
