import { LazyController } from "../abort-signal.ts";
import { PoolTimeoutError, type PoolState } from "../errors.ts";
import type { DeadlineQueue } from "../time/deadline-queue.ts";
import { outsideContext } from "../outside-context.ts";
import { attempt, type Attempt } from "./attempt.ts";
import type { Settings } from "./options.ts";

/** What creations tell their pool. Each of them tells one thing once; one that is late has failed before. */
export interface CreationHost<T> {
  now(): number;
  state(): PoolState;
  /** `expiresBy` is the time from which on it is to be replaced, Infinity mostly. */
  onMade(value: T, round: number, expiresBy: number): void;
  onFailed(error: unknown, round: number): void;
  onLate(value: T): void;
}

interface Creation {
  attempt: Attempt | undefined;
  expiresBy: number;
  readonly controller: LazyController;
}

/** The calls of `create` that have not ended. */
export class Creations<T> {
  readonly #settings: Settings<T>;
  readonly #deadlines: DeadlineQueue;
  readonly #host: CreationHost<T>;
  readonly #running = new Set<Creation>();

  constructor(settings: Settings<T>, deadlines: DeadlineQueue, host: CreationHost<T>) {
    this.#settings = settings;
    this.#deadlines = deadlines;
    this.#host = host;
  }

  get size(): number {
    return this.#running.size;
  }

  /** Calls `create`, outside any request's context. The end may be told before this returns. */
  start(round: number): void {
    const controller = new LazyController();
    const creation: Creation = { attempt: undefined, expiresBy: Infinity, controller };
    this.#running.add(creation);
    const { create, createTimeout } = this.#settings;
    creation.attempt = attempt<T>(() => outsideContext(() => create(controller.context)), {
      deadlines: this.#deadlines,
      until: this.#host.now() + createTimeout,
      timeoutError: () => {
        const error = new PoolTimeoutError("create", createTimeout, this.#host.state());
        controller.abort(error);
        return error;
      },
      settle: (end) => {
        this.#running.delete(creation);
        if ("error" in end) this.#host.onFailed(end.error, round);
        else this.#host.onMade(end.value, round, creation.expiresBy);
      },
      late: (end) => {
        if ("value" in end) this.#host.onLate(end.value);
      },
    });
  }

  /** What they make is to be replaced by a time. */
  expireBy(time: number): void {
    for (const creation of this.#running) {
      creation.expiresBy = Math.min(creation.expiresBy, time);
    }
  }

  /** Asks all of them to give up. */
  abort(reason: unknown): void {
    for (const { controller } of this.#running) controller.abort(reason);
  }

  /** Waits for none of them any longer. */
  abandon(error: unknown): void {
    for (const creation of this.#running) creation.attempt?.fail(error);
  }
}
