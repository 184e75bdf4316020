import { LazyController } from "../../abort-signal.ts";
import { PoolTimeoutError, type CreateError } from "../../errors.ts";
import type { Deadline } from "../../time/deadline-queue.ts";
import type { Attempt, Outcome } from "../callbacks/attempt.ts";
import type { CallbackHost } from "../callbacks/owner-callbacks.ts";
import type { Stock } from "../keeping/stock.ts";
import type { ResourceChecks } from "../lending/resource-checks.ts";
import type { PoolParts } from "../pool-parts.ts";
import type { CoreReport } from "../reports/core-report.ts";
import type { EventHub } from "../reports/pool-events.ts";
import type { CreationGovernor } from "./creation-governor.ts";
import { Slot, Token, type SlotOwner } from "../lending/slot.ts";

/** The members of a core that creations use. */
export interface CreationsHost<T> extends CallbackHost, SlotOwner<T> {
  readonly stock: Pick<
    Stock<T>,
    "slots" | "idle" | "leasedCount" | "standing" | "usable" | "add" | "retire"
  >;
  readonly checks: Pick<ResourceChecks<T>, "inbound" | "reserve" | "leave" | "placeNew">;
  readonly room: {
    readonly size: number;
    rejectOldest(error: () => unknown): void;
    rejectAll(error: () => unknown): void;
  };
  readonly governor: CreationGovernor;
  readonly report: CoreReport<T>;
  readonly upkeep: { plan(at: number): void };
  readonly emit: EventHub<T>["emit"];
  /** All resources that count against `max`. */
  readonly total: number;
  readonly isClosed: boolean;
  readonly isServing: boolean;
  readonly isSuspended: boolean;
  /** Whether no waiter is served for now. */
  readonly isHeld: boolean;
  /** Whether the core shares a bound with others. */
  readonly isShared: boolean;
  now(): number;
  /** Takes room for one resource. Returns false if there is no room. */
  takeRoom(): boolean;
  /** Called if the number of resources, or of resources that are being destroyed, changes. */
  onRoom(total: number, closing: number): void;
  /** Called when the last running call has ended. */
  onRest(): void;
  pump(): void;
  holdProcess(): void;
  finishClose(): void;
}

/** A call of `ready` that waits. */
interface ReadyCall {
  resolve(): void;
  reject(error: unknown): void;
}

interface Creation {
  /** Undefined while `create` runs. */
  attempt: Attempt | undefined;
  /** Why the creation was abandoned, if that happened while `create` ran. */
  abandoned: { readonly error: unknown } | undefined;
  /** When its resource must be replaced. Infinity, unless `replaceAll` was called. */
  expiresBy: number;
  readonly controller: LazyController;
}

/**
 * Decides when to create a resource, and has the calls of `create` that have not ended.
 *
 * Invariants, at every moment at which other code runs:
 * - The number of creations is what waiters, `min` and `minIdle` want, as far as the bounds, the
 *   governor and `createConcurrency` allow. If the governor allows one later, a deadline pumps
 *   then.
 * - A creation counts from before the call until its end, and ends once: it has succeeded, has
 *   failed, or is abandoned. A resource that arrives after that is late, and is destroyed at once.
 */
export class Creations<T> {
  readonly #parts: PoolParts<T>;
  readonly #core: CreationsHost<T>;
  readonly #running = new Set<Creation>();
  /** Calls of `ready` that wait. */
  #ready: ReadyCall[] = [];
  readonly #wake: Deadline = { at: Infinity, run: () => this.#core.pump(), index: -1 };
  #made = 0;

  constructor(parts: PoolParts<T>, core: CreationsHost<T>) {
    this.#parts = parts;
    this.#core = core;
  }

  get size(): number {
    return this.#running.size;
  }

  /** Whether a call of `ready` waits. */
  get isAwaited(): boolean {
    return this.#ready.length > 0;
  }

