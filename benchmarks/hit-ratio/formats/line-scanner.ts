/** Receives the bytes of lines. */
export interface LineSink {
  /** Adds bytes to the line. A line comes in several parts if chunks cut it. */
  addPart(bytes: Uint8Array, start: number, end: number): void;
  /** Ends the line with this number, counted from 1. */
  endLine(line: number): void;
}

const [LF, CR] = [10, 13];

/** Splits bytes into lines, which end with LF, CRLF or CR, also mixed. Keeps no bytes. */
export class LineScanner {
  readonly #sink: LineSink;
  #line = 1;
  #isOpen = false;
  #isAfterReturn = false;

  constructor(sink: LineSink) {
    this.#sink = sink;
  }

  /** Number of the next or the current line. */
  get line(): number {
    return this.#line;
  }

  push(bytes: Uint8Array): void {
    const sink = this.#sink;
    const { length } = bytes;
    let start = 0;
    if (length > 0 && this.#isAfterReturn) {
      if (bytes[0] === LF) start = 1;
      this.#isAfterReturn = false;
    }
    for (let at = start; at < length; at += 1) {
      const byte = bytes[at]!;
      if (byte > CR || (byte !== LF && byte !== CR)) continue;
      if (at > start) sink.addPart(bytes, start, at);
      sink.endLine(this.#line);
      this.#line += 1;
      this.#isOpen = false;
      if (byte === CR) {
        if (at + 1 === length) this.#isAfterReturn = true;
        else if (bytes[at + 1] === LF) at += 1;
      }
      start = at + 1;
    }
    if (start < length) {
      sink.addPart(bytes, start, length);
      this.#isOpen = true;
    }
  }

  /** Ends the last line, which needs no line end. */
  end(): void {
    if (this.#isOpen) this.#sink.endLine(this.#line);
    this.#isOpen = false;
  }
}

/** Joins the parts of each line. A line that is too long becomes undefined. */
export class LineJoiner implements LineSink {
  readonly #onLine: (
    bytes: Uint8Array | undefined,
    start: number,
    end: number,
    line: number,
  ) => void;
  readonly #longest: number;
  #bytes: Uint8Array = NOTHING;
  #start = 0;
  #end = 0;
  // The part of the line that earlier chunks had.
  #joined = NOTHING;
  #isTooLong = false;

  /** @param longest bytes of the longest line that is kept. */
  constructor(
    onLine: (bytes: Uint8Array | undefined, start: number, end: number, line: number) => void,
    longest: number = 2 ** 24,
  ) {
    this.#onLine = onLine;
    this.#longest = longest;
  }

  addPart(bytes: Uint8Array, start: number, end: number): void {
    if (this.#end === 0) {
      this.#bytes = bytes;
      this.#start = start;
      this.#end = end;
    } else if (!this.#isTooLong) {
      this.#join(bytes, start, end);
    }
  }

  endLine(line: number): void {
    if (this.#isTooLong) this.#onLine(undefined, 0, 0, line);
    else this.#onLine(this.#bytes, this.#start, this.#end, line);
    this.#bytes = NOTHING;
    this.#start = this.#end = 0;
    this.#isTooLong = false;
  }

  /** The bytes of the line that has not ended yet. The joiner forgets them. */
  take(): Uint8Array {
    const bytes = this.#bytes.slice(this.#start, this.#end);
    this.#bytes = NOTHING;
    this.#start = this.#end = 0;
    return bytes;
  }

  #join(bytes: Uint8Array, start: number, end: number): void {
    const held = this.#end - this.#start;
    const length = held + end - start;
    if (length > this.#longest) {
      this.#isTooLong = true;
      this.#joined = this.#bytes = NOTHING;
      return;
    }
    if (length > this.#joined.length) {
      const joined = Buffer.allocUnsafeSlow(2 * length);
      joined.set(this.#bytes.subarray(this.#start, this.#end));
      this.#joined = joined;
    } else if (this.#bytes !== this.#joined) {
      this.#joined.set(this.#bytes.subarray(this.#start, this.#end));
    }
    this.#joined.set(bytes.subarray(start, end), held);
    this.#bytes = this.#joined;
    this.#start = 0;
    this.#end = length;
  }
}

const NOTHING: Uint8Array = new Uint8Array(0);
