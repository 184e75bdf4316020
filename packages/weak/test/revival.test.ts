import { SIZE } from "@heapwise/sizeof";
import { WeakCache } from "@heapwise/weak";
import { describe, expect, it, vi } from "vitest";
import { collect, heap, useFakeHeap } from "./fake-collector.ts";

useFakeHeap();

interface Sized {
  readonly name: string;
  [SIZE](): number;
}

/** A value whose size is the present result of the function. */
function sized(name: string, size: () => number): Sized {
  return heap().track({ name, [SIZE]: size });
}

interface Setup {
  readonly cache: WeakCache<string, Sized>;
  /** An entry of the tail. */
  readonly a: Sized;
  readonly b: Sized;
  readonly onError: ReturnType<typeof vi.fn>;
  readonly onRemoval: ReturnType<typeof vi.fn>;
  /** Returns the size of `a` from now on. */
  sizeOfA: () => number;
}

/** Creates a cache whose front has room for one of two values. */
function setUp(hasOnError = true): Setup {
  const onError = vi.fn();
  const onRemoval = vi.fn();
  const setup: { sizeOfA: () => number } = { sizeOfA: () => 10_000 };
  const cache = new WeakCache<string, Sized>({
    strong: { maxBytes: 20_000 },
    onRemoval,
    ...(hasOnError && { onError }),
  });
  const a = sized("a", () => setup.sizeOfA());
  const b = sized("b", () => 15_000);
  cache.set("a", a).set("b", b);
  expect(cache.stats().demotions).toBe(1);
  return Object.assign(setup, { cache, a, b, onError, onRemoval });
}

describe("A value of the tail that is used, and cannot be sized", () => {
  it.each<readonly [string, () => number]>([
    [
      "throws",
      () => {
        throw new Error("no size");
      },
    ],
    ["is no number", () => "big" as never],
    ["is NaN", () => NaN],
    ["is below 0", () => -1],
  ])("is returned and stays where it is if its size %s", (_, size) => {
    const setup = setUp();
    const { cache, a, b, onError } = setup;
    setup.sizeOfA = size;
    expect([cache.get("a"), cache.get("a"), cache.get("b")]).toEqual([a, a, b]);
    expect(onError).toHaveBeenCalledTimes(2);
    expect(cache.stats()).toMatchObject({ hits: 3, misses: 0, revivals: 2, demotions: 1 });
    expect([cache.size, cache.liveSize(), cache.has("a")]).toEqual([2, 2, true]);
    collect(a);
    expect([cache.size, cache.get("a"), cache.get("b")]).toEqual([1, undefined, b]);
  });

  it("is returned by all operations that read through get", async () => {
    const setup = setUp();
    const { cache, a, b } = setup;
    setup.sizeOfA = () => NaN;
    expect(cache.getOrInsert("a", b)).toBe(a);
    expect(cache.getOrInsertComputed("a", () => b)).toBe(a);
    expect(await cache.getOrLoad("a", () => b)).toBe(a);
  });

  it("stays in the tail without a report if there is no onError, and returns when it has a size", () => {
    const reported = vi.fn();
    vi.stubGlobal("reportError", reported);
    const setup = setUp(false);
    const { cache, a } = setup;
    setup.sizeOfA = () => NaN;
    expect(cache.get("a")).toBe(a);
    setup.sizeOfA = () => 10_000;
    expect([cache.get("a"), [...cache.keys()]]).toEqual([a, ["a", "b"]]);
    expect(reported).not.toHaveBeenCalled();
    vi.unstubAllGlobals();
  });

  it("is returned even if onError throws, and that error is reported as uncaught", () => {
    const reported = vi.fn();
    vi.stubGlobal("reportError", reported);
    const setup = setUp();
    setup.sizeOfA = () => NaN;
    setup.onError.mockImplementation(() => {
      throw new Error("listener");
    });
    expect(setup.cache.get("a")).toBe(setup.a);
    expect(reported.mock.calls).toEqual([[new Error("listener")]]);
    vi.unstubAllGlobals();
  });

  it("throws in set, and then changes nothing", () => {
    const setup = setUp();
    const { cache, a, b, onError, onRemoval } = setup;
    setup.sizeOfA = () => {
      throw new Error("no size");
    };
    expect(() => cache.set("b", a)).toThrow("no size");
    expect([cache.peek("a"), cache.peek("b"), cache.size]).toEqual([a, b, 2]);
    expect(onError).not.toHaveBeenCalled();
    expect(onRemoval).not.toHaveBeenCalled();
  });
});

