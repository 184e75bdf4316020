import { afterEach, describe, expect, it, vi } from "vitest";
import { assertNoGrowth } from "../../src/assertions/assert-no-growth.ts";
import type { LeakError } from "../../src/assertions/leak-error.ts";
import * as controls from "../../src/probes/controls.ts";
import { withModules } from "../with-modules.ts";

class Session {
  readonly user = "ada";
}

const shared = globalThis as { heldByTest?: unknown[] };
let held: unknown[];
const quick = { explain: false };

afterEach(() => {
  held = [];
  delete shared.heldByTest;
  vi.restoreAllMocks();
});
held = [];

async function errorOf(failing: Promise<unknown>): Promise<LeakError> {
  const error: unknown = await failing.then(
    () => "no error",
    (reason: unknown) => reason,
  );
  expect(error).toMatchObject({ code: "LEAK" });
  return error as LeakError;
}

const later = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

/** Programs that hold no more objects in the long run; `call` counts from 0. */
const CLEAN: Record<string, (call: number) => unknown> = {
  "drops its objects": () => new Session(),
  "is async": async () => {
    await later();
    return new Session();
  },
  "adds many objects once": (call) =>
    call === 20 && held.push(...Array.from({ length: 999 }, () => ({}))),
  "fills a cache in the warm-up": (call) => call < 14 && held.push({}),
  "swings between two states": (call) => {
    held = call % 14 < 7 ? [] : Array.from({ length: 100 }, () => ({}));
  },
  "keeps the last 10": () => {
    held.push({});
    if (held.length > 10) held.shift();
  },
  "adds less than one object for each call": (call) => call % 2 === 0 && held.push({}),
  "adds bytes and no objects": () => {
    held.push(Math.random().toString(36));
  },
};

function counted(run: (call: number) => unknown): () => unknown {
  let call = 0;
  return () => run(call++);
}

