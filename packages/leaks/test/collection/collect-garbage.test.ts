import inspector from "node:inspector";
import v8 from "node:v8";
import vm from "node:vm";
import { afterEach, describe, expect, it, vi } from "vitest";
import { collectGarbage } from "../../src/collection/collect-garbage.ts";
import { NO_INSPECTOR, v8Without, withModules } from "../with-modules.ts";

/** Makes an object in a frame of its own, and forgets it. */
function dropped(): WeakRef<object> {
  return new WeakRef({});
}

afterEach(() => {
  vi.useRealTimers();
});

describe("collectGarbage", () => {
  it("frees what nothing holds and leaves what is held", async () => {
    const gone = dropped();
    const held = {};
    const ref = new WeakRef(held);
    const { via, freedBytes, durationMs } = await collectGarbage();
    expect([gone.deref(), ref.deref() === held, via]).toEqual([undefined, true, "gc"]);
    expect(freedBytes).toBeGreaterThanOrEqual(0);
    expect(durationMs).toBeGreaterThan(0);
  });

  it("frees an object that its own job has just read through a WeakRef", async () => {
    const gone = dropped();
    expect(gone.deref()).toBeDefined();
    await collectGarbage({ rounds: 1 });
    expect(gone.deref()).toBeUndefined();
  });

  it("says what it freed, on the heap and outside", async () => {
    const plant = (): void => void [new Uint8Array(8_000_000), Array.from({ length: 100_000 })];
    await collectGarbage();
    plant();
    const { freedBytes } = await collectGarbage();
    expect(freedBytes).toBeGreaterThan(7_000_000);
  });

  it("works under fake timers", async () => {
    vi.useFakeTimers();
    const gone = dropped();
    await collectGarbage();
    await collectGarbage({ strength: "last-resort" });
    expect(gone.deref()).toBeUndefined();
  });

  it("can be called many times at once", async () => {
    const gone = dropped();
    const strengths = ["full", "last-resort", "full", "last-resort"] as const;
    const all = await Promise.all(strengths.map((strength) => collectGarbage({ strength })));
    expect(all.map(({ via }) => via)).toEqual(["gc", "inspector", "gc", "inspector"]);
    expect(gone.deref()).toBeUndefined();
  });

  it("collects as a last resort beside a session that is connected already", async () => {
    const session = new inspector.Session();
    session.connect();
    session.post("HeapProfiler.enable");
    expect((await collectGarbage({ strength: "last-resort" })).via).toBe("inspector");
    session.disconnect();
  });

  it("asks v8.queryObjects if there is no inspector, and prints no warning", async () => {
    withModules(NO_INSPECTOR);
    const warn = vi.spyOn(process, "emitWarning").mockImplementation(() => {});
    const query = vi.spyOn(v8, "queryObjects");
    const emit = process.emitWarning;
    expect((await collectGarbage({ strength: "last-resort" })).via).toBe("query-objects");
    expect([query.mock.calls.length, warn.mock.calls, process.emitWarning === emit]).toEqual([
      1,
      [],
      true,
    ]);
    vi.restoreAllMocks();
  });

  it("asks v8.queryObjects if the inspector never answers, or with an error", async () => {
    class Mute {
      connect(): void {}
      disconnect(): void {}
      post(): void {}
    }
    class Failing extends Mute {
      override post(_method?: string, answer?: (error: Error) => void): void {
        answer!(new Error("not known"));
      }
    }
    for (const Session of [Mute, Failing]) {
      withModules({ "node:inspector": { Session } });
      expect((await collectGarbage({ strength: "last-resort" })).via).toBe("query-objects");
    }
  });

  it("takes a snapshot if there is neither", async () => {
    withModules({ ...NO_INSPECTOR, ...v8Without("queryObjects") });
    const gone = dropped();
    expect((await collectGarbage({ strength: "last-resort" })).via).toBe("snapshot");
    expect(gone.deref()).toBeUndefined();
  });

  it("takes the next means if one throws as it is used", async () => {
    class Session {
      connect(): void {
        throw new Error("refused");
      }
    }
    const queryObjects = (): never => {
      throw new Error("refused");
    };
    withModules({ "node:inspector": { Session }, "node:v8": { ...v8, queryObjects } });
    expect((await collectGarbage({ strength: "last-resort" })).via).toBe("snapshot");
  });

  it("uses a last-resort collection if the host has no gc", async () => {
    vi.resetModules();
    const fresh = await import("../../src/collection/collect-garbage.ts");
    withModules({ "node:vm": undefined });
    const { gc } = globalThis;
    Reflect.deleteProperty(globalThis, "gc");
    const gone = dropped();
    expect((await fresh.collectGarbage()).via).toBe("inspector");
    expect(gone.deref()).toBeUndefined();
    if (gc !== undefined) globalThis.gc = gc;
  });

  it("uses the gc of Bun, and that of the command line without arguments", async () => {
    const gc = vi.fn();
    vi.stubGlobal("Bun", { gc });
    const { gc: exposed } = globalThis;
    Reflect.deleteProperty(globalThis, "gc");
    expect((await collectGarbage({ rounds: 2 })).via).toBe("gc");
    expect(gc.mock.calls).toEqual([[true], [true]]);
    vi.unstubAllGlobals();
    const bare = vi.fn();
    vi.stubGlobal("gc", bare);
    await collectGarbage({ rounds: 2 });
    expect(bare.mock.calls).toEqual([[], []]);
    vi.unstubAllGlobals();
    if (exposed !== undefined) globalThis.gc = exposed;
  });

  it("rejects if the host has no means at all", async () => {
    vi.resetModules();
    const fresh = await import("../../src/collection/collect-garbage.ts");
    withModules({ "node:inspector": undefined, "node:v8": undefined, "node:vm": undefined });
    const { gc } = globalThis;
    Reflect.deleteProperty(globalThis, "gc");
    await expect(fresh.collectGarbage()).rejects.toThrow(
      "Cannot collect garbage: the host has no means to, expected a global gc, which --expose-gc makes",
    );
    if (gc !== undefined) globalThis.gc = gc;
  });

  it("leaves no flag and no global behind", async () => {
    const hadGc = "gc" in globalThis;
    const names = Object.getOwnPropertyNames(globalThis);
    const seen = vm.runInNewContext("typeof gc") as string;
    await collectGarbage();
    await collectGarbage({ strength: "last-resort" });
    expect(vm.runInNewContext("typeof gc")).toBe(seen);
    expect("gc" in globalThis).toBe(hadGc);
    expect(Object.getOwnPropertyNames(globalThis)).toEqual(names);
  });

  it.each([
    [null, TypeError, "options are null, expected an object"],
    [{ strenght: "full" }, TypeError, 'option "strenght" is not known, expected one of strength'],
    [{ strength: "weak" }, RangeError, 'strength is "weak", expected "full" or "last-resort"'],
    [{ strength: 1 }, TypeError, 'strength is 1, expected "full" or "last-resort"'],
    [{ rounds: 0 }, RangeError, "rounds is 0, expected an integer from 1"],
    [{ rounds: 1.5 }, RangeError, "rounds is 1.5, expected an integer from 1"],
    [{ rounds: "2" }, TypeError, 'rounds is "2", expected an integer from 1'],
  ])("refuses %j", async (options, Kind, message) => {
    const call = collectGarbage(options as never);
    await expect(call).rejects.toThrow(Kind);
    await expect(call).rejects.toThrow(`Cannot collect garbage: ${message}`);
  });
});
