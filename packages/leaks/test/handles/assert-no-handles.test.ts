import { executionAsyncId } from "node:async_hooks";
import { setTimeout as wait } from "node:timers/promises";
import { assertNoHandles, HandleCensus, handlesLeftBy, LeakError } from "@heapwise/leaks";
import { afterEach, describe, expect, test, vi } from "vitest";

const timers: NodeJS.Timeout[] = [];
const leave = (delay: number): void => void timers.push(setTimeout(() => {}, delay));

afterEach(() => {
  vi.useRealTimers();
  timers.splice(0).forEach(clearTimeout);
});

const failure = async (run: () => unknown): Promise<LeakError> => {
  const error: unknown = await assertNoHandles(run).catch((reason: unknown) => reason);
  if (!(error instanceof LeakError)) throw new Error(`no LeakError: ${String(error)}`);
  return error;
};

test("the message shows each handle and the place of its making", async () => {
  const { message, leaks } = await failure(() => {
    leave(5000);
    for (let i = 0; i < 2; i++) leave(6000);
  });
  expect(message.replaceAll(/\S*\/(\S+?):\d+:\d+/g, "$1")).toMatchInlineSnapshot(`
    "Cannot end run: 3 handles are left behind, expected none
      Timeout 5000 ms: live
        made at leave assert-no-handles.test.ts)
          by assert-no-handles.test.ts
      Timeout 6000 ms, 2 times: live
        made at leave assert-no-handles.test.ts)
          by assert-no-handles.test.ts"
  `);
  const [path] = leaks[0]!.paths;
  expect(path!.root).toBe("timer");
  expect(path!.steps[0]!.location!.url).toContain("assert-no-handles.test.ts");
});

test("the message is at most 20 lines, and the same in each run", async () => {
  const run = (): void => {
    for (let i = 0; i < 50; i++) leave(1000 + i);
  };
  const [first, second] = [await failure(run), await failure(run)];
  expect(first.leaks).toHaveLength(50);
  expect(first.message.split("\n").length).toBeLessThanOrEqual(20);
  expect(first.message).toBe(second.message);
});

test("an error of the function passes, also a rejection", async () => {
  const error = new Error("mine");
  const fail = (): never => {
    leave(1000);
    throw error;
  };
  await expect(assertNoHandles(fail)).rejects.toBe(error);
  await expect(assertNoHandles(() => Promise.reject(error))).rejects.toBe(error);
});

test("a value that is no function is a TypeError at once", async () => {
  await expect(assertNoHandles(5 as never)).rejects.toThrow(
    new TypeError("Cannot look for handles: run is 5, expected a function"),
  );
});

test("what others make at the same time is not counted", async () => {
  const other = (async () => {
    for (let i = 0; i < 5; i++) {
      await wait(1);
      leave(4000 + i);
      process.on("heapwise", () => {});
    }
  })();
  await assertNoHandles(() => wait(20));
  await other;
  process.removeAllListeners("heapwise");
});

test("two runs at once do not see the handles of each other", async () => {
  const run = (delay: number) => async (): Promise<void> => {
    await wait(2);
    leave(delay);
    await wait(2);
  };
  const left = await Promise.all([1111, 2222].map((delay) => handlesLeftBy(run(delay))));
  expect(left.map((each) => each.map(({ name }) => name))).toEqual([
    ["Timeout 1111 ms"],
    ["Timeout 2222 ms"],
  ]);
});

test("a run inside of another one is a part of it", async () => {
  let inner: unknown;
  const outer = await handlesLeftBy(async () => {
    inner = await handlesLeftBy(() => leave(3333));
  });
  expect(outer).toEqual(inner);
  expect(outer).toHaveLength(1);
});

test("timers of console output and of imports during the run are not counted", async () => {
  await assertNoHandles(async () => {
    console.log("a line of output");
    await import("./left-by-import.ts");
  });
});

describe("fake timers", () => {
  test("neither count nor stop the wait, if they are there before", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "setInterval", "setImmediate", "nextTick"] });
    await assertNoHandles(() => leave(1000));
  });

  test("neither count nor stop the wait, if the run begins them", async () => {
    await assertNoHandles(() => {
      vi.useFakeTimers();
      leave(1000);
      setInterval(() => {}, 10);
      setImmediate(() => {});
    });
  });
});

test("a handle counts if the limit of stacks cannot be set, as in a frozen realm", async () => {
  const before = Object.getOwnPropertyDescriptor(Error, "stackTraceLimit")!;
  Object.defineProperty(Error, "stackTraceLimit", { ...before, writable: false });
  let timer: NodeJS.Timeout | undefined;
  try {
    const error = await assertNoHandles(() => {
      timer = setTimeout(() => {}, 60_000);
    }).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ leaks: [{ className: "Timeout 60000 ms" }] });
  } finally {
    Object.defineProperty(Error, "stackTraceLimit", before);
    clearTimeout(timer);
  }
});

test("formatting stacks in another way, or not at all, does not break it", async () => {
  const { prepareStackTrace, stackTraceLimit } = Error;
  try {
    Error.prepareStackTrace = (_, sites) => sites;
    expect((await failure(() => leave(1000))).leaks[0]!.className).toBe("Timeout 1000 ms");
    Error.prepareStackTrace = () => {
      throw new Error("mine");
    };
    expect((await failure(() => leave(2000))).leaks[0]!.className).toBe("Timeout 2000 ms");
    Error.stackTraceLimit = 0;
    Reflect.deleteProperty(Error, "prepareStackTrace");
    const { leaks } = await failure(() => leave(3000));
    expect(leaks[0]!.paths[0]!.steps[0]!.location).toBeDefined();
    expect(Error.stackTraceLimit).toBe(0);
  } finally {
    Object.assign(Error, { prepareStackTrace, stackTraceLimit });
  }
});

test("a host that does not report its resources is an error", async () => {
  const { vi: mock } = await import("vitest");
  mock.resetModules();
  mock.doMock("../../src/host/node-modules.ts", () => ({ nodeModule: () => undefined }));
  const { assertNoHandles: assert } = await import("../../src/assertions/assert-no-handles.ts");
  mock.doUnmock("../../src/host/node-modules.ts");
  await expect(assert(() => {})).rejects.toThrow(
    "Cannot watch handles: the host does not report asynchronous resources, expected Node",
  );
});

describe("a census", () => {
  test("counts what several runs make, until it is disposed of", async () => {
    const census = new HandleCensus();
    expect(census.run(() => executionAsyncId())).toBe(executionAsyncId());
    census.run(() => leave(1000));
    await census.run(async () => {
      await wait(1);
      leave(2000);
    });
    const name = (each: { name: string }): string => each.name;
    expect(census.open().map(name)).toEqual(["Timeout 1000 ms", "Timeout 2000 ms"]);
    clearTimeout(timers[0]);
    expect((await census.settle()).map(name)).toEqual(["Timeout 2000 ms"]);
    census[Symbol.dispose]();
    census[Symbol.dispose]();
    census.run(() => leave(3000));
    expect(census.open()).toEqual([]);
  });

  test("tells the kind, the location and the stack", () => {
    const census = new HandleCensus();
    census.run(function start() {
      leave(1000);
    });
    const [handle] = census.open();
    census[Symbol.dispose]();
    expect(handle).toMatchObject({ kind: "timer", count: 1 });
    expect(handle!.stack.split("\n")).toEqual([
      expect.stringMatching(/^leave \(.*assert-no-handles.test.ts/),
      expect.stringMatching(/^start \(/),
    ]);
    expect(handle!.location!.line).toBeGreaterThan(5);
  });
});
