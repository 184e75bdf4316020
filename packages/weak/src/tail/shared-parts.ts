/** The charge of a part that several entries may hold. It does not refer to the part. */
export interface Share {
  readonly bytes: number;
  entries: number;
}

/**
 * Bytes that the cache itself takes for a part: its record, a place in the `WeakMap`, and
 * references to both.
 */
const SHARE_BYTES = 88;

/**
 * The parts that the values of several entries hold, such as a buffer of which each value has a
 * slice. Each part is charged once while at least one entry holds it.
 *
 * The parts are held weakly, because a buffer may have a property that refers to a key.
 */
export class SharedParts {
  /** Bytes of all parts that entries hold. */
  bytes = 0;
  readonly #shares = new WeakMap<object, Share>();

  /** The record of a part. A new record gets this number of bytes. */
  shareOf(part: object, bytes: number): Share {
    let share = this.#shares.get(part);
    if (share === undefined) {
      share = { bytes: bytes + SHARE_BYTES, entries: 0 };
      this.#shares.set(part, share);
    }
    return share;
  }

  /** Adds one to the number of entries that hold each part. */
  hold(shares: readonly Share[]): void {
    for (const share of shares) if (share.entries++ === 0) this.bytes += share.bytes;
  }

  /** Subtracts one from the number of entries that hold each part. */
  release(shares: readonly Share[]): void {
    for (const share of shares) if (--share.entries === 0) this.bytes -= share.bytes;
  }
}
