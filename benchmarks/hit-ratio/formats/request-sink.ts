import { BadTrace, countOf } from "./bad-trace.ts";
import { KeyHash } from "./key-hash.ts";
import { KeyTable } from "./key-table.ts";

/** Keeps key numbers in blocks. */
export interface IdStore {
  /** The block to fill. */
  open(): Uint32Array;
  /** Keeps the first `length` numbers of a block. */
  keep(block: Uint32Array, length: number): void;
}

/** Positions of requests are numbers of 32 bits. "Never" is one too: the last position plus 1. */
export const MOST_REQUESTS: number = 2 ** 32 - 1;

/** Why a line is not a request. */
type SkipReason =
  "empty" | "broken" | "without the key" | "before the table" | "no read" | "a mark";

const REASONS: Readonly<Record<SkipReason, (count: number) => string>> = {
  empty: (count) => `${count.toLocaleString("en")} empty`,
  broken: (count) => `${count.toLocaleString("en")} broken`,
  "without the key": (count) => `${count.toLocaleString("en")} without the key`,
  "before the table": (count) => `${count.toLocaleString("en")} before the table`,
  "no read": (count) => countOf(count, "write"),
  "a mark": (count) => `${count.toLocaleString("en")} with *`,
};

/** Receives the requests of a trace one by one, and numbers their keys. */
export class RequestSink {
  /** Key of the request whose bytes come in pieces. `endKey` ends it. */
  readonly hash: KeyHash = new KeyHash();
  readonly #store: IdStore;
  readonly #most: number;
  readonly #table = new KeyTable();
  // A table is not needed if the numbers are already numbered by first appearance.
  #numbered = 0;
  #isNumbered = true;
  #block: Uint32Array;
  #used = 0;
  #kept = 0;
  readonly #skips = new Map<SkipReason, number>();
  #firstSkip = 0;
  #text = Buffer.alloc(1024);

  constructor(store: IdStore, most: number = MOST_REQUESTS) {
    this.#store = store;
    this.#most = most;
    this.#block = store.open();
  }

  get requests(): number {
    return this.#kept + this.#used;
  }

  get keys(): number {
    return this.#table.size === 0 ? this.#numbered : this.#table.size;
  }

  /** Lines that are not requests. */
  get skipped(): number {
    return [...this.#skips.values()].reduce((sum, count) => sum + count, 0);
  }

  /** Whether all these lines are empty or comments. */
  get isBlank(): boolean {
    const blank = (this.#skips.get("empty") ?? 0) + (this.#skips.get("before the table") ?? 0);
    return this.requests === 0 && this.skipped === blank;
  }

  /** Adds a request for the key in the bytes from `start` up to `end`, which is not included. */
  addBytes(bytes: Uint8Array, start: number, end: number): void {
    this.hash.add(bytes, start, end);
    this.endKey();
  }

  /** Adds a request for the key whose bytes `hash` has received. */
  endKey(): void {
    const { hash } = this;
    hash.finish();
    this.#push(this.#table.numberOf(hash.first, hash.second, hash.third));
  }

  addText(key: string): void {
    if (3 * key.length > this.#text.length) this.#text = Buffer.alloc(6 * key.length);
    this.addBytes(this.#text, 0, this.#text.write(key));
  }

  /** Adds a request for a number of 64 bits. */
  addNumber(low: number, high: number): void {
    this.#push(this.#table.numberOf(low, high, 0));
  }

  /** Adds requests for `count` numbers from `start`. */
  addRange(start: number, count: number): void {
    if (count > this.#most - this.requests) this.#refuse();
    for (let number = start; number < start + count; number += 1)
      this.addNumber(number >>> 0, Math.floor(number / 2 ** 32));
  }

  /** Adds a request for a number of 32 bits. All requests of the trace must be such numbers. */
  addId(id: number): void {
    if (this.#isNumbered && id <= this.#numbered) {
      if (id === this.#numbered) this.#numbered += 1;
      this.#push(id);
      return;
    }
    if (this.#isNumbered) {
      this.#isNumbered = false;
      for (let known = 0; known < this.#numbered; known += 1) this.#table.numberOf(known, 0, 0);
    }
    this.addNumber(id, 0);
  }

  /** Counts a line that is not a request. */
  passOver(reason: SkipReason, line: number): void {
    this.passOverMany(reason, 1, line);
  }

  passOverMany(reason: SkipReason, count: number, line: number): void {
    if (count === 0) return;
    if (this.#firstSkip === 0 || line < this.#firstSkip) this.#firstSkip = line;
    this.#skips.set(reason, (this.#skips.get(reason) ?? 0) + count);
  }

  /** Ends the trace and keeps the remaining requests. */
  end(): void {
    this.#store.keep(this.#block, this.#used);
    this.#kept += this.#used;
    this.#used = 0;
  }

  /**
   * The counts in words, as in `3 requests, 2 different keys, 1 line skipped (1 empty; the first is
   * line 4)`.
   */
  describe(): string {
    const read = `${countOf(this.requests, "request")}, ${countOf(this.keys, "different key")}`;
    if (this.skipped === 0) return `${read}, no line skipped`;
    const reasons = [...this.#skips].map(([reason, count]) => REASONS[reason](count));
    const first = this.skipped === 1 ? `line ${this.#firstSkip}` : `first: line ${this.#firstSkip}`;
    return `${read}, ${countOf(this.skipped, "line")} skipped (${reasons.join(", ")}; ${first})`;
  }

  #push(id: number): void {
    if (this.#used === this.#block.length) {
      this.#store.keep(this.#block, this.#used);
      this.#kept += this.#used;
      this.#block = this.#store.open();
      this.#used = 0;
    }
    if (this.requests >= this.#most) this.#refuse();
    this.#block[this.#used] = id;
    this.#used += 1;
  }

  #refuse(): never {
    const most = this.#most.toLocaleString("en");
    throw new BadTrace(`more than ${most} requests`, `at most ${most}, as in a part of it`);
  }
}
