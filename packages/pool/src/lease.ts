/**
 * A loan of a pool. It ends once: by `release`, by `destroy`, or by the end of a `using` block.
 * Whoever holds a lease that has ended can no longer touch what another one holds now, and a lease
 * that is kept keeps nothing alive that has left the pool. Methods are called on their lease: one that
 * is passed on is `() => lease.release()`, or a TypeError.
 */
export interface Lease<T> extends Disposable, AsyncDisposable {
  /**
   * What is lent. Do not keep it beyond the loan. Throws a StaleLeaseError when the pool has nothing
   * to give any more: the resource was destroyed, or the object or buffer was given back.
   */
  readonly value: T;
  /** Gives it back. Throws a StaleLeaseError when the loan has ended already. */
  release(): void;
  /** Gives it back as broken: it is destroyed, and the pool makes another one where it needs one. Throws like `release`. */
  destroy(reason?: unknown): void;
  /** Gives it back, or does nothing when the loan has ended already. */
  [Symbol.dispose](): void;
  /** Like `[Symbol.dispose]`. */
  [Symbol.asyncDispose](): Promise<void>;
  /** Notes what the loan is used for now, for `holders()` and for errors. */
  touch(note: string): void;
}

/** Who holds a loan, for messages and for people. */
export interface Holder<T = unknown> {
  /** Number of the loan, unique in its pool: which resource, and how often it has been lent. */
  readonly loan: string;
  /** What is lent. */
  readonly value: T;
  /** Milliseconds since it was lent. */
  readonly age: number;
  /** What `acquire({ label })` was given. */
  readonly label: string | undefined;
  /** The last note of `touch`. */
  readonly note: string | undefined;
  /** Where it was borrowed: in debug mode always, else of every `sampleStacks`th loan. */
  readonly stack: string | undefined;
}

/**
 * Who holds a loan, as errors tell of it: nothing but texts and numbers, which can be logged and kept.
 * The resource itself is in `holders()` of the pool.
 */
export interface HolderDescription extends Omit<Holder, "value"> {
  /** The key of the resource as a text, in a keyed pool. */
  readonly key?: string | undefined;
  /** When it was lent: ms since 1970, by the machine's clock. */
  readonly since: number;
}

/**
 * The error of a method that was taken off its lease: `const { release } = lease`, or
 * `setTimeout(lease.release)`; and of a value that is read through something else than its lease, a
 * proxy of it, say. The action is "release resource", or "use resource" for the value.
 */
export function unbound(action: string): TypeError {
  const [verb] = action.split(" ");
  const [member, found] =
    verb === "use" ? ["value", "the value was read"] : [`${verb}()`, "the method was called"];
  return new TypeError(`Cannot ${action}: ${found} without its lease, expected lease.${member}`);
}

/** The same holder for a report that may be logged: `value` can be read, and is not enumerable. */
export function hideValue<T>(holder: Holder<T>): Holder<T> {
  return Object.defineProperty({ ...holder }, "value", { enumerable: false });
}
