import type { HolderDescription } from "./lease.ts";

/**
 * State of a pool at the moment an error was made. Counts are resources in a ResourcePool or
 * KeyedPool, objects in an ObjectPool, and bytes in a BufferPool.
 */
export interface PoolState {
  /** The option `name` of the pool; "pool" by default. */
  readonly name: string;
  /** The key as a text, if the state is the state of one key of a keyed pool. */
  readonly key?: string | undefined;
  /** The option `min`; 0 in pools without such an option. */
  readonly min: number;
  /** The option `max` (`maxBytes` of a BufferPool), or the bound of the key. */
  readonly max: number;
  /**
   * What counts against `max`: idle and leased resources, and resources that are being created,
   * checked, reset or destroyed.
   */
  readonly total: number;
  /** Resources that are ready and not on loan. */
  readonly idle: number;
  /** Resources on loan. */
  readonly leased: number;
  /** Resources that are being created. */
  readonly creating: number;
  /** Resources that are being validated or prepared. */
  readonly checking?: number | undefined;
  /** Calls of `acquire` that wait; 0 in pools in which calls cannot wait. */
  readonly waiting: number;
  /** Total and bound over all keys, in a keyed pool. */
  readonly all?: { readonly total: number; readonly max: number } | undefined;
}

function nameOf(name: string, key: string | undefined): string {
  return key === undefined ? name : `${name} key ${JSON.stringify(key)}`;
}

function describeState(state: PoolState): string {
  const { name, key, total, max, idle, leased, creating, checking = 0, waiting, all } = state;
  const checks = checking > 0 ? `, ${checking} checking` : "";
  const rest = all === undefined ? "" : `; all keys have ${all.total} of ${all.max}`;
  return `${nameOf(name, key)} has ${total} of ${max} (${idle} idle, ${leased} leased, ${creating} creating${checks}), ${waiting} waiting${rest}`;
}

/** The present loans of a pool, for an error. */
export interface HeldLoans {
  /** The loans that the error lists, the oldest first. */
  readonly holders: readonly HolderDescription[];
  /** The end of its message; empty if there are no loans. */
  readonly text: string;
}

const NO_LOANS: HeldLoans = { holders: [], text: "" };

/** The operation that took too long: the wait for a loan, or a callback of the pool. */
export type TimedOperation = "acquire" | "create" | "validate" | "prepare" | "reset" | "destroy";

/**
 * An operation of a ResourcePool or KeyedPool took longer than its timeout: `acquireTimeout` or the
 * `timeout` of a call, or the timeout of a callback.
 *
 * `cause` of an `acquire` is the last failure of `create`, `validate` or `prepare` since the last
 * success, if there was one.
 *
 * @example
 * ```ts
 * import { PoolTimeoutError, ResourcePool } from "@heapwise/pool";
 *
 * const pool = new ResourcePool({ create: () => ({}), max: 1 });
 * const lease = await pool.acquire({ label: "report" });
 * try {
 *   await pool.acquire({ timeout: 5 });
 * } catch (error) {
 *   const { operation, timeout, position, holders } = error as PoolTimeoutError;
 *   [operation, timeout, position]; // => ["acquire", 5, 1]
 *   holders.map(({ label }) => label); // => ["report"]
 * }
 * lease.release();
 * await pool.close();
 * ```
 */
export class PoolTimeoutError extends Error {
  /** Always "PoolTimeoutError". */
  override readonly name = "PoolTimeoutError";
  /** Always "POOL_TIMEOUT", also if the program has two copies of the package. */
  readonly code = "POOL_TIMEOUT";
  /** The operation that took too long. */
  readonly operation: TimedOperation;
  /** Milliseconds that the operation was allowed to take. */
  readonly timeout: number;
  /** State of the pool at the time of the error. */
  readonly pool: PoolState;
  /**
   * Place of the call in the queue: 1 is served next, and 1000 stands for 1000 and all later
   * places. Undefined for operations that do not queue.
   */
  readonly position: number | undefined;
  /** The three oldest loans, the oldest first; empty if nothing is on loan. */
  readonly holders: readonly HolderDescription[];

  /** Called by the pools. */
  constructor(
    operation: TimedOperation,
    timeout: number,
    pool: PoolState,
    {
      position,
      held = NO_LOANS,
      cause,
    }: {
      position?: number | undefined;
      held?: HeldLoans | undefined;
      cause?: unknown;
    } = {},
  ) {
    const place = position === undefined ? "" : ` at position ${position}`;
    const failure = cause === undefined ? "" : `; last failure: ${messageOf(cause)}`;
    super(
      `Cannot ${operation} resource: not done in ${timeout} ms${place}, ${describeState(pool)}${held.text}${failure}`,
      cause === undefined ? undefined : { cause },
    );
    this.operation = operation;
    this.timeout = timeout;
    this.pool = pool;
    this.position = position;
    this.holders = held.holders;
    if (operation !== "acquire") writeStack(this);
  }
}

