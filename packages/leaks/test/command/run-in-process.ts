import { PassThrough } from "node:stream";
import { runCommand } from "../../src/command/main.ts";
import { Terminal, type Output } from "../../src/command/terminal.ts";

/** The output of a command, and its exit code. */
export interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** How the streams of a command look. */
export interface Setting {
  /** Width of the terminal that has the standard output. By default it is a pipe. */
  readonly width?: number;
  /** Whether the standard error output leads to a terminal. */
  readonly showsProgress?: boolean;
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
}

/** Runs a command in this process. */
export async function run(args: readonly string[], setting: Setting = {}): Promise<Outcome> {
  const { width, showsProgress = false, env = {}, input = "" } = setting;
  const stdin = new PassThrough();
  stdin.end(input);
  const [stdout, out] = collector(width);
  const [stderr, err] = collector(showsProgress ? 80 : undefined);
  const terminal = new Terminal({ stdin, stdout, stderr, env });
  const code = await runCommand(args, terminal, new AbortController().signal);
  return { code, out: out(), err: err() };
}

function collector(columns: number | undefined): [Output, () => string] {
  const stream = new PassThrough();
  let text = "";
  stream.setEncoding("utf8").on("data", (part: string) => (text += part));
  return [Object.assign(stream, columns === undefined ? {} : { isTTY: true, columns }), () => text];
}
