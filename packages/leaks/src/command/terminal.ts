import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { visible } from "../paths/visible.ts";
import { cutMiddle } from "./table.ts";

/** A stream that may lead to a terminal. */
export type Output = Writable & { readonly isTTY?: boolean; readonly columns?: number };

/** The streams of a command, and the variables of its environment. */
export interface Streams {
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly stdout: Output;
  readonly stderr: Output;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Milliseconds between two lines of progress. */
const PROGRESS_INTERVAL = 100;
const CLEAR_LINE = "\r\u001B[K";

/**
 * Where a command reads and writes: results on the standard output, all else on the standard error
 * output. If the reader of the results goes away, as in `| head`, the rest is dropped.
 */
export class Terminal {
  readonly #streams: Streams;
  readonly #isColoured: boolean;
  readonly #outputClosed: AbortController = new AbortController();
  #lastProgress = -Infinity;
  #hasProgress = false;

  constructor(streams: Streams) {
    this.#streams = streams;
    const { NO_COLOR, TERM } = streams.env;
    const isUnwanted = (NO_COLOR !== undefined && NO_COLOR !== "") || TERM === "dumb";
    this.#isColoured = streams.stdout.isTTY === true && !isUnwanted;
    streams.stdout.on("error", (error) => this.#outputClosed.abort(error));
    streams.stderr.on("error", () => {});
  }

  /** Aborts if the reader of the results goes away, or a disk is full; the reason is the error. */
  get outputClosed(): AbortSignal {
    return this.#outputClosed.signal;
  }

  /** Width of the terminal that shows the results; Infinity if they go elsewhere. */
  get width(): number {
    const { isTTY, columns } = this.#streams.stdout;
    return isTTY === true && columns !== undefined && columns > 0 ? columns : Infinity;
  }

  /** Whether a person can answer a question. */
  get canAsk(): boolean {
    return this.#streams.stdin.isTTY === true && this.#streams.stderr.isTTY === true;
  }

  /** The standard input. */
  get input(): Readable {
    return this.#streams.stdin;
  }

  /** Writes lines of results. */
  print(...lines: readonly string[]): void {
    this.#endProgress();
    if (this.#outputClosed.signal.aborted) return;
    this.#streams.stdout.write(lines.map((line) => `${line}\n`).join(""));
  }

  /** Writes results as JSON, with escapes for the characters that a terminal would obey. */
  printJson(value: unknown, indent?: number): void {
    const text = JSON.stringify(value, undefined, indent);
    this.print(escapeUnseen(text));
  }

  /** Writes a line about the work, for people. */
  note(line: string): void {
    this.#endProgress();
    this.#streams.stderr.write(`${line}\n`);
  }

  /** Shows how far the work is, in a line that the next output replaces. Only on a terminal. */
  showProgress(text: string): void {
    const { isTTY, columns = 80 } = this.#streams.stderr;
    const now = performance.now();
    if (isTTY !== true || now - this.#lastProgress < PROGRESS_INTERVAL) return;
    this.#lastProgress = now;
    this.#hasProgress = true;
    this.#streams.stderr.write(CLEAR_LINE + cutMiddle(visible(text), columns - 1));
  }

  /** Asks a question, and returns whether the answer is yes. */
  async ask(question: string): Promise<boolean> {
    this.#endProgress();
    const { stdin: input, stderr: output } = this.#streams;
    const asking = createInterface({ input, output });
    const answer = await new Promise<string>((resolve) => {
      asking.once("close", () => resolve(""));
      asking.question(`${question} [y/N] `, resolve);
    });
    asking.close();
    return /^y(?:es)?$/i.test(answer.trim());
  }

  /** The text as a title. */
  bold(text: string): string {
    return this.#isColoured ? `\u001B[1m${text}\u001B[22m` : text;
  }

  /** The text as a warning. */
  red(text: string): string {
    return this.#isColoured ? `\u001B[31m${text}\u001B[39m` : text;
  }

  #endProgress(): void {
    if (this.#hasProgress) this.#streams.stderr.write(CLEAR_LINE);
    this.#hasProgress = false;
    this.#lastProgress = -Infinity;
  }
}

/** JSON leaves the second set of controls as they are, and what turns letters around. */
function escapeUnseen(json: string): string {
  return json.replace(/(?!\n)[\p{Cc}\p{Cf}\u2028\u2029]/gu, (letter) =>
    Array.from({ length: letter.length }, (_, at) => {
      return `\\u${letter.charCodeAt(at).toString(16).padStart(4, "0")}`;
    }).join(""),
  );
}
