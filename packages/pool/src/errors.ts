import type { HeldLoans } from "./held-loans.ts";
import type { HolderDescription } from "./lease.ts";

/** How a pool stood when an error was made. */
export interface PoolState {
  /** The pool's `name`, or "pool". */
  readonly name: string;
  /** In a keyed pool the key as a text, where it is of one key. */
  readonly key?: string | undefined;
  readonly min: number;
  readonly max: number;
  /** All that counts against `max`: idle, leased, and what is being created, checked, reset or destroyed. */
  readonly total: number;
  readonly idle: number;
  readonly leased: number;
  readonly creating: number;
  /** Being validated or prepared. */
  readonly checking?: number | undefined;
  /** Calls of `acquire` that wait. */
  readonly waiting: number;
  /** In a keyed pool what all keys have together, and may have. */
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

const NOBODY: HeldLoans = { holders: [], text: "" };

/** What took too long: waiting for a loan, or a callback of the pool's owner. */
export type TimedOperation = "acquire" | "create" | "validate" | "prepare" | "reset" | "destroy";

/** Something took longer than its timeout. `cause` of an acquire is the last failure to create or to pass a check, if there was one since the last success. */
export class PoolTimeoutError extends Error {
  override readonly name = "PoolTimeoutError";
  readonly code = "POOL_TIMEOUT";
  readonly operation: TimedOperation;
  /** Milliseconds that were allowed. */
  readonly timeout: number;
  readonly pool: PoolState;
  /** Place in the queue, 1 for the next to be served, and 1000 for all from there on; undefined for operations that do not queue. */
  readonly position: number | undefined;
  /** Who holds the loans, at most three, the oldest first. */
  readonly holders: readonly HolderDescription[];

  constructor(
    operation: TimedOperation,
    timeout: number,
    pool: PoolState,
    {
      position,
      held = NOBODY,
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

/** The pool is closed, or was closed while the call waited. */
export class PoolClosedError extends Error {
  override readonly name = "PoolClosedError";
  readonly code = "POOL_CLOSED";
  readonly pool: PoolState;

  constructor(action: string, pool: PoolState) {
    super(`Cannot ${action}: ${nameOf(pool.name, pool.key)} is closed, expected one in use`);
    this.pool = pool;
  }
}

/**
 * Why a loan was refused: the queue is full, the pool sheds load, everyone who could release waits, or
 * the pool has lent as much as it may and lets nobody wait.
 */
export type ExhaustedReason = "waiters" | "overload" | "deadlock" | "bound";

/** The pool refuses a loan, and does not let the call wait. */
export class PoolExhaustedError extends Error {
  override readonly name = "PoolExhaustedError";
  readonly code = "POOL_EXHAUSTED";
  readonly reason: ExhaustedReason;
  readonly pool: PoolState;
  /** Who holds the loans, at most three, the oldest first; in a deadlock all that take part. */
  readonly holders: readonly HolderDescription[];

  constructor(
    reason: ExhaustedReason,
    why: string,
    pool: PoolState,
    held: HeldLoans = NOBODY,
    action = "acquire resource",
  ) {
    super(`Cannot ${action}: ${why}, ${describeState(pool)}${held.text}`);
    this.reason = reason;
    this.pool = pool;
    this.holders = held.holders;
  }
}

/** `create` failed, or is not called because it failed too often. `cause` is what it threw. */
export class CreateError extends Error {
  override readonly name = "CreateError";
  readonly code = "CREATE_FAILED";
  readonly pool: PoolState;
  /** Failures since the last success. */
  readonly failures: number;
  /** Whether the circuit breaker is open, and nothing is tried until `retryIn`. */
  readonly isOpen: boolean;
  /** Milliseconds until the pool tries again; 0 when the next demand does. */
  readonly retryIn: number;

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

/** One side of a stale use: a loan, and where it began and ended, as far as that is known. */
export interface LoanRecord {
  readonly loan: string;
  readonly label: string | undefined;
  readonly note: string | undefined;
  /** Where it was borrowed. In debug mode. */
  readonly borrowed: string | undefined;
  /** Where it was given back. In debug mode. */
  readonly returned: string | undefined;
}

/** What an error says of a loan: `loan 3.7 "checkout" (insert order)`. */
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

/** A loan was used or ended after it had ended. The object now belongs to `holder`, or to nobody; nothing of that was touched. */
export class StaleLeaseError extends Error {
  override readonly name = "StaleLeaseError";
  readonly code = "STALE_LEASE";
  /** Name of the pool. */
  readonly pool: string;
  /** The key of the resource as a text, in a keyed pool. */
  readonly key: string | undefined;
  /** The loan that had ended. */
  readonly stale: LoanRecord;
  /** Who holds the object now; undefined when nobody does. */
  readonly holder: LoanRecord | undefined;

  constructor(
    action: string,
    pool: string,
    stale: LoanRecord,
    holder: LoanRecord | undefined,
    key?: string,
  ) {
    const now =
      holder === undefined ? "nobody holds it now" : `it is now held by ${describeRecord(holder)}`;
    super(`Cannot ${action}: ${describeRecord(stale)} of ${nameOf(pool, key)} has ended, ${now}`);
    this.pool = pool;
    this.key = key;
    this.stale = stale;
    this.holder = holder;
    writeStack(this);
  }
}

/**
 * The message of what was thrown, whatever it is; never throws. Some errors have nothing but a code,
 * Node's of a refused connection, for one.
 */
function messageOf(thrown: unknown): string {
  try {
    const { message, code, name } = Object(thrown) as Record<string, unknown>;
    const isError = thrown instanceof Error || typeof message === "string";
    return shorten(String(isError ? message || code || name : thrown), 500);
  } catch {
    return "something without a message";
  }
}

/** At most so many characters of a text. */
export function shorten(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}

/**
 * V8 writes the text of a stack when it is read for the first time. Until then an error holds the
 * functions of its stack, and what they were called on: of these errors a lease or a callback, which
 * hold the resource. The others do without, because they are made by the thousand under overload.
 */
function writeStack(error: Error): void {
  try {
    void error.stack;
  } catch {
    // A hook of the program (`Error.prepareStackTrace`) has failed.
  }
}

/**
 * Where the caller of the caller stands: a stack without its first lines. Undefined if the host or a
 * hook of the program brings no text: what it brings else may hold the functions of the stack. Never throws.
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
