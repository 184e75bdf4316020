import { parse as openParser } from "csv-parse";
import { parse as parseAll } from "csv-parse/sync";
import { BadTrace } from "./bad-trace.ts";
import { isSpace } from "./key-lines.ts";
import { LineJoiner, LineScanner } from "./line-scanner.ts";
import type { RequestSink } from "./request-sink.ts";
import type { TraceReader } from "./trace-reader.ts";

const QUOTE = 34;
// If a quote never ends, the rest of the file would be one field.
const LONGEST_ROW = 2 ** 24;

// The type of the result is inferred: the options of a stream and of a whole text have no common
// type.
function optionsOf(separator: string) {
  return {
    delimiter: separator,
    record_delimiter: ["\r\n", "\n", "\r"],
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
    ltrim: true,
    max_record_size: LONGEST_ROW,
  };
}

/** The rows of a sample, up to a fault or the end of the sample. */
export function readRows(sample: string, separator: string, most: number): string[][] {
  const rows: string[][] = [];
  const keep = (row: string[]): null => {
    rows.push(row);
    return null;
  };
  try {
    parseAll(sample, { ...optionsOf(separator), to: most, on_record: keep });
  } catch {
    // The rows before it were kept.
  }
  return rows;
}

/** Facts about a table that are known before it is read. */
interface TableShape {
  readonly separator: string;
  /** Number of the key column, from 0. */
  readonly column: number;
  /** Whether the first row has the names of the columns. */
  readonly isNamed: boolean;
  /** Lines before the first row, which are skipped. */
  readonly linesBefore: number;
}

/**
 * Tables: CSV as in RFC 4180 and as spreadsheets write it, and the same with other separators.
 *
 * Up to the first quote a row is a line, and fields are split at separators, which is ten times as
 * fast. From the line with that quote on csv-parse reads.
 */
export class CsvReader implements TraceReader {
  readonly #sink: RequestSink;
  readonly #separator: Buffer;
  readonly #column: number;
  readonly #linesToSkip: number;
  #isHeader: boolean;
  readonly #joiner = new LineJoiner((bytes, start, end, line) => {
    if (bytes === undefined) this.#sink.passOver("broken", line);
    else this.#readPlain(bytes, start, end, line);
  }, LONGEST_ROW);
  readonly #scanner = new LineScanner(this.#joiner);
  #parser: ReturnType<typeof openParser> | undefined;
  // Lines before the first line of the parser, and the last line that it has read.
  #linesBefore = 0;
  #lastLine = 0;
  #error: unknown;
  // Whether the last row has no line end. With a line end the parser counts an empty line after it.
  #endsOpen = true;

  constructor(sink: RequestSink, { separator, column, isNamed, linesBefore }: TableShape) {
    this.#sink = sink;
    this.#separator = Buffer.from(separator);
    this.#column = column;
    this.#isHeader = isNamed;
    this.#linesToSkip = linesBefore;
  }

  push(bytes: Uint8Array): void | Promise<void> {
    if (this.#parser) return this.#parse(bytes);
    const quote = bytes.indexOf(QUOTE);
    if (quote === -1) return this.#scanner.push(bytes);
    const line = Math.max(bytes.lastIndexOf(10, quote), bytes.lastIndexOf(13, quote)) + 1;
    // If the bytes start with a line end, the scanner also takes the second half of one that chunks
    // cut.
    this.#scanner.push(bytes.subarray(0, line));
    this.#linesBefore = this.#scanner.line - 1;
    this.#parser = this.#open();
    return this.#parse(Buffer.concat([this.#joiner.take(), bytes.subarray(line)]));
  }

  end(): void | Promise<void> {
    return this.#parser ? this.#endParser(this.#parser) : this.#scanner.end();
  }

  #readPlain(bytes: Uint8Array, from: number, end: number, line: number): void {
    let start = from;
    while (start < end && isSpace(bytes[start]!)) start += 1;
    if (start === end) return this.#sink.passOver("empty", line);
    start = from;
    for (let column = 0; column < this.#column && start <= end; column += 1)
      start = this.#endOfField(bytes, start, end) + this.#separator.length;
    const fieldEnd = this.#endOfField(bytes, start, end);
    while (start < fieldEnd && isSpace(bytes[start]!)) start += 1;
    this.#readKey(bytes, start, fieldEnd, line);
  }

  #endOfField(bytes: Uint8Array, start: number, end: number): number {
    const separator = this.#separator;
    const first = separator[0]!;
    for (let at = start; at < end; at += 1)
      if (bytes[at] === first && separator.every((byte, i) => bytes[at + i] === byte)) return at;
    return end;
  }

  #readKey(bytes: Uint8Array, start: number, end: number, line: number): void {
    if (line <= this.#linesToSkip) this.#sink.passOver("before the table", line);
    else if (this.#isHeader) this.#isHeader = false;
    else if (start >= end) this.#sink.passOver("without the key", line);
    else this.#sink.addBytes(bytes, start, end);
  }

  #open(): ReturnType<typeof openParser> {
    const parser = openParser({
      ...optionsOf(this.#separator.toString()),
      // Fields as bytes, because a hash needs no text.
      encoding: null,
      on_record: (row, { lines }) => {
        const key = (row as readonly (string | Buffer)[])[this.#column] as Buffer | undefined;
        this.#lastLine = this.#linesBefore + lines;
        this.#readKey(key ?? Buffer.alloc(0), 0, key?.length ?? 0, this.#lastLine);
        return null;
      },
    });
    parser.on("error", (error) => (this.#error = error));
    return parser.resume();
  }

  async #parse(bytes: Uint8Array): Promise<void> {
    if (bytes.length === 0) return;
    this.#endsOpen = bytes.at(-1) !== 10 && bytes.at(-1) !== 13;
    await new Promise<void>((resolve) => void this.#parser!.write(bytes, () => resolve()));
    this.#refuseErrors();
  }

  async #endParser(parser: ReturnType<typeof openParser>): Promise<void> {
    await new Promise<void>((resolve) => {
      parser.once("close", resolve);
      parser.end();
    });
    this.#refuseErrors();
    const empty = parser.info.empty_lines - (this.#endsOpen ? 0 : 1);
    this.#sink.passOverMany("empty", Math.max(0, empty), this.#lastLine + 1);
  }

  #refuseErrors(): void {
    const error = this.#error;
    if (error === undefined) return;
    if (error instanceof BadTrace) throw error;
    const { code, message } = error as { code?: string; message: string };
    if (code !== "CSV_QUOTE_NOT_CLOSED" && code !== "CSV_MAX_RECORD_SIZE")
      throw new BadTrace(message, "a table", error);
    const line = Math.max(this.#lastLine, this.#linesBefore) + 1;
    throw new BadTrace(
      `the row of line ${line} has a quote that does not end`,
      "a second quote, or --format lines if it is not a table",
      error,
    );
  }
}
