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

/** A holder, or what was said of one. */
export type AnyHolder = Omit<Holder, "value"> & { readonly key?: unknown; readonly since?: number };

/** What errors keep of a holder. */
export function describe(holder: AnyHolder): HolderDescription {
  const { loan, age, label, note, stack, since = Math.round(Date.now() - age) } = holder;
  const description = { loan, since, age, label, note, stack };
  return "key" in holder ? { key: describeKey(holder.key), ...description } : description;
}

/**
 * The error of a method that was taken off its lease: `const { release } = lease`, or
 * `setTimeout(lease.release)`. The action is "release resource", say.
 */
export function unbound(action: string): TypeError {
  const [method] = action.split(" ");
  return new TypeError(
    `Cannot ${action}: the method was called without its lease, expected lease.${method}()`,
  );
}

/** The error of a value that is read through something else than its lease: a proxy of it, say. */
export function unboundValue(thing: string): TypeError {
  return new TypeError(
    `Cannot use ${thing}: the value was read without its lease, expected lease.value`,
  );
}

/** What an error says of a holder: `loan 3.7 "checkout" (insert order) for 1200 ms`; in a keyed pool with `under key "a"` behind it. */
export function describeHolder({ key, loan, age, label, note }: HolderDescription): string {
  const name = label === undefined ? "" : ` "${label}"`;
  const doing = note === undefined ? "" : ` (${note})`;
  const owner = key === undefined ? "" : ` under key ${JSON.stringify(key)}`;
  return `loan ${loan}${name}${doing} for ${Math.round(age)} ms${owner}`;
}

/**
 * The text of a key for errors and logs: 200 characters at most, without the passwords of addresses
 * and those of a connection string (`password=...`, `Pwd=...`, `token=...`). Never runs code of the key, and shows nothing of an object.
 */
export function describeKey(key: unknown): string {
  if (typeof key === "function" || (typeof key === "object" && key !== null)) return "an object";
  return shorten(
    String(key)
      .replace(/\/\/(?:[^/\s]*@|[^/\s:]*:(?!\d+\/)[^,]{0,999}@)/g, "//***@")
      .replace(/(pass\w{0,9}|pwd|secret|token|\wkey) ?= ?[^&;\s]*/gi, "$1=***"),
    200,
  );
}

/** At most so many characters of a text. */
export function shorten(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}

/** The same holder for a report that may be logged: `value` can be read, and is not enumerable. */
export function hideValue<T>(holder: Holder<T>): Holder<T> {
  return Object.defineProperty({ ...holder }, "value", { enumerable: false });
}
