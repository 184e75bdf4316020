import { isThenable } from "../../is-thenable.ts";
import type { Deadline, DeadlineQueue } from "../../time/deadline-queue.ts";

/** The result of a call. */
export type Outcome<R> = { readonly value: R } | { readonly error: unknown };

/** A call that has not ended yet. */
export interface Attempt {
  /** Ends the call with this error, as its timeout does. A result that still arrives is late. */
  fail(error: unknown): void;
}

/** The longest duration of a call, and the functions that get its result. */
export interface AttemptOptions<R> {
  readonly deadlines: DeadlineQueue;
  /** Milliseconds after which the call has failed; Infinity for never. */
  readonly timeout: number;
  /** The time. Only read if the call returns a promise. */
  readonly now: () => number;
  /** The error of a call that takes longer than `timeout`. */
  readonly timeoutError: () => unknown;
  /**
   * Called once with the result. If the call returns no promise, called before `attempt` returns.
   */
  readonly settle: (outcome: Outcome<R>) => void;
  /** Called with a result that arrives after the call has failed by its timeout. */
  readonly late?: ((outcome: Outcome<R>) => void) | undefined;
}

/** Runs a callback of the options, which may return, throw, resolve, reject, or never settle. */
export function attempt<R>(call: () => PromiseLike<R> | R, options: AttemptOptions<R>): Attempt {
  let isOver = false;
  let deadline: Deadline | undefined;
  const end = (outcome: Outcome<R>): void => {
    if (isOver) {
      options.late?.(outcome);
      return;
    }
    isOver = true;
    if (deadline !== undefined) options.deadlines.remove(deadline);
    options.settle(outcome);
  };
  const fail = (error: unknown): void => {
    if (!isOver) end({ error });
  };
  let made: PromiseLike<R> | R;
  let isLater: boolean;
  try {
    made = call();
    isLater = isThenable(made);
  } catch (error) {
    end({ error });
    return { fail };
  }
  if (!isLater) {
    end({ value: made as R });
    return { fail };
  }
  const { timeout } = options;
  if (timeout !== Infinity && !isOver) {
    const at = options.now() + timeout;
    deadline = options.deadlines.add(at, () => fail(options.timeoutError()));
  }
  Promise.resolve(made).then(
    (value) => end({ value }),
    (error: unknown) => end({ error }),
  );
  return { fail };
}
