import { PoolTimeoutError, type PoolState, type TimedOperation } from "../errors.ts";
import { outsideContext } from "../outside-context.ts";
import type { DeadlineQueue } from "../time/deadline-queue.ts";
import { attempt, type Outcome } from "./attempt.ts";
import type { Settings } from "./options.ts";
import type { EventHub } from "./pool-events.ts";

/** What is done to a resource before a loan. */
export interface CheckSteps {
  readonly validate: boolean;
  readonly prepare: boolean;
}

/** Why a resource did not pass. */
export interface CheckFailure {
  readonly reason: unknown;
}

/** Runs the callbacks of the pool's owner on a resource, each with its timeout, and tells of failures. */
export class OwnerCallbacks<T> {
  readonly #settings: Settings<T>;
  readonly #deadlines: DeadlineQueue;
  readonly #events: EventHub<T>;
  readonly #now: () => number;
  readonly #state: () => PoolState;
  /** Calls that failed or timed out. */
  failures = 0;

  constructor(
    settings: Settings<T>,
    deadlines: DeadlineQueue,
    events: EventHub<T>,
    now: () => number,
    state: () => PoolState,
  ) {
    this.#settings = settings;
    this.#deadlines = deadlines;
    this.#events = events;
    this.#now = now;
    this.#state = state;
  }

  /** Validates and prepares a resource. `goesOn` is asked between the two. */
  check(
    value: T,
    steps: CheckSteps,
    goesOn: () => boolean,
    finish: (failure: CheckFailure | undefined) => void,
  ): void {
    const { validate, prepare, validateTimeout } = this.#settings;
    const runPrepare = (): void => {
      if (!steps.prepare || prepare === undefined || !goesOn()) finish(undefined);
      else {
        this.#run(
          "prepare",
          validateTimeout,
          () => prepare(value),
          (end) => finish("error" in end ? { reason: end.error } : undefined),
        );
      }
    };
    if (!steps.validate || validate === undefined) {
      runPrepare();
      return;
    }
    this.#run(
      "validate",
      validateTimeout,
      () => validate(value),
      (end) => {
        if ("error" in end) finish({ reason: end.error });
        else if (end.value) runPrepare();
        else finish({ reason: "invalid" });
      },
    );
  }

  /** Resets a resource. The caller guarantees that there is a `reset`. */
  reset(value: T, finish: (end: Outcome<unknown>) => void): void {
    const { reset, resetTimeout } = this.#settings;
    this.#run("reset", resetTimeout, () => reset!(value), finish);
  }

  /** Destroys a resource; at once where there is no `destroy`. */
  destroy(value: T, reason: unknown, finish: (end: Outcome<unknown>) => void): void {
    const { destroy, destroyTimeout } = this.#settings;
    if (destroy === undefined) finish({ value: undefined });
    else {
      this.#run(
        "destroy",
        destroyTimeout,
        () => outsideContext(() => destroy(value, reason)),
        finish,
      );
    }
  }

  /** Tells the listeners of a failure. */
  tell(operation: TimedOperation, error: unknown): void {
    if (error instanceof PoolTimeoutError) this.#events.emit("timeout", { operation, error });
    this.#events.emit("error", { operation, error });
  }

  #run<R>(
    operation: TimedOperation,
    timeout: number,
    call: () => PromiseLike<R> | R,
    finish: (end: Outcome<R>) => void,
  ): void {
    attempt(call, {
      deadlines: this.#deadlines,
      until: this.#now() + timeout,
      timeoutError: () => new PoolTimeoutError(operation, timeout, this.#state()),
      settle: (end) => {
        if ("error" in end) this.failures++;
        finish(end);
        if ("error" in end) this.tell(operation, end.error);
      },
    });
  }
}