describe("assertNoGrowth", () => {
  it.each(Object.entries(CLEAN))("passes for a program that %s", async (_title, run) => {
    const { rows } = await assertNoGrowth(counted(run));
    expect(rows).toMatchObject([{ type: "(objects)", verdict: "steady", bytes: [] }]);
  });

  it("fails for one object that each call leaves behind", async () => {
    const leak = (): unknown => held.push(new Session());
    const { leaks, message } = await errorOf(assertNoGrowth(leak, quick));
    expect(leaks).toEqual([{ className: "Object", verdict: "grows", perIteration: 1, paths: [] }]);
    expect(message.split("\n")).toEqual([
      "Cannot keep memory steady: each iteration leaves 1 object behind, expected none",
      "  Object: grows, 1 per iteration",
    ]);
    const closures = (): unknown => held.push(() => held);
    expect((await errorOf(assertNoGrowth(closures, quick))).leaks).toHaveLength(1);
    const late = async (): Promise<void> => {
      await later();
      held.push([]);
    };
    expect((await errorOf(assertNoGrowth(late, quick))).leaks).toHaveLength(1);
  });

  it("names the class and the holder, and not the parts of its objects", async () => {
    shared.heldByTest = [];
    const leak = (): void => {
      const session = Object.assign(new Session(), { parts: [{ a: {} }, new Map()] });
      shared.heldByTest!.push(session);
    };
    // The test runner may leave objects of its own meanwhile, but not that many.
    const { leaks, message } = await errorOf(assertNoGrowth(leak, { iterations: 200 }));
    expect(leaks.map(({ className, perIteration }) => [className, perIteration])).toEqual([
      ["Session", 1],
    ]);
    expect(message).toMatch(/^Cannot keep memory steady: each iteration leaves \d+ objects behind/);
    expect(message).toMatch(/Session: grows, 1 per iteration\n.*heldByTest/);
    expect(leaks[0]!.paths[0]!.root).toBe("global");
    expect(leaks[0]!.retainedBytes).toBeGreaterThan(50);
  });

  it("names a class of which a round frees one object, as it counts it", async () => {
    class Lacking extends Session {}
    const old = Array.from({ length: 20 }, () => new Lacking());
    const kept: object[] = (shared.heldByTest = []);
    let calls = 0;
    const leak = (): void => {
      kept.push(new Lacking());
      if (++calls % 7 === 0) old.pop();
    };
    const { leaks } = await errorOf(assertNoGrowth(leak, { classes: [Lacking] }));
    expect(leaks).toMatchObject([{ className: "Lacking", perIteration: 1 }]);
    expect(leaks[0]!.paths.map(String)[0]).toMatch(/heldByTest → Array\n {2}\[\d+\] → Lacking/);
  });

  it("names promises, and gives their path", async () => {
    const kept: unknown[] = (shared.heldByTest = []);
    const leak = (): void => void kept.push(new Promise(() => {}));
    const { leaks } = await errorOf(assertNoGrowth(leak));
    const promises = leaks.find(({ className }) => className === "Promise");
    expect(promises?.paths.map(String)[0]).toMatch(/heldByTest → Array\n {2}\[\d+\] → Promise/);
  });

  it("says so if no class grows in the round between the snapshots", async () => {
    let calls = 0;
    const leak = (): void => {
      // The rounds that are counted, and no further one.
      if (++calls <= 7 * 7) held.push(new Session());
    };
    const { leaks, message } = await errorOf(assertNoGrowth(leak, { classes: [Session] }));
    expect(leaks).toMatchObject([{ className: "Session", verdict: "grows", paths: [] }]);
    expect(message).toMatch(/\nNo paths: in one more round, no single class had one object more/);
  });

  it("finds a leak although a round frees many objects of the same class", async () => {
    const old = Array.from({ length: 60 }, () => new Session());
    const kept: Session[] = [];
    let calls = 0;
    const leak = (): void => {
      kept.push(new Session());
      // In the second round that is counted, after two to warm up.
      if (++calls === 4 * 7) old.length = 0;
    };
    const options = { classes: [Session], explain: false };
    const { leaks } = await errorOf(assertNoGrowth(leak, options));
    expect(leaks).toMatchObject([{ className: "Session", perIteration: 1 }]);
    expect(kept.length).toBe((2 + 5 + 5) * 7);
  });

  it("counts the classes that it is given, with their subclasses, and no others", async () => {
    class Admin extends Session {
      readonly rights = 1;
    }
    const leak = (): unknown => held.push(new Admin(), {}, {});
    const other = { classes: [Map, WeakMap] };
    const { rows } = await assertNoGrowth(leak, other);
    expect(rows.map(({ type, verdict }) => [type, verdict])).toEqual([
      ["Map", "steady"],
      ["WeakMap", "steady"],
    ]);
    const options = { classes: [Session, Map], explain: false };
    const { leaks, message } = await errorOf(assertNoGrowth(leak, options));
    expect(leaks).toEqual([{ className: "Session", verdict: "grows", perIteration: 1, paths: [] }]);
    expect(message).toContain("each iteration leaves 1 Session behind");
    const two = (): unknown => held.push(new Admin(), new Map());
    const both = await errorOf(assertNoGrowth(two, options));
    expect(both.message).toContain("each iteration leaves 1 Session and 1 Map behind");
  });

  it("takes collections that are bounded from an iterator, which can be read once", async () => {
    const cache = new Map<object, number>();
    const run = (): unknown => cache.set({}, 1);
    await assertNoGrowth(run, { ...quick, bounded: [cache].values() });
    expect(cache.size).toBeGreaterThan(0);
  });

  it("subtracts what bounded collections grow by", async () => {
    const cache = new Map<number, object>();
    const run = (): unknown => cache.set(cache.size, {});
    expect((await errorOf(assertNoGrowth(run, quick))).leaks).toHaveLength(1);
    const { rows } = await assertNoGrowth(run, { bounded: new Set([cache]) });
    expect(rows[0]!.verdict).toBe("steady");
    expect(rows[0]!.bound!.slice(0, 2)).toEqual([cache.size - 21, cache.size - 14]);
    const leaking = (): unknown => held.push(run());
    const both = (): unknown => [run(), held.push({})];
    expect(leaking).toBeTypeOf("function");
    const error = await errorOf(assertNoGrowth(both, { ...quick, bounded: [cache] }));
    expect(error.leaks).toMatchObject([{ perIteration: 1 }]);
  });

  it("passes growth by fewer bytes than it may add, and never fails by bytes alone", async () => {
    const leak = (): unknown => held.push({});
    const large = { ...quick, bytesPerIteration: 100_000 };
    expect((await assertNoGrowth(leak, large)).rows[0]!.verdict).toBe("grows");
    const heavy = (): unknown => held.push({ data: Array.from({ length: 20_000 }, () => 0.5) });
    const { leaks } = await errorOf(assertNoGrowth(heavy, large));
    expect(leaks).toHaveLength(1);
    const bytes = (): unknown => held.push(Math.random());
    expect(
      (await assertNoGrowth(bytes, { ...quick, bytesPerIteration: 0 })).rows[0]!.bytes.length,
    ).toBe(4);
  });

  it("stops when the verdict is certain, and else runs all rounds", async () => {
    // A mock would hold its arguments and results: a leak.
    let calls = 0;
    const clean = (): unknown => calls++;
    await assertNoGrowth(clean, { iterations: 3, rounds: 5, warmup: 1 });
    // One round before the first count, and three of five that do not grow.
    expect(calls).toBe(3 * (1 + 3));
    calls = 0;
    const leak = (): unknown => held.push({}, calls++);
    await errorOf(assertNoGrowth(leak, { iterations: 3, rounds: 4, warmup: 0, explain: false }));
    expect(calls).toBe(3 * 4);
  });

  it("lets errors of run through", async () => {
    const planted = new Error("planted");
    await expect(assertNoGrowth(() => Promise.reject(planted))).rejects.toBe(planted);
  });

  it("fails without a path, and says the estimate, if no snapshot would fit", async () => {
    const availableMemory = { value: (): number => 1000 };
    withModules({ "node:process": Object.create(process, { availableMemory }) });
    const { leaks, message } = await errorOf(assertNoGrowth(() => held.push({})));
    expect(leaks).toMatchObject([{ className: "Object", verdict: "grows", paths: [] }]);
    expect(message).toMatch(/No paths: a heap snapshot would need about \d+ MB, which is too much/);
  });

  it("is inconclusive if a control object is wrong", async () => {
    vi.spyOn(controls.Controls.prototype, "areRight").mockReturnValue(false);
    const { leaks, message } = await errorOf(assertNoGrowth(() => {}));
    expect(leaks).toMatchObject([{ verdict: "inconclusive" }]);
    expect(message).toContain("Cannot judge growth");
  });

  it("rejects if the host cannot count objects", async () => {
    const { queryObjects: _, getHeapSnapshot: __, ...v8 } = process.getBuiltinModule("node:v8");
    withModules({ "node:v8": v8 });
    await expect(assertNoGrowth(() => {})).rejects.toThrow(
      "Cannot assert no growth: no count of objects, expected Node with v8.queryObjects",
    );
  });

  it.each([
    [{}, {}, TypeError, "run is an object, expected a function"],
    [() => {}, { iterations: 0 }, RangeError, "iterations is 0, expected an integer from 1"],
    [() => {}, { rounds: 1 }, RangeError, "rounds is 1, expected an integer from 2"],
    [() => {}, { warmup: -1 }, RangeError, "warmup is -1, expected an integer from 0"],
    [() => {}, { classes: Session }, TypeError, "classes is a function"],
    [() => {}, { classes: [() => {}] }, TypeError, "Class is a function without a prototype"],
    [() => {}, { bounded: new WeakSet() }, TypeError, "bounded is an object"],
    [() => {}, { classes: [] }, RangeError, "classes is empty"],
    [() => {}, { bounded: [[]] }, TypeError, "bounded has an array with the size undefined"],
    [() => {}, { bounded: new Map([[1, 2]]) }, TypeError, "bounded has an array"],
    [() => {}, { bounded: [null] }, TypeError, "bounded has null"],
    [() => {}, { bounded: [{ size: NaN }] }, TypeError, "with the size NaN"],
    [() => {}, { bytesPerIteration: "1kb" }, TypeError, 'bytesPerIteration is "1kb"'],
    [() => {}, { explain: 0 }, TypeError, "explain is 0"],
    [() => {}, { iteration: 1 }, TypeError, 'option "iteration" is not known'],
  ])("refuses wrong arguments: %s, %j", async (run, options, Kind, message) => {
    const call = assertNoGrowth(run as never, options as never);
    await expect(call).rejects.toThrow(Kind);
    await expect(call).rejects.toThrow(message);
  });
});
