import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, test } from "vitest";
import { runInFreshProcess } from "./fresh-process.ts";
import { useTraceFolder } from "./hit-ratio/trace-folder.ts";

const folder = useTraceFolder();

/**
 * Runs a task by a module with this body. The body gets the task as `task`, and answers with
 * `reply`.
 */
function run(body: string, name = "measure.mjs"): Promise<unknown> {
  const path = folder.write(
    name,
    `const reply = (message) => process.send(message, () => process.disconnect());
    process.once("message", (task) => { ${body} });`,
  );
  return runInFreshProcess(pathToFileURL(path), { size: 7 }, "a trace, a cache");
}

async function failureOf(body: string): Promise<Error> {
  return run(body).then(
    () => expect.unreachable("it answered"),
    (error: unknown) => error as Error,
  );
}

describe("a task in a process of its own", () => {
  test("is answered", async () => {
    await expect(run("reply({ value: task.size + 1 })")).resolves.toBe(8);
  });

  test("that fails is an error of one line, with the stack as its cause", async () => {
    const stack = "TypeError: no\\n    at there";

    const error = await failureOf(`reply({ failure: "no", stack: "${stack}" })`);

    expect(error.message).toBe("Cannot measure a trace, a cache: no");
    expect(error.cause).toBe("TypeError: no\n    at there");
  });

  test.each([
    ["process.exit(3)", /: the process ended with exit code 3$/],
    ["process.kill(process.pid, 'SIGTERM')", /: the process ended with SIGTERM$/],
    [
      "process.kill(process.pid, 'SIGKILL')",
      /SIGKILL, which is common if the system has no memory left$/,
    ],
    ["throw new Error('broken')", /: the process ended with exit code 1$/],
    [
      "process.stderr.write('FATAL ERROR: JavaScript heap out of memory', () => process.abort())",
      /: not enough memory, expected a larger heap/,
    ],
  ])("that ends by %s is an error of one line", async (body, message) => {
    const error = await failureOf(body);

    expect(error.message).toMatch(/^Cannot measure a trace, a cache: .*$/);
    expect(error.message).toMatch(message);
  });

  test("that cannot start is an error of one line", async () => {
    const path = pathToFileURL(folder.write("measure.mjs", ""));

    await expect(
      runInFreshProcess(path, {}, "a trace", join(folder.path, "no-node")),
    ).rejects.toThrow(/^Cannot measure a trace: spawn .*ENOENT$/);
  });

  test("leaves no listener", async () => {
    const events = ["exit", "SIGINT", "SIGTERM", "SIGHUP"];
    const count = (): number[] => events.map((event) => process.listenerCount(event));
    const before = count();

    await Promise.all([run("reply({ value: 1 })", "other.mjs"), failureOf("process.exit(3)")]);

    expect(count()).toEqual(before);
  });
});