describe("What the program does while the size of a used value of the tail is computed", () => {
  const cases: readonly (readonly [
    string,
    (setup: Setup) => void,
    (setup: Setup) => unknown,
    (setup: Setup) => unknown,
  ])[] = [
    [
      "deletes its key",
      ({ cache }) => cache.delete("a"),
      ({ b }) => [["b", b]],
      ({ a }) => [["a", a, "deleted"]],
    ],
    [
      "clears the cache",
      ({ cache }) => cache.clear(),
      () => [],
      ({ a, b }) => [
        ["a", a, "deleted"],
        ["b", b, "deleted"],
      ],
    ],
    [
      "disposes of the cache",
      ({ cache }) => cache[Symbol.dispose](),
      () => [],
      ({ a, b }) => [
        ["a", a, "deleted"],
        ["b", b, "deleted"],
      ],
    ],
    [
      "stores another value",
      ({ cache, b }) => cache.set("a", b),
      ({ b }) => [
        ["a", b],
        ["b", b],
      ],
      ({ a }) => [["a", a, "replaced"]],
    ],
    [
      "stores a primitive",
      ({ cache }) => cache.set("a", 5 as never),
      ({ b }) => [["b", b]],
      ({ a }) => [
        ["a", a, "replaced"],
        ["a", 5, "evicted"],
      ],
    ],
    [
      "stores the same value",
      ({ cache, a }) => cache.set("a", a),
      ({ a, b }) => [
        ["a", a],
        ["b", b],
      ],
      () => [],
    ],
    [
      "uses it",
      ({ cache }) => cache.get("a"),
      ({ a, b }) => [
        ["a", a],
        ["b", b],
      ],
      () => [],
    ],
    [
      "writes another key",
      ({ cache, b }) => cache.set("c", b),
      ({ a, b }) => [
        ["a", a],
        ["b", b],
        ["c", b],
      ],
      () => [],
    ],
    [
      "deletes its key while another value is asked for its size",
      ({ cache }) =>
        cache.set(
          "c",
          sized("c", () => (cache.delete("a"), 100)),
        ),
      ({ cache, b }) => [
        ["b", b],
        ["c", cache.peek("c")],
      ],
      ({ a }) => [["a", a, "deleted"]],
    ],
    [
      "uses it, and writes another key meanwhile",
      ({ cache, b }) => {
        let isAsked = false;
        const other = sized("other", () => {
          if (!isAsked) cache.set("c", b);
          isAsked = true;
          return 100;
        });
        cache.set("d", other);
        cache.get("a");
      },
      ({ cache, a, b }) => [
        ["a", a],
        ["b", b],
        ["c", b],
        ["d", cache.peek("d")],
      ],
      () => [],
    ],
    [
      "deletes another key",
      ({ cache }) => cache.delete("b"),
      ({ a }) => [["a", a]],
      ({ b }) => [["b", b, "deleted"]],
    ],
  ];
  describe.each([
    ["fits", 10_000],
    ["is too large for the front", 30_000],
  ])("counts if it %s", (_what, size) => {
    it.each(cases)("it %s", (_, act, entries, told) => {
      const setup = setUp();
      const { cache, a } = setup;
      let isAsked = false;
      setup.sizeOfA = () => {
        if (!isAsked) {
          isAsked = true;
          act(setup);
        }
        return size;
      };
      expect(cache.get("a")).toBe(a);
      expect(isAsked).toBe(true);
      expect([...cache].sort()).toEqual(entries(setup));
      expect(cache.size).toBe([...cache].length);
      expect(setup.onRemoval.mock.calls).toEqual(told(setup));
    });
  });
});
