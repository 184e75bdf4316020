import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";

const STDERR_KEPT = 4_000;

/**
 * Runs one task in a process of its own and returns its answer. The process starts with an empty
 * heap, code without type feedback, and `gc()`.
 *
 * @param module URL of a module that calls `answerTask`.
 * @param execPath Node executable to run it with.
 */
export function runInFreshProcess<Answer>(
  module: URL,
  task: unknown,
  execPath: string = process.execPath,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const child = fork(fileURLToPath(module), [], {
      execPath,
      // Code that is thrown away and compiled again would show as memory and time of the cache.
      execArgv: ["--expose-gc", "--no-flush-bytecode", "--enable-source-maps"],
      serialization: "advanced",
      stdio: ["ignore", "inherit", "pipe", "ipc"],
    });
    let answer: { value: Answer } | undefined;
    let stderr = "";
    child.stderr?.on("data", (chunk) => (stderr = (stderr + chunk).slice(-STDERR_KEPT)));
    child.once("message", (value) => (answer = { value: value as Answer }));
    child.once("error", reject);
    child.once("close", (code, signal) => {
      if (answer && code === 0) return resolve(answer.value);
      const end = signal ?? `exit code ${code}`;
      reject(
        new Error(
          `Cannot measure ${JSON.stringify(task)}: the process ended with ${end}\n${stderr}`,
        ),
      );
    });
    child.send(task as object);
  });
}

/** Answers the task of this process, which then ends. */
export function answerTask<Task, Answer>(answer: (task: Task) => Promise<Answer>): void {
  process.once("message", (task) => {
    void answer(task as Task).then((value) => {
      process.send!(value, () => process.disconnect());
    });
  });
}
