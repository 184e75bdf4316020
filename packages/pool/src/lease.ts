/**
 * The right to one loan of a pool. A loan ends once: by `release()`, by `destroy()`, or at the end
 * of a `using` block. After its end the lease can no longer touch the resource, which may be lent
 * to another borrower by then.
 *
 * Keep the lease for as long as you use its value. A lease that the garbage collector finds counts
 * as lost: a ResourcePool or KeyedPool destroys its resource, a BufferPool never lends its block
 * again. A lease that has ended can be kept: it keeps nothing alive that has left the pool.
 *
 * Call the methods on the lease. To pass one on, write `() => lease.release()`: a bare
 * `lease.release` throws a TypeError when it is called.
 *
 * @example
 * ```ts
 * import { ResourcePool, type Lease } from "@heapwise/pool";
 *
 * const pool = new ResourcePool({ create: () => [1, 2, 3], max: 1 });
 * const lease: Lease<number[]> = await pool.acquire({ label: "checkout" });
 * try {
 *   lease.touch("insert order");
 *   lease.value.push(4); // => 4
 * } finally {
 *   lease.release();
 * }
 * lease.release(); // => throws StaleLeaseError
 * ```
 */
export interface Lease<T> extends Disposable, AsyncDisposable {
  /**
   * The resource, object or buffer on loan. Do not use it after the end of the loan.
   *
   * A lease of an ObjectPool or BufferPool refuses access from the end of its loan on. A lease of a
   * ResourcePool or KeyedPool does so in debug mode, and if the resource has been destroyed.
   *
   * @throws {StaleLeaseError} if the loan has ended, within these limits.
   */
  readonly value: T;

  /**
   * Ends the loan and gives the value back to the pool, which may call `reset` and `validate` on
   * it. Does nothing if the pool has discarded the resource during the loan.
   *
   * @throws {StaleLeaseError} if the loan has ended before. No other loan is affected.
   */
  release(): void;

  /**
   * Ends the loan, and has the pool destroy the value instead of lending it again. Call it if the
   * value is broken, or if other code may still use it. The pool makes another one when it needs
   * one. Does nothing if the pool has discarded the resource during the loan.
   *
   * @param reason Passed to `destroy` and to `destroy` listeners of a ResourcePool or KeyedPool.
   * @throws {StaleLeaseError} if the loan has ended before. No other loan is affected.
   *
   * @example
   * ```ts
   * import { ResourcePool } from "@heapwise/pool";
   *
   * const pool = new ResourcePool({ create: () => ({}), max: 1 });
   * const lease = await pool.acquire();
   * lease.destroy(new Error("protocol error"));
   * pool.stats().leased; // => 0
   * await pool.close();
   * ```
   */
  destroy(reason?: unknown): void;

  /**
   * Ends the loan like `release()`, or does nothing if the loan has ended. Called at the end of a
   * `using` block.
   */
  [Symbol.dispose](): void;

  /** Like `[Symbol.dispose]()`, for `await using`. The promise resolves at once. */
  [Symbol.asyncDispose](): Promise<void>;

  /**
   * Notes the present use of the loan. The last note is in `holders()` and in error messages.
   *
   * @throws {StaleLeaseError} if the loan has ended.
   * @throws {TypeError} if `note` is not a string.
   */
  touch(note: string): void;
}

/** A loan that has not ended, as `holders()` of a pool lists it. */
export interface Holder<T = unknown> {
  /** Number of the loan, unique in its pool: the resource, and how many times it has been lent. */
  readonly loan: string;
  /** The resource on loan. */
  readonly value: T;
  /** Milliseconds since the loan began. */
  readonly age: number;
  /** The option `label` of `acquire`, or undefined. */
  readonly label: string | undefined;
  /** The last note of `touch`, or undefined. */
  readonly note: string | undefined;
  /**
   * Stack of the borrower, or undefined. Recorded for each loan in debug mode, and otherwise for
   * one loan in `sampleStacks`.
   */
  readonly stack: string | undefined;
}

/**
 * A loan as errors describe it: texts and numbers only, which can be logged and kept. The resource
 * itself is in `holders()` of the pool.
 */
export interface HolderDescription extends Omit<Holder, "value"> {
  /** The key of the resource as a text, in a keyed pool. */
  readonly key?: string | undefined;
  /** When the loan began: ms since 1970, by the machine's clock. */
  readonly since: number;
}

/**
 * The error of a method that is called without its lease (`const { release } = lease`,
 * `setTimeout(lease.release)`), or of a value that is read through another object, such as a proxy
 * of the lease. The action is "release resource", for example, or "use resource" for the value.
 */
export function unbound(action: string): TypeError {
  const [verb] = action.split(" ");
  const [member, found] =
    verb === "use" ? ["value", "the value was read"] : [`${verb}()`, "the method was called"];
  return new TypeError(`Cannot ${action}: ${found} without its lease, expected lease.${member}`);
}

/** Copies a holder for a report that may be logged: `value` can be read, but is not enumerable. */
export function hideValue<T>(holder: Holder<T>): Holder<T> {
  return Object.defineProperty({ ...holder }, "value", { enumerable: false });
}
