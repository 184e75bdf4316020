import vm from "node:vm";
import { afterEach, describe, expect, it, vi } from "vitest";
import { Controls } from "../../src/probes/controls.ts";
import { HeapwiseProbeBox } from "../../src/probes/heapwise-probe-box.ts";
import { judge } from "../../src/probes/judge.ts";
import { track, type Probe } from "../../src/probes/track.ts";
import { NO_INSPECTOR, v8Without, withModules } from "../with-modules.ts";

class Session {
  readonly user = "ada";
}

const held: unknown[] = [];

/** Makes a value in a frame of its own, and holds it if `isHeld`. */
function plant(make: () => WeakKey, isHeld: boolean): Probe {
  const made = make();
  if (isHeld) held.push(made);
  return track(made, "planted");
}

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

afterEach(() => {
  held.length = 0;
  vi.useRealTimers();
});

describe("A probe", () => {
  it.each<[string, string, () => WeakKey]>([
    ["an instance", "Session", () => new Session()],
    ["a plain object", "Object", () => ({})],
    ["a frozen object", "Object", () => Object.freeze({})],
    ["an object without a prototype", "Object", () => Object.create(null) as object],
    ["an array", "Array", () => []],
    ["a function", "Function", () => () => {}],
    ["a class", "Function", () => class Local extends Session {}],
    ["a symbol", "Symbol", () => Symbol("local") as never],
    ["a proxy", "Session", () => new Proxy(new Session(), {})],
    ["a revoked proxy", "Object", revoked],
    ["an object of another realm", "Error", () => vm.runInNewContext("new Error()") as object],
    ["a promise", "Promise", () => Promise.resolve()],
  ])("tells whether %s is held", async (_title, className, make) => {
    const dropped = plant(make, false);
    const kept = plant(make, true);
    expect([dropped.className, kept.label]).toEqual([className, "planted"]);
    expect([await dropped.status(), await kept.status()]).toEqual(["collected", "live"]);
    held.length = 0;
    expect(await kept.status()).toBe("collected");
  });

  it("can be asked at once with others, and under fake timers", async () => {
    vi.useFakeTimers();
    const probes = [true, false, true, false].map((is) => plant(() => new Session(), is));
    const verdicts = await Promise.all(probes.map((probe) => probe.status()));
    expect(verdicts).toEqual(["live", "collected", "live", "collected"]);
  });

  it("judges without an inspector, and without a gc it does not claim a plain collection", async () => {
    withModules(NO_INSPECTOR);
    const kept = plant(() => new Session(), true);
    expect(await kept.status()).toBe("live");
    vi.resetModules();
    const fresh = await import("../../src/probes/track.ts");
    withModules({ ...NO_INSPECTOR, "node:vm": undefined });
    const make = (): Probe => fresh.track(new Session());
    const { gc } = globalThis;
    Reflect.deleteProperty(globalThis, "gc");
    expect(await make().status()).toBe("collected-lazily");
    if (gc !== undefined) globalThis.gc = gc;
  });

  it("explains what holds the object, and nothing of its own machinery", async () => {
    const shared = globalThis as { heldByTest?: { session?: unknown } };
    shared.heldByTest = {};
    const probe = plant(() => (shared.heldByTest!.session = new Session()) as object, false);
    const dropped = plant(() => new Session(), false);
    const [path] = await probe.explain();
    expect(path!.root).toBe("global");
    expect(path!.steps.map(({ edge }) => edge).join(" ")).toMatch(/heldByTest.*\.session$/);
    expect(path!.steps.at(-1)!.node).toContain("Session");
    expect(String(path)).not.toMatch(/Heapwise|WeakRef|Box|kept during/);
    expect(await probe.explain({ ignore: () => true })).toEqual([]);
    expect(await dropped.explain()).toEqual([]);
    delete shared.heldByTest;
  });

  it.each([
    [undefined, "undefined"],
    [null, "null"],
    [1, "1"],
    ["text", '"text"'],
    [1n, "1n"],
    [Symbol.for("registered"), "a registered symbol"],
  ])("refuses what cannot be collected: %s", (value, found) => {
    const call = (): Probe => track(value as never);
    expect(call).toThrow(TypeError);
    expect(call).toThrow(
      `Cannot track object: it is ${found}, expected an object, a function or an unregistered symbol`,
    );
  });

  it("refuses wrong labels and options", async () => {
    expect(() => track({}, 1 as never)).toThrow("label is 1, expected a string");
    const probe = track({});
    await expect(probe.explain({ paths: 0 })).rejects.toThrow(RangeError);
    await expect(probe.explain({ ignore: 1 as never })).rejects.toThrow(TypeError);
    await expect(probe.explain({ path: 1 } as never)).rejects.toThrow('option "path" is not known');
  });
});

describe("A verdict", () => {
  const boxOf = (): HeapwiseProbeBox => new HeapwiseProbeBox(new Session());

  it("is inconclusive if a control object has the wrong one, held or not", async () => {
    const kept = new Session();
    const boxes = [boxOf(), new HeapwiseProbeBox(kept)];
    expect(await judge(boxes)).toEqual(["collected", "live"]);
    const wrong = { areRight: () => false };
    expect(await judge(boxes, wrong)).toEqual(["inconclusive", "inconclusive"]);
    expect(kept.user).toBe("ada");
  });

  it("is inconclusive if the collections do nothing", async () => {
    withModules({ ...NO_INSPECTOR, ...v8Without("queryObjects", "getHeapSnapshot") });
    vi.stubGlobal("gc", () => {});
    expect(await judge([boxOf()])).toEqual(["inconclusive"]);
    vi.unstubAllGlobals();
  });

  it("is inconclusive if the host has no means to collect", async () => {
    vi.resetModules();
    const fresh = await import("../../src/probes/judge.ts");
    withModules({ "node:inspector": undefined, "node:v8": undefined, "node:vm": undefined });
    const { gc } = globalThis;
    Reflect.deleteProperty(globalThis, "gc");
    expect(await fresh.judge([boxOf()])).toEqual(["inconclusive"]);
    if (gc !== undefined) globalThis.gc = gc;
  });

  it("comes with controls that are right after a collection and wrong before", async () => {
    const controls = new Controls();
    expect(controls.areRight()).toBe(false);
    await judge([]);
    expect(controls.areRight()).toBe(true);
  });
});
