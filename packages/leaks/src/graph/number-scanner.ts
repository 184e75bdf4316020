const COMMA = 44;
const MINUS = 45;

/**
 * Numbers of a batch: few, so that the scanner and the sections are called often. V8 then optimizes
 * them within the first megabyte, without code for what has not happened yet.
 */
const BATCH = 2048;

/** Finds the numbers in bytes of JSON, in pieces that may end in the middle of one. */
export class NumberScanner {
  readonly batch: Float64Array = new Float64Array(BATCH);
  /** Numbers in the batch. */
  count = 0;
  /** Whether the batch has no room. */
  isFull = false;
  #number = 0;
  #hasDigit = false;
  #isNegative = false;

  /** Whether a number was begun and may go on in the next piece. */
  get isInNumber(): boolean {
    return this.#hasDigit || this.#isNegative;
  }

  /**
   * Takes bytes from `at`, and returns where it stopped: at the end, at a byte that belongs to no
   * list of numbers, or behind the number that fills the batch.
   */
  scan(bytes: Uint8Array, at: number): number {
    const { batch } = this;
    const end = bytes.length;
    let { count } = this;
    let number = this.#number;
    let hasDigit = this.#hasDigit;
    let isNegative = this.#isNegative;
    while (at < end) {
      let byte = bytes[at]!;
      if (isDigit(byte)) {
        number = number * 10 + (byte - 48);
        // Digits come in groups: a loop of their own takes a third off the time.
        while (++at < end) {
          byte = bytes[at]!;
          if (!isDigit(byte)) break;
          number = number * 10 + (byte - 48);
        }
        hasDigit = true;
        if (at === end) break;
      }
      if (hasDigit) {
        batch[count] = isNegative ? -number : number;
        count += 1;
        number = 0;
        hasDigit = false;
        isNegative = false;
        if (count === BATCH) break;
      }
      if (byte === MINUS && !isNegative) isNegative = true;
      else if (isNegative || (byte !== COMMA && !isSpace(byte))) break;
      at += 1;
    }
    this.count = count;
    this.isFull = count === BATCH;
    this.#number = number;
    this.#hasDigit = hasDigit;
    this.#isNegative = isNegative;
    return at;
  }

  /** Removes the first numbers of the batch. */
  shift(taken: number): void {
    this.batch.copyWithin(0, taken, this.count);
    this.count -= taken;
    this.isFull = false;
  }
}

/** Whether a byte is a digit. */
function isDigit(byte: number): boolean {
  return byte >= 48 && byte <= 57;
}

/** Whether a byte is white space of JSON. */
export function isSpace(byte: number): boolean {
  return byte === 10 || byte === 32 || byte === 13 || byte === 9;
}
