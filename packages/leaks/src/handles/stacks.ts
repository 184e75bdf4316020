import type { Location } from "../paths/retaining-path.ts";

/** One line of a stack. */
export interface Frame {
  /** The line without indentation and without "at". */
  readonly text: string;
  /** The file, or an empty text for code of the engine itself. */
  readonly url: string;
  readonly location: Location | undefined;
}

const MOST_FRAMES = 50;

/** Files of test runners, and of a library whose timers live as long as the process. */
const FOREIGN =
  /[\\/]node_modules[\\/](?:@vitest|vitest|vite|vite-node|birpc|tinypool|@jest|jest|jest-[\w-]+|mocha|@sinonjs|sinon|undici)[\\/]/;

/** The function of this package that calls the watched one; source maps may add another name. */
const OWN = /\brunWatched\b/;

const PLACE = /^(?:(?<name>.*) \()?(?<url>(?:[a-z]+:)?[^()]*?):(?<line>\d+):(?<column>\d+)\)?$/;

/**
 * The stack of the making of something. V8 notes where it was made, and writes the text when it is
 * read, so that making many things stays cheap.
 */
export class Stack {
  readonly #holder: { readonly stack?: unknown };
  readonly #after: string | undefined;
  #frames: readonly Frame[] | undefined;

  /**
   * @param below The function whose callers are the stack.
   * @param after Name of a function of Node whose callers are the stack, if it is one of them: a
   * program may have replaced a function in between, such as `process.emit`.
   */
  constructor(below: (...args: never[]) => unknown, after?: string) {
    const limit = Error.stackTraceLimit;
    setLimit(0);
    this.#holder = new Error();
    setLimit(MOST_FRAMES);
    Error.captureStackTrace(this.#holder, below);
    setLimit(limit);
    this.#after = after;
  }

  /** All frames, the innermost first. Empty if a program formats stacks in a way of its own. */
  get frames(): readonly Frame[] {
    if (this.#frames === undefined) {
      const frames = framesOf(readStack(this.#holder));
      const at = frames.findIndex(({ text }) => text.startsWith(`${this.#after} (node:`));
      this.#frames = frames.slice(at + 1);
    }
    return this.#frames;
  }

  /** The innermost frame outside of Node: the code that made the thing. */
  get maker(): Frame | undefined {
    return this.frames.find(isUserFrame);
  }

  /** The files of Node between the thing and its maker. */
  get internals(): readonly string[] {
    const end = this.frames.findIndex(isUserFrame);
    return this.frames
      .slice(0, end === -1 ? undefined : end)
      .map(({ url }) => url)
      .filter((url) => url.startsWith("node:") && url !== "node:internal/async_hooks");
  }

  /** Whether a test runner made it, such as a timer of Vitest for console output. */
  get isForeign(): boolean {
    return this.maker !== undefined && FOREIGN.test(this.maker.url);
  }

  /** The frames of the watched function, without those of Node, as text. */
  toString(): string {
    const end = this.frames.findIndex(({ text }) => OWN.test(text));
    return this.frames
      .slice(0, end === -1 ? undefined : end)
      .filter((frame) => isUserFrame(frame) && !FOREIGN.test(frame.url))
      .map(({ text }) => text)
      .join("\n");
  }
}

/** Frozen, as by --frozen-intrinsics, the limit stays as it is: a short stack, and no error. */
function setLimit(frames: number): void {
  Reflect.set(Error, "stackTraceLimit", frames);
}

function isUserFrame({ url }: Frame): boolean {
  return url !== "" && !url.startsWith("node:");
}

/** A program may format stacks in a way of its own, and that may throw. */
function readStack(holder: { readonly stack?: unknown }): unknown {
  try {
    return holder.stack;
  } catch {
    return undefined;
  }
}

function framesOf(stack: unknown): Frame[] {
  if (typeof stack !== "string") return [];
  return stack
    .split("\n")
    .map((line) => /^\s+at (?:async )?(.*)$/.exec(line)?.[1])
    .filter((text) => text !== undefined)
    .map((text) => {
      const { url, line, column } = PLACE.exec(text)?.groups ?? {};
      if (url === undefined) return { text, url: "", location: undefined };
      return { text, url, location: { url, line: Number(line), column: Number(column) } };
    });
}
