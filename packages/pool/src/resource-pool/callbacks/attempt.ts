import { isThenable } from "../../is-thenable.ts";
import type { Deadline, DeadlineQueue } from "../../time/deadline-queue.ts";

/** How a call ended. */
export type Outcome<R> = { readonly value: R } | { readonly error: unknown };

/** A call that has not ended yet. */
export interface Attempt {
  /** Ends it with this error, as its timeout does; what it still brings is late. */
  fail(error: unknown): void;
}

/** How long a call may take, and who hears of its end. */
export interface AttemptOptions<R> {
  readonly deadlines: DeadlineQueue;
  /** After how many ms it has failed; Infinity for never. */
  readonly timeout: number;
  /** The time. Only asked for a call that has not ended when it returns. */
  readonly now: () => number;
  /** The error of a call that takes longer. */
  readonly timeoutError: () => unknown;
  /** Hears of the end, once: before `attempt` returns when the call did not return a promise. */
  readonly settle: (outcome: Outcome<R>) => void;
  /** Hears of what the call brings after it has failed by its timeout. */
  readonly late?: ((outcome: Outcome<R>) => void) | undefined;
}

/** Runs code of the pool's owner that may return, throw, resolve, reject or never do any of it. */
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
