/** A part that several entries may hold, without the part. */
export interface Share {
  readonly bytes: number;
  entries: number;
}

/** What the cache itself takes for a part: its record, a place in the `WeakMap`, and references to both. */
const SHARE_BYTES = 88;

/**
 * The parts that the values of several entries hold, as a buffer of which each has a slice. Each is
 * charged while at least one entry holds it, once.
 *
 * The parts are held weakly: a buffer may have a property that refers to a key.
 */
export class SharedParts {
  /** Bytes of all parts that entries hold. */
  bytes = 0;
  readonly #shares = new WeakMap<object, Share>();

  /** The record of a part, which has so many bytes if it is new. */
  shareOf(part: object, bytes: number): Share {
    let share = this.#shares.get(part);
    if (share === undefined) {
      share = { bytes: bytes + SHARE_BYTES, entries: 0 };
      this.#shares.set(part, share);
    }
    return share;
  }

  /** One entry more holds the parts. */
  hold(shares: readonly Share[]): void {
    for (const share of shares) if (share.entries++ === 0) this.bytes += share.bytes;
  }

  /** One entry less holds the parts. */
  release(shares: readonly Share[]): void {
    for (const share of shares) if (--share.entries === 0) this.bytes -= share.bytes;
  }
}
