import { BadTrace, NoKeys } from "./bad-trace.ts";
import type { LineSink } from "./line-scanner.ts";
import { LineScanner } from "./line-scanner.ts";
import type { RequestSink } from "./request-sink.ts";
import type { TraceReader } from "./trace-reader.ts";

const WANTED = "one key per line";

/**
 * One key per line, of any length. Lines at the end that are empty or have only spaces are skipped.
 * Such a line in the middle is an error, because it may be a lost key.
 */
export class KeyLinesReader implements TraceReader, LineSink {
  readonly #sink: RequestSink;
  readonly #scanner = new LineScanner(this);
  #isBlank = true;
  #blankLines = 0;
  #firstBlank = 0;

  constructor(sink: RequestSink) {
    this.#sink = sink;
  }

  push(bytes: Uint8Array): void {
    this.#scanner.push(bytes);
  }

  addPart(bytes: Uint8Array, start: number, end: number): void {
    for (let at = start; this.#isBlank && at < end; at += 1) this.#isBlank = isSpace(bytes[at]!);
    this.#sink.hash.add(bytes, start, end);
  }

  endLine(line: number): void {
    if (this.#isBlank) {
      this.#sink.hash.finish();
      if (this.#blankLines === 0) this.#firstBlank = line;
      this.#blankLines += 1;
      return;
    }
    if (this.#blankLines > 0) this.#refuse();
    this.#sink.endKey();
    this.#isBlank = true;
  }

  end(): void {
    this.#scanner.end();
    if (this.#blankLines > 0 && this.#sink.requests === 0)
      throw new NoKeys(`line ${this.#firstBlank} is empty`, WANTED);
    this.#sink.passOverMany("empty", this.#blankLines, this.#firstBlank);
  }

  #refuse(): never {
    throw new BadTrace(`line ${this.#firstBlank} is empty`, WANTED);
  }
}

export function isSpace(byte: number): boolean {
  return byte === 32 || byte === 9;
}
