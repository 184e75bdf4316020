/**
 * A loan of a pool. It ends once: by `release`, by `destroy`, or by the end of a `using` block.
 * Whoever holds a lease that has ended can no longer touch what another one holds now.
 */
export interface Lease<T> extends Disposable, AsyncDisposable {
  /** What is lent. Do not keep it beyond the loan. */
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

/** What an error says of a holder: `loan 3.7 "checkout" (insert order) for 1200 ms`. */
export function describeHolder({ loan, age, label, note }: Omit<Holder, "value">): string {
  const name = label === undefined ? "" : ` "${label}"`;
  const doing = note === undefined ? "" : ` (${note})`;
  return `loan ${loan}${name}${doing} for ${Math.round(age)} ms`;
}