/**
 * The pool, or the key of a keyed pool, was closed before the call or while the call waited.
 *
 * @example
 * ```ts
 * import { ResourcePool } from "@heapwise/pool";
 *
 * const pool = new ResourcePool({ create: () => ({}), max: 1 });
 * await pool.close();
 * await pool.acquire(); // => throws PoolClosedError
 * ```
 */
export class PoolClosedError extends Error {
  /** Always "PoolClosedError". */
  override readonly name = "PoolClosedError";
  /** Always "POOL_CLOSED", also if the program has two copies of the package. */
  readonly code = "POOL_CLOSED";
  /** State of the pool at the time of the error. */
  readonly pool: PoolState;

  /** Called by the pools. */
  constructor(action: string, pool: PoolState) {
    super(`Cannot ${action}: ${nameOf(pool.name, pool.key)} is closed, expected an open pool`);
    this.pool = pool;
  }
}

/**
 * Why a loan was refused:
 *
 * - `"waiters"`: as many calls wait as `maxWaiters` (or `maxWaitersPerKey`) allows.
 * - `"overload"`: the pool sheds load, because of its option `codel`.
 * - `"deadlock"`: each holder that could release a resource waits for another loan (option
 *   `scopes`).
 * - `"bound"`: an ObjectPool with `max` or a strict BufferPool has reached its bound. Calls of
 *   these pools never wait.
 */
export type ExhaustedReason = "waiters" | "overload" | "deadlock" | "bound";

/**
 * The pool refused a loan, and did not let the call wait. `reason` says why.
 *
 * @example
 * ```ts
 * import { ObjectPool, PoolExhaustedError } from "@heapwise/pool";
 *
 * const pool = new ObjectPool({ create: () => new Map(), max: 1 });
 * pool.acquire();
 * try {
 *   pool.acquire();
 * } catch (error) {
 *   (error as PoolExhaustedError).reason; // => "bound"
 * }
 * ```
 */
export class PoolExhaustedError extends Error {
  /** Always "PoolExhaustedError". */
  override readonly name = "PoolExhaustedError";
  /** Always "POOL_EXHAUSTED", also if the program has two copies of the package. */
  readonly code = "POOL_EXHAUSTED";
  /** Why the loan was refused. */
  readonly reason: ExhaustedReason;
  /** State of the pool at the time of the error. */
  readonly pool: PoolState;
  /**
   * The three oldest loans, the oldest first; if `reason` is "deadlock", all loans that take part.
   */
  readonly holders: readonly HolderDescription[];

  /** Called by the pools. */
  constructor(
    reason: ExhaustedReason,
    why: string,
    pool: PoolState,
    held: HeldLoans = NO_LOANS,
    action = "acquire resource",
  ) {
    super(`Cannot ${action}: ${why}, ${describeState(pool)}${held.text}`);
    this.reason = reason;
    this.pool = pool;
    this.holders = held.holders;
  }
}

/**
 * `create` of a ResourcePool or KeyedPool failed, or is not called because it failed too many
 * times. `cause` is the error that `create` threw.
 *
 * @example
 * ```ts
 * import { CreateError, ResourcePool } from "@heapwise/pool";
 *
 * const pool = new ResourcePool({
 *   create: () => Promise.reject(new Error("connection refused")),
 *   max: 1,
 *   breaker: { failures: 1, reset: 1000 },
 * });
 * const error = await pool.acquire().catch((found: CreateError) => found);
 * const { failures, isOpen, cause } = error as CreateError;
 * [failures, isOpen, String(cause)]; // => [1, true, "Error: connection refused"]
 * await pool.close();
 * ```
 */
export class CreateError extends Error {
  /** Always "CreateError". */
  override readonly name = "CreateError";
  /** Always "CREATE_FAILED", also if the program has two copies of the package. */
  readonly code = "CREATE_FAILED";
  /** State of the pool at the time of the error. */
  readonly pool: PoolState;
  /** Failures since the last success. */
  readonly failures: number;
  /** Whether the circuit breaker is open: the pool does not call `create` for `retryIn` ms. */
  readonly isOpen: boolean;
  /** Milliseconds until the pool tries again; 0 if the next call of `acquire` makes it try. */
  readonly retryIn: number;

  /** Called by the pools. */
  constructor(
    cause: unknown,
    pool: PoolState,
    { failures, isOpen, retryIn }: { failures: number; isOpen: boolean; retryIn: number },
  ) {
    const state = isOpen ? `, the breaker is open for ${Math.ceil(retryIn)} ms` : "";
    const times = failures === 1 ? "once" : `${failures} times in a row`;
    super(
      `Cannot create resource: failed ${times} (${messageOf(cause)})${state}, ${describeState(pool)}`,
      { cause },
    );
    this.pool = pool;
    this.failures = failures;
    this.isOpen = isOpen;
    this.retryIn = retryIn;
  }
}

