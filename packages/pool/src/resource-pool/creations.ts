import { LazyController } from "../abort-signal.ts";
import { PoolTimeoutError } from "../errors.ts";
import type { Attempt } from "./attempt.ts";
import type { CallbackHost } from "./owner-callbacks.ts";
import type { PoolParts } from "./pool-parts.ts";

/** What creations tell their pool. Each of them tells one thing once; one that is late has failed before. */
export interface CreationHost<T> extends CallbackHost {
  /** `startedAt` is the time of the call, `expiresBy` that from which on the resource is to be replaced, Infinity mostly. */
  onMade(value: T, round: number, startedAt: number, expiresBy: number): void;
  onFailed(error: unknown, round: number): void;
  onLate(value: T): void;
}

interface Creation {
  /** Undefined while `create` runs. */
  attempt: Attempt | undefined;
  /** Why it is waited for no longer, if that was said while `create` ran. */
  abandoned: { readonly error: unknown } | undefined;
  expiresBy: number;
  readonly controller: LazyController;
}

/** The calls of `create` that have not ended. */
export class Creations<T> {
  readonly #parts: PoolParts<T>;
  readonly #host: CreationHost<T>;
  readonly #running = new Set<Creation>();

  constructor(parts: PoolParts<T>, host: CreationHost<T>) {
    this.#parts = parts;
    this.#host = host;
  }

  get size(): number {
    return this.#running.size;
  }

  /** Calls `create`. The end may be told before this returns. */
  start(round: number): void {
    const controller = new LazyController();
    const creation: Creation = {
      attempt: undefined,
      abandoned: undefined,
      expiresBy: Infinity,
      controller,
    };
    this.#running.add(creation);
    const host = this.#host;
    const startedAt = this.#parts.now();
    creation.attempt = this.#parts.callbacks.create(
      host,
      controller.context,
      () => {
        const { createTimeout } = this.#parts.settings;
        const error = new PoolTimeoutError("create", createTimeout, host.state());
        controller.abort(error);
        return error;
      },
      (end) => {
        this.#running.delete(creation);
        const { abandoned, expiresBy } = creation;
        if (abandoned !== undefined) {
          host.onFailed(abandoned.error, round);
          if ("value" in end) host.onLate(end.value);
        } else if ("error" in end) host.onFailed(end.error, round);
        else host.onMade(end.value, round, startedAt, expiresBy);
      },
      (end) => {
        if ("value" in end) host.onLate(end.value);
      },
    );
    if (creation.abandoned !== undefined) creation.attempt.fail(creation.abandoned.error);
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
    for (const creation of this.#running) {
      creation.abandoned = { error };
      creation.attempt?.fail(error);
    }
  }
}
