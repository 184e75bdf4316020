import { FakeHeap } from "@heapwise/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

describe("FakeHeap", () => {
  const { WeakRef: engineRef, FinalizationRegistry: engineRegistry } = globalThis;
  let heap: FakeHeap;
  beforeEach(() => {
    heap = new FakeHeap().install();
  });
  afterEach(() => heap.uninstall());

  it("replaces the classes of the engine, and restores them", () => {
    expect(WeakRef).toBe(heap.WeakRef);
    heap.uninstall();
    expect([WeakRef, FinalizationRegistry]).toEqual([engineRef, engineRegistry]);
  });

  it("keeps a target alive to the end of the job, and collects it afterwards", () => {
    const target = heap.track({});
    const ref = new WeakRef(target);
    expect(heap.collect(target)).toBe(false);
    heap.endJob();
    expect(ref.deref()).toBe(target);
    expect(heap.isKept(target)).toBe(true);
    expect(heap.collect(target)).toBe(false);
    heap.endJob();
    expect(heap.collect(target)).toBe(true);
    expect(ref.deref()).toBe(undefined);
  });

  it("calls back later, once for each record that was not unregistered", () => {
    const calls: unknown[] = [];
    const registry = new FinalizationRegistry<unknown>((held) => calls.push(held));
    const [target, token] = [heap.track({}), {}];
    registry.register(target, "first");
    registry.register(target, "second", token);
    registry.register(target, "third");
    expect(registry.unregister(token)).toBe(true);
    expect(registry.unregister(token)).toBe(false);
    heap.collect(target);
    expect(calls).toEqual([]);
    heap.runCallbacks();
    heap.runCallbacks();
    expect(calls).toEqual(["first", "third"]);
    expect(heap.registered).toBe(0);
  });

  it("collects untracked targets at a major collection", () => {
    let epochs = 0;
    const registry = new FinalizationRegistry<undefined>(() => {
      epochs++;
      registry.register({}, undefined);
    });
    registry.register({}, undefined);
    registry.register(heap.track({}), undefined);
    heap.majorCollection();
    heap.runCallbacks();
    expect(epochs).toBe(1);
    heap.majorCollection();
    heap.runCallbacks();
    expect(epochs).toBe(2);
    expect(heap.registered).toBe(2);
  });

  it("throws for the targets for which an engine throws", () => {
    expect(() => new WeakRef(1 as never)).toThrow(TypeError);
    expect(() => new WeakRef(Symbol.for("a") as never)).toThrow(TypeError);
    expect(() => new FinalizationRegistry(() => {}).register("a" as never, 1)).toThrow(TypeError);
    const held = {};
    expect(() => new FinalizationRegistry(() => {}).register(held, held)).toThrow(TypeError);
  });
});
