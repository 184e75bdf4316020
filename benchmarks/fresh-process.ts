import type { ChildProcess } from "node:child_process";
import { fork } from "node:child_process";
import { constants } from "node:os";
import { fileURLToPath } from "node:url";

const STDERR_KEPT = 4_000;

/** Signals by which the system or the user ends this program. */
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

const running = new Set<ChildProcess>();

function killAll(): void {
  for (const child of running) child.kill("SIGKILL");
}

/** Ends the children too: a child that is busy would not notice that this process is gone. */
function endAll(signal: NodeJS.Signals): void {
  killAll();
  process.exit(128 + constants.signals[signal]);
}

function addChild(child: ChildProcess): void {
  if (running.size === 0) {
    process.on("exit", killAll);
    for (const signal of SIGNALS) process.on(signal, endAll);
  }
  running.add(child);
}

function deleteChild(child: ChildProcess): void {
  if (!running.delete(child) || running.size > 0) return;
  process.off("exit", killAll);
  for (const signal of SIGNALS) process.off(signal, endAll);
}

/** The message that a process sends back. */
type Reply<Answer> =
  { readonly value: Answer } | { readonly failure: string; readonly stack: string };

/** One line about the end of a process that did not answer. */
function describeEnd(end: string, stderr: string): string {
  if (/heap out of memory|Array buffer allocation failed/.test(stderr))
    return "not enough memory, expected a larger heap (NODE_OPTIONS=--max-old-space-size=8192) or a smaller task";
  const guess = end === "SIGKILL" ? ", which is common if the system has no memory left" : "";
  return `the process ended with ${end}${guess}`;
}

/**
 * Runs one task in a process of its own and returns its answer. The process starts with an empty
 * heap, code without type feedback, and `gc()`. It is ended if this process ends first.
 *
 * @param module URL of a module that calls `answerTask`.
 * @param label name of the task in errors.
 * @param execPath Node executable that runs the task.
 * @throws {Error} with one line; its cause is the stack of the other process.
 */
export function runInFreshProcess<Answer>(
  module: URL,
  task: unknown,
  label: string,
  execPath: string = process.execPath,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const child = fork(fileURLToPath(module), [], {
      execPath,
      // If code were discarded and compiled again, it would count as memory and time of the cache.
      execArgv: ["--expose-gc", "--no-flush-bytecode", "--enable-source-maps"],
      serialization: "advanced",
      stdio: ["ignore", "inherit", "pipe", "ipc"],
    });
    addChild(child);
    const fail = (reason: string, cause: unknown): void => {
      deleteChild(child);
      reject(new Error(`Cannot measure ${label}: ${reason}`, { cause }));
    };
    let reply: Reply<Answer> | undefined;
    let stderr = "";
    child.stderr?.on("data", (chunk) => (stderr = (stderr + chunk).slice(-STDERR_KEPT)));
    child.once("message", (value) => (reply = value as Reply<Answer>));
    // If a process did not start, sending the task is a second error.
    child.on("error", (error) => fail(error.message, error));
    child.once("close", (code, signal) => {
      if (reply && "failure" in reply) return fail(reply.failure, reply.stack);
      if (!reply || code !== 0)
        return fail(describeEnd(signal ?? `exit code ${code}`, stderr), stderr);
      deleteChild(child);
      resolve(reply.value);
    });
    child.send(task as object);
  });
}

/** Answers the task of this process. The process then ends. */
export function answerTask<Task, Answer>(answer: (task: Task) => Promise<Answer>): void {
  process.once("message", (task) => {
    const reply = (message: Reply<Answer>): void =>
      void process.send!(message, () => process.disconnect());
    void answer(task as Task).then(
      (value) => reply({ value }),
      (error: unknown) => {
        const { message, stack = message } =
          error instanceof Error ? error : new Error(String(error));
        reply({ failure: message.split("\n")[0]!, stack });
      },
    );
  });
}
