import { PoolTimeoutError, type PoolState, type TimedOperation } from "../../errors.ts";
import { outsideContext, type AsyncContext } from "../../outside-context.ts";
import type { DeadlineQueue } from "../../time/deadline-queue.ts";
import { attempt, type Attempt, type Outcome } from "./attempt.ts";
import type { CreateContext } from "../options.ts";
import type { Settings } from "../settings.ts";
import type { EventHub } from "../reports/pool-events.ts";

/** The callbacks of the options. The callbacks of a ResourcePool ignore the key. */
export interface Callbacks<T> {
  readonly create: (context: CreateContext, key: unknown) => PromiseLike<T> | T;
  readonly validate: ((value: T, key: unknown) => PromiseLike<boolean> | boolean) | undefined;
  readonly prepare: ((value: T, key: unknown) => unknown) | undefined;
  readonly reset: ((value: T, key: unknown) => unknown) | undefined;
  readonly destroy: ((value: T, reason: unknown, key: unknown) => unknown) | undefined;
}

/** The core for which a callback runs. */
export interface CallbackHost {
  readonly key: unknown;
  /** Calls that failed or timed out. */
  callbackFailures: number;
  readonly report: { state(): PoolState };
}

/** The steps before a loan. */
export interface CheckSteps {
  readonly validate: boolean;
  readonly prepare: boolean;
  /** The async context of the borrower, in which `prepare` runs. */
  readonly context?: AsyncContext | undefined;
}

/** Why a resource did not pass its checks. */
export interface CheckFailure {
  readonly reason: unknown;
}

interface Parts<T> {
  readonly settings: Settings<T>;
  readonly deadlines: DeadlineQueue;
  readonly events: EventHub<T>;
  now(): number;
}

/**
 * Runs the callbacks of the options, each with its timeout, and reports failures. They run outside
 * every async context; only `prepare` runs in the context of the borrower.
 */
export class OwnerCallbacks<T> {
  readonly #parts: Parts<T>;
  readonly #callbacks: Callbacks<T>;

  constructor(parts: Parts<T>, callbacks: Callbacks<T>) {
    this.#parts = parts;
    this.#callbacks = callbacks;
  }

  readonly #now = (): number => this.#parts.now();

  /**
   * Creates a resource. `timeoutError` returns the error of a creation that takes too long, and
   * `late` is called with a resource that arrives after it.
   */
  create(
    host: CallbackHost,
    context: CreateContext,
    timeoutError: () => unknown,
    settle: (end: Outcome<T>) => void,
    late: (end: Outcome<T>) => void,
  ): Attempt {
    const { deadlines, settings } = this.#parts;
    const { create } = this.#callbacks;
    const timeout = settings.createTimeout;
    const options = { deadlines, timeout, now: this.#now, timeoutError, settle, late };
    return outsideContext(() => attempt(() => create(context, host.key), options));
  }

  /**
   * Validates and prepares a resource. Skips `prepare` if `goesOn` returns false after `validate`.
   */
  check(
    host: CallbackHost,
    value: T,
    steps: CheckSteps,
    goesOn: () => boolean,
    finish: (failure: CheckFailure | undefined) => void,
  ): void {
    const { validate, prepare } = this.#callbacks;
    const { validateTimeout } = this.#parts.settings;
    const runPrepare = (): void => {
      if (!steps.prepare || prepare === undefined || !goesOn()) finish(undefined);
      else {
        const call = (): unknown => prepare(value, host.key);
        const { context } = steps;
        const run = context === undefined ? call : (): unknown => context(call);
        this.#run(host, "prepare", validateTimeout, run, (end) =>
          finish("error" in end ? { reason: end.error } : undefined),
        );
      }
    };
    if (!steps.validate || validate === undefined) {
      runPrepare();
      return;
    }
    const call = (): PromiseLike<boolean> | boolean => validate(value, host.key);
    this.#run(host, "validate", validateTimeout, call, (end) => {
      if ("error" in end) finish({ reason: end.error });
      else if (end.value) runPrepare();
      else finish({ reason: "invalid" });
    });
  }

  /** Resets a resource. The caller guarantees that `reset` is set. */
  reset(host: CallbackHost, value: T, finish: (end: Outcome<unknown>) => void): void {
    const { reset } = this.#callbacks;
    const { resetTimeout } = this.#parts.settings;
    this.#run(host, "reset", resetTimeout, () => reset!(value, host.key), finish);
  }

  /** Destroys a resource. Finishes at once if `destroy` is not set. */
  destroy(
    host: CallbackHost,
    value: T,
    reason: unknown,
    finish: (end: Outcome<unknown>) => void,
  ): void {
    const { destroy } = this.#callbacks;
    if (destroy === undefined) finish({ value: undefined });
    else {
      const { destroyTimeout } = this.#parts.settings;
      this.#run(host, "destroy", destroyTimeout, () => destroy(value, reason, host.key), finish);
    }
  }

  /** Reports a failure to the listeners. */
  tell(host: CallbackHost, operation: TimedOperation, error: unknown): void {
    const { events } = this.#parts;
    if (error instanceof PoolTimeoutError) {
      events.emit("timeout", { operation, error }, host.key);
    }
    events.emit("error", { operation, error }, host.key);
  }

  #run<R>(
    host: CallbackHost,
    operation: TimedOperation,
    timeout: number,
    call: () => PromiseLike<R> | R,
    finish: (end: Outcome<R>) => void,
  ): void {
    const options = {
      deadlines: this.#parts.deadlines,
      timeout,
      now: this.#now,
      timeoutError: () => new PoolTimeoutError(operation, timeout, host.report.state()),
      settle: (end: Outcome<R>) => {
        if ("error" in end) host.callbackFailures++;
        finish(end);
        if ("error" in end) this.tell(host, operation, end.error);
      },
    };
    outsideContext(() => attempt(call, options));
  }
}
