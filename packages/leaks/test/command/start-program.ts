import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

const require = createRequire(import.meta.url);
const tsx = pathToFileURL(require.resolve("tsx")).href;
const cli = resolve(import.meta.dirname, "../../src/cli.ts");

/** A program under test, and its output so far. */
export class Program {
  readonly child: ChildProcess;
  out = "";
  err = "";
  readonly #ended: Promise<unknown[]>;
  #wake: () => void = () => {};

  /** `output` is an open file that gets the standard output. */
  constructor(
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
    output: number | "pipe" = "pipe",
  ) {
    const { NODE_OPTIONS: _, ...rest } = process.env;
    const stdio = ["pipe", output, "pipe"] as const;
    this.child = spawn(process.execPath, args, { env: { ...rest, ...env }, stdio: [...stdio] });
    this.#ended = once(this.child, "close");
    this.child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      this.out += text;
      this.#wake();
    });
    this.child.stderr!.setEncoding("utf8").on("data", (text: string) => {
      this.err += text;
      this.#wake();
    });
    void this.#ended.then(() => this.#wake());
  }

  /** Waits until the output or the errors match, and returns the match. */
  async until(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this.out) ?? pattern.exec(this.err);
      if (match !== null) return match;
      if (this.child.exitCode !== null) {
        throw new Error(`no ${pattern}, but the end: ${this.out}${this.err}`);
      }
      await new Promise<void>((wake) => {
        this.#wake = wake;
      });
    }
  }

  /** Waits for its end, and returns the exit code, or the signal that ended it. */
  async ended(): Promise<unknown> {
    const [code, signal] = await this.#ended;
    return code ?? signal;
  }
}

const command = ["--import", tsx, "--conditions=@heapwise/source", cli];

/** Starts `heapwise-leaks`. */
export function startCommand(...args: readonly string[]): Program {
  return new Program([...command, ...args]);
}

/** Starts `heapwise-leaks`, which writes its results into an open file. */
export function startCommandInto(output: number, ...args: readonly string[]): Program {
  return new Program([...command, ...args], {}, output);
}