/** A loan that a StaleLeaseError is about, as far as the pool knows it. */
export interface LoanRecord {
  /** Number of the loan, unique in its pool. */
  readonly loan: string;
  /** The option `label` of `acquire`, or undefined. */
  readonly label: string | undefined;
  /** The last note of `touch`, or undefined. */
  readonly note: string | undefined;
  /** Stack of the borrower. Undefined unless the pool is in debug mode or has sampled the stack. */
  readonly borrowed: string | undefined;
  /** Stack of the call that ended the loan. Undefined unless the pool is in debug mode. */
  readonly returned: string | undefined;
}

/** Describes a loan for an error message: `loan 3.7 "checkout" (insert order)`. */
export function describeLoan({
  loan,
  label,
  note,
}: Pick<LoanRecord, "loan" | "label" | "note">): string {
  const name = label === undefined ? "" : ` "${label}"`;
  const doing = note === undefined ? "" : ` (${note})`;
  return `loan ${loan}${name}${doing}`;
}

function describeRecord(record: LoanRecord): string {
  const { borrowed, returned } = record;
  const from = borrowed === undefined ? "" : `\n  borrowed ${borrowed}`;
  const to = returned === undefined ? "" : `\n  returned ${returned}`;
  return `${describeLoan(record)}${from}${to}`;
}

/**
 * A lease was used, released or destroyed after the end of its loan. The call had no effect: if the
 * resource is on loan again by now, that loan (`holder`) goes on.
 *
 * A BufferPool in debug mode also throws this error if a buffer was written to after its return.
 *
 * @example
 * ```ts
 * import { ResourcePool, StaleLeaseError } from "@heapwise/pool";
 *
 * const pool = new ResourcePool({ create: () => ({}), max: 1 });
 * const first = await pool.acquire({ label: "ada" });
 * first.release();
 * const second = await pool.acquire({ label: "bob" });
 * try {
 *   first.release();
 * } catch (error) {
 *   const { stale, holder } = error as StaleLeaseError;
 *   [stale.loan, holder?.loan, holder?.label]; // => ["1.1", "1.2", "bob"]
 * }
 * second.release();
 * await pool.close();
 * ```
 */
export class StaleLeaseError extends Error {
  /** Always "StaleLeaseError". */
  override readonly name = "StaleLeaseError";
  /** Always "STALE_LEASE", also if the program has two copies of the package. */
  readonly code = "STALE_LEASE";
  /** Name of the pool. */
  readonly pool: string;
  /** The key of the resource as a text, in a keyed pool; otherwise undefined. */
  readonly key: string | undefined;
  /** The loan that had ended. */
  readonly stale: LoanRecord;
  /** The present loan of the same resource. Undefined if the resource is not on loan. */
  readonly holder: LoanRecord | undefined;

  /** Called by the pools. */
  constructor(
    action: string,
    pool: string,
    stale: LoanRecord,
    holder: LoanRecord | undefined,
    key?: string,
  ) {
    const now =
      holder === undefined ? "it is not lent now" : `it is now held by ${describeRecord(holder)}`;
    super(`Cannot ${action}: ${describeRecord(stale)} of ${nameOf(pool, key)} has ended, ${now}`);
    this.pool = pool;
    this.key = key;
    this.stale = stale;
    this.holder = holder;
    writeStack(this);
  }
}

/**
 * The message of a thrown value of any kind. Never throws. Some errors have only a code, such as
 * the error of Node for a refused connection.
 */
function messageOf(thrown: unknown): string {
  try {
    const { message, code, name } = Object(thrown) as Record<string, unknown>;
    const isError = thrown instanceof Error || typeof message === "string";
    return shorten(String(isError ? message || code || name : thrown), 500);
  } catch {
    return "an error without a message";
  }
}

/** Cuts a text to at most `most` characters. */
export function shorten(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}

/**
 * Has V8 write the text of the stack now. V8 does so at the first read of `stack`; until then an
 * error holds the functions of its stack and their `this`, which in these errors are a lease or a
 * callback that hold the resource. Errors that are made by the thousand under overload skip this
 * step.
 */
function writeStack(error: Error): void {
  try {
    void error.stack;
  } catch {
    // A hook of the program, `Error.prepareStackTrace`, has failed.
  }
}

/**
 * The present stack as a text, without the frame of this function and the `skip` frames before it.
 * Undefined if the host, or a hook of the program, makes something else than a text of it, which
 * might hold the functions of the stack. Never throws.
 */
export function captureStack(skip: number): string | undefined {
  try {
    const { stack } = new Error("borrowed");
    if (typeof stack !== "string") return undefined;
    const lines = stack.split("\n").slice(skip + 2);
    return lines.map((line) => line.trim()).join("\n    ") || undefined;
  } catch {
    return undefined;
  }
}
