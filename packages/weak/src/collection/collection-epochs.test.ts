import { FakeHeap } from "@heapwise/testkit";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { epochs, type CollectionListener } from "./collection-epochs.ts";

let heap: FakeHeap;
/** The listeners of a test, which nothing else holds. */
let held: CollectionListener[];

beforeEach(() => {
  heap = new FakeHeap().install();
  held = [];
});
afterEach(() => {
  heap.uninstall();
  vi.unstubAllGlobals();
});

/** Returns a listener that counts, and the function that ends its watch. */
function counter(onCollection: () => void = () => {}, onError?: (error: unknown) => void) {
  const told = { times: 0, stop: () => {} };
  const listener = {
    onCollection: () => {
      told.times++;
      onCollection();
    },
    onError,
  };
  held.push(heap.track(listener));
  told.stop = epochs.watch(listener);
  return told;
}

function collect(among = heap): void {
  among.majorCollection();
  among.runCallbacks();
}

describe("Listeners of collections", () => {
  it("are called once for each collection, even if fakes come and go", () => {
    const before = counter();
    collect();
    const count = epochs.count;
    for (let i = 1; i <= 3; i++) {
      const other = new FakeHeap().install();
      const meanwhile = other.track({ onCollection: vi.fn() });
      epochs.watch(meanwhile);
      collect(other);
      expect(meanwhile.onCollection).toHaveBeenCalledTimes(1);
      other.uninstall();
      collect();
      expect([before.times, epochs.count - count]).toEqual([1 + 2 * i, 2 * i]);
    }
    expect(heap.registered).toBe(1);
  });

  it("are called if no listener began to watch with the fakes, and when the fakes are gone", () => {
    const before = counter();
    const other = new FakeHeap().install();
    collect();
    expect(before.times).toBe(1);
    collect(other);
    expect(before.times).toBe(2);
    // The replaced class reports nothing while the other class does.
    collect();
    expect(before.times).toBe(2);
    other.uninstall();
    collect();
    expect(before.times).toBe(3);
  });

  it("are called by a class that wraps the engine's class from then on", () => {
    const before = counter();
    const genuine = globalThis.FinalizationRegistry;
    const made = vi.fn();
    globalThis.FinalizationRegistry = class extends genuine<unknown> {
      constructor(callback: (value: unknown) => void) {
        super(callback);
        made();
      }
    } as never;
    for (let i = 1; i <= 3; i++) {
      collect();
      expect([before.times, made.mock.calls.length]).toEqual([i, 1]);
    }
    globalThis.FinalizationRegistry = genuine;
  });

  it("are called even if other listeners throw, and each gets its own errors", () => {
    const uncaught = vi.fn();
    vi.stubGlobal("reportError", uncaught);
    const own = vi.fn();
    const fail = (): never => {
      throw new Error("no");
    };
    counter(fail, own);
    counter(fail);
    const last = counter();
    collect();
    collect();
    expect([own.mock.calls.length, uncaught.mock.calls.length, last.times]).toEqual([2, 2, 2]);
  });

  it("are not called once they are stopped, even if another listener stops them", () => {
    const first = counter(() => second.stop());
    const second = counter();
    collect();
    expect([first.times, second.times]).toEqual([1, 0]);
    first.stop();
    collect();
    expect([first.times, second.times, heap.registered]).toEqual([1, 0, 0]);
    const third = counter();
    collect();
    expect([third.times, heap.registered]).toEqual([1, 1]);
  });
});