  /**
   * Begins the creations that are wanted. Returns how many more are wanted without room for them.
   */
  begin(): number {
    const { settings } = this.#parts;
    // The bounds are read each time, because `create` may call `resize`.
    while (this.#core.isServing && (this.#core.total < settings.max || this.#core.isShared)) {
      const under = this.size;
      const { wanted, isForWaiter } = this.#demand();
      const most = Math.min(wanted, this.#core.governor.isProbing ? 1 : settings.createConcurrency);
      if (under >= most) return 0;
      const at = this.#core.governor.mayCreateAt(isForWaiter);
      if (at > this.#core.now()) {
        this.#parts.deadlines.putBy(this.#wake, at);
        return 0;
      }
      if (!this.#core.takeRoom()) return most - under;
      this.#start(this.#core.governor.round);
    }
    return 0;
  }

  /**
   * The number of creations that are wanted now, and whether waiters want more than are under way.
   */
  #demand(): { wanted: number; isForWaiter: boolean } {
    const { min, minIdle } = this.#parts.settings;
    // All keys are being changed, and idle resources are lent after that. So they count here.
    const ready = this.#core.isHeld ? this.#core.stock.usable : 0;
    const waiting = this.#core.isSuspended
      ? 0
      : this.#core.room.size - ready - this.#core.checks.inbound.promising;
    let wanted = waiting;
    if (!this.#core.isClosed) {
      wanted = Math.max(wanted, min - this.#core.stock.standing);
      if (minIdle > 0) wanted = Math.max(wanted, minIdle + waiting - this.#core.stock.usable);
    }
    return { wanted, isForWaiter: waiting > this.size };
  }

  /** Resolves when `min` resources exist and `minIdle` are idle. */
  ready(): Promise<void> {
    if (this.#core.isClosed) return Promise.reject(this.#core.report.closedError("wait for pool"));
    if (this.#isReady) return Promise.resolve();
    const ready = new Promise<void>((resolve, reject) => this.#ready.push({ resolve, reject }));
    this.#core.holdProcess();
    this.#core.pump();
    return ready;
  }

  /** Resolves the calls of `ready`, if that is due. */
  resolveReady(): void {
    if (!this.isAwaited || !this.#isReady) return;
    for (const { resolve } of this.#ready.splice(0)) resolve();
    this.#core.holdProcess();
  }

  /** Rejects the calls of `ready`. */
  rejectReady(error: () => unknown): void {
    for (const { reject } of this.#ready.splice(0)) reject(error());
  }

  get #isReady(): boolean {
    const { slots, idle, leasedCount } = this.#core.stock;
    const { min, minIdle, max } = this.#parts.settings;
    return slots.size >= min && idle.size >= Math.min(minIdle, max - leasedCount);
  }

  /** Calls `create`. The creation may have ended when this returns. */
  #start(round: number): void {
    const controller = new LazyController();
    const creation: Creation = {
      attempt: undefined,
      abandoned: undefined,
      expiresBy: Infinity,
      controller,
    };
    this.#running.add(creation);
    const startedAt = this.#core.now();
    const explainTimeout = (): unknown => {
      const { createTimeout } = this.#parts.settings;
      const error = new PoolTimeoutError("create", createTimeout, this.#core.report.state());
      controller.abort(error);
      return error;
    };
    const settle = (end: Outcome<T>): void => {
      this.#running.delete(creation);
      const { abandoned, expiresBy } = creation;
      if (abandoned !== undefined) {
        this.#fail(abandoned.error, round);
        if ("value" in end) this.#destroyLate(end.value);
      } else if ("error" in end) this.#fail(end.error, round);
      else this.#add(end.value, round, startedAt, expiresBy);
    };
    const { callbacks } = this.#parts;
    creation.attempt = callbacks.create(
      this.#core,
      controller.context,
      explainTimeout,
      settle,
      (end) => {
        if ("value" in end) this.#destroyLate(end.value);
      },
    );
    if (creation.abandoned !== undefined) creation.attempt.fail(creation.abandoned.error);
  }

  /** Adds a new resource, and lends it or keeps it. */
  #add(value: T, round: number, startedAt: number, expiresBy: number): void {
    const { settings, random, lost } = this.#parts;
    const now = this.#core.now();
    const lifetime = settings.maxLifetime * (1 - settings.lifetimeJitter * random());
    const expiresAt = Math.min(now + lifetime, expiresBy);
    const slot = new Slot(this.#core, ++this.#made, value, now, expiresAt, random());
    const token = new Token(slot);
    this.#core.stock.add(slot);
    // Otherwise a shared reading from before `replaceAll` would find it good.
    if (expiresAt <= now) this.#core.stock.retire(slot);
    lost?.register(token, slot);
    this.#core.report.created++;
    this.#core.report.noteSuccess("create");
    // Reserved while the listeners run.
    this.#core.checks.reserve(slot, "checking");
    this.#core.emit("create", { value, createTime: Math.max(0, now - startedAt) });
    if (slot.state === "checking") {
      this.#core.checks.leave(slot, "ready");
      this.#core.upkeep.plan(slot.expiresAt);
      this.#core.checks.placeNew(token, round);
    }
    this.#core.pump();
  }

  #fail(error: unknown, round: number): void {
    this.#core.onRoom(-1, 0);
    this.#core.report.createFailures++;
    this.#core.report.noteFailure("create", error);
    if (this.#core.isServing) {
      this.blame(error, round);
      this.#parts.callbacks.tell(this.#core, "create", error);
    }
    this.#core.pump();
    this.#core.finishClose();
  }

  /** Reports a failure to the governor, and rejects the waiters that it names. */
  blame(error: unknown, round: number): void {
    if (!this.#core.isServing) return;
    const now = this.#core.now();
    const verdict = this.#core.governor.fail(error, round, now);
    if (verdict === "keep") return;
    const explain = (): CreateError => this.#core.report.createError(now);
    if (verdict === "reject all") this.#core.room.rejectAll(explain);
    else this.#core.room.rejectOldest(explain);
    this.rejectReady(explain);
    this.#core.holdProcess();
  }

  /** Destroys a resource that came after the end of its creation. It never counted. */
  #destroyLate(value: T): void {
    this.#core.report.late++;
    this.#core.emit("destroy", { value, reason: "late" });
    // The core of a key may be gone. `onRest` adds its late counts to the counts of the pool.
    this.#parts.callbacks.destroy(this.#core, value, "late", () => this.#core.onRest());
    this.#core.onRest();
  }

  /** The resources of all present creations must be replaced by a time. */
  expireBy(time: number): void {
    for (const creation of this.#running) {
      creation.expiresBy = Math.min(creation.expiresBy, time);
    }
  }

  /** Asks all creations to give up: aborts their signals. */
  abort(reason: unknown): void {
    for (const { controller } of this.#running) controller.abort(reason);
  }

  /** Ends all creations without waiting for them. */
  abandon(error: unknown): void {
    for (const creation of this.#running) {
      creation.abandoned = { error };
      creation.attempt?.fail(error);
    }
  }

  /** Removes the deadline. */
  stop(): void {
    this.#parts.deadlines.remove(this.#wake);
  }
}
