import { createRequire } from "node:module";
import { Call } from "./call.ts";
import { isMistake, mistake } from "./mistake.ts";
import { checkWords, commandOf, commands } from "./commands.ts";
import { helpFor, sharedOptions } from "./help.ts";
import { nearest } from "./nearest.ts";
import { visible } from "../paths/visible.ts";
import { Terminal } from "./terminal.ts";

/** Runs the command `heapwise-leaks` with the arguments and the streams of this process. */
export async function main(): Promise<void> {
  const terminal = new Terminal(process);
  const ending = new AbortController();
  const end = (): void => ending.abort();
  let isLost = false;
  terminal.outputClosed.addEventListener("abort", () => {
    end();
    const { reason } = terminal.outputClosed as { readonly reason: unknown };
    if ((reason as NodeJS.ErrnoException).code === "EPIPE") return;
    isLost = true;
    // The error may come after the command has ended.
    process.exitCode = 2;
    const message = `heapwise-leaks: Cannot write the results: ${(reason as Error).message}`;
    terminal.note(terminal.red(message));
  });
  // Once: a second Ctrl-C ends the process as usual.
  process.once("SIGINT", end).once("SIGTERM", end);
  const args = process.argv.slice(2);
  // Only a watch has something to put in order.
  if (args[0] !== "watch") process.off("SIGINT", end).off("SIGTERM", end);
  const code = await runCommand(args, terminal, ending.signal);
  process.exitCode = isLost ? 2 : code;
  process.off("SIGINT", end).off("SIGTERM", end);
}

/** Runs a command. Returns the exit code: 2 if the call or a file is wrong. */
export async function runCommand(
  args: readonly string[],
  terminal: Terminal,
  signal: AbortSignal,
): Promise<number> {
  try {
    return await run(args, terminal, signal);
  } catch (error) {
    const { message, stack } = error as Error;
    const text = isMistake(error) ? message : `${stack}`;
    terminal.note(terminal.red(`heapwise-leaks: ${text.split("\n").map(visible).join("\n")}`));
    return 2;
  }
}

async function run(
  args: readonly string[],
  terminal: Terminal,
  signal: AbortSignal,
): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined) {
    terminal.note(helpFor().join("\n"));
    return 2;
  }
  if (["--help", "-h", "help"].includes(name)) {
    const [asked = ""] = rest;
    terminal.print(...helpFor(asked, commandOf(asked)));
    return 0;
  }
  if (["--version", "-v"].includes(name)) {
    terminal.print(version());
    return 0;
  }
  const command = commandOf(name);
  if (command === undefined) {
    const wanted = nearest(name, Object.keys(commands)) ?? Object.keys(commands).join(", ");
    throw mistake(`Cannot run ${name}: there is no such command, expected ${wanted}`);
  }
  if (rest.includes("--help") || rest.includes("-h")) {
    terminal.print(...helpFor(name, command));
    return 0;
  }
  const call = new Call(rest, { ...command.options, ...sharedOptions });
  checkWords(name, command, call);
  return command.run(call, terminal, signal);
}

/** The version of this package. Its manifest has the same name for the sources and for `dist`. */
function version(): string {
  const require = createRequire(import.meta.url);
  return (require("@heapwise/leaks/package.json") as { version: string }).version;
}
