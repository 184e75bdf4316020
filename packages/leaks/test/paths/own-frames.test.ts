import { expect, it } from "vitest";
import { assertCollected } from "../../src/assertions/assert-collected.ts";
import { leakScope } from "../../src/assertions/leak-scope.ts";
import type { LeakError } from "../../src/assertions/leak-error.ts";
import { HeapGraph } from "../../src/heap-graph/heap-graph.ts";
import { matchers } from "../../src/matchers/matchers.ts";
import { track } from "../../src/probes/track.ts";

class Session {
  readonly user = "ada";
}

const FILE = "\\(.*own-frames\\.test\\.ts:\\d+:\\d+\\)";

async function messageOf(failing: Promise<unknown>): Promise<string> {
  const error = await failing.then(
    () => new Error("no error"),
    (reason: unknown) => reason as LeakError,
  );
  return error.message;
}

/** Expects one path, of this line alone. */
function expectHolder(text: string, holder: string): void {
  const paths = text.split("\n").filter((line) => !/^Cannot|: live$/.test(line));
  expect(paths.map((line) => line.trim())).toEqual([
    expect.stringMatching(new RegExp(`^stack: ${holder} → Session ${FILE}$`)) as string,
  ]);
}

it("a variable that a closure shares is named with its function", async () => {
  const text = await (async function openSession() {
    const session = new Session();
    const message = await messageOf(assertCollected(() => session, { timeout: 0 }));
    return message + session.user.slice(3);
  })();
  expectHolder(text, "variable `session`(?: of openSession)?");
});

it("a variable of a waiting function is named by the function", async () => {
  const text = await (async function useScope() {
    const scope = leakScope();
    const session = scope.track(new Session());
    return (await messageOf(scope.close())) + session.user.slice(3);
  })();
  expectHolder(text, "variable of useScope");
});

it("a variable of an anonymous function is one of the running test", async () => {
  const session = new Session();
  const [path, ...others] = await track(session).explain();
  expect(others).toEqual([]);
  expect(path!.root).toBe("stack");
  expectHolder(String(path), "variable of the running test");
  expect(session.user).toBe("ada");
});

it("a matcher is no holder", async () => {
  const text = await (async () => {
    const session = new Session();
    const { message } = await matchers.toBeCollected.call({}, () => session, { timeout: 0 });
    return message() + session.user.slice(3);
  })();
  expectHolder(text, "variable `session`");
});

it("a function that takes a snapshot is no holder of what its caller holds", async () => {
  const session = new Session();
  const graph = await HeapGraph.capture();
  const [id] = graph.sample("Session", 1);
  const paths = graph.pathsByRoot(id!).map(String);
  expect(paths.join("\n")).not.toMatch(/capture|readColumns|@heapwise|leaks\/src/);
  expect(paths.join("\n")).toContain("→ Session");
  expect(session.user).toBe("ada");
});
