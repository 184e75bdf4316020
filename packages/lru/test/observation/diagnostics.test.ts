import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { LRUCache, type CacheObserver, type LoadReport } from "@heapwise/lru";
import { publishDiagnostics } from "@heapwise/lru/diagnostics";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { outcomeOf, settled } from "../loading/deferred.ts";

const CHANNELS = ["removal", "load:start", "load:end"].map((name) => `heapwise:lru:${name}`);
let messages: [string | symbol, unknown][] = [];
const note = (message: unknown, name: string | symbol): void =>
  void messages.push([name, { ...(message as object) }]);

beforeEach(() => {
  messages = [];
  for (const name of CHANNELS) subscribe(name, note);
});
afterEach(() => {
  for (const name of CHANNELS) unsubscribe(name, note);
});

describe("publishDiagnostics", () => {
  it("publishes removals with their causes", () => {
    const heard: unknown[] = [];
    const cache = new LRUCache<string, number>({
      max: 1,
      observers: [publishDiagnostics({ name: "numbers" })],
      onRemoval: (...removal) => heard.push(removal),
    });
    cache.set("a", 1).set("b", 2).set("b", 3);
    cache.delete("b");
    expect(messages).toEqual([
      ["heapwise:lru:removal", { name: "numbers", key: "a", cause: "evicted" }],
      ["heapwise:lru:removal", { name: "numbers", key: "b", cause: "replaced" }],
      ["heapwise:lru:removal", { name: "numbers", key: "b", cause: "deleted" }],
    ]);
    expect(heard).toHaveLength(3);
  });

  it("is called besides observers and a listener that throw, and the first error is thrown", () => {
    const fail = (message: string) => (): never => {
      throw new Error(message);
    };
    const cache = new LRUCache<string, number>({
      max: 1,
      observers: [{ removed: fail("first") }, publishDiagnostics({ name: "numbers" })],
      onRemoval: fail("last"),
    });
    cache.set("a", 1);
    expect(() => cache.delete("a")).toThrow("first");
    expect(messages).toEqual([
      ["heapwise:lru:removal", { name: "numbers", key: "a", cause: "deleted" }],
    ]);
  });

  it("publishes the start and the end of loads, with one object for both", async () => {
    const cache = new LRUCache<string, string>({
      max: 3,
      observers: [publishDiagnostics({ name: "pages" })],
      load: async (key) => {
        if (key === "bad") throw new Error("bad");
        return key;
      },
    });
    await cache.getOrLoad("good");
    await cache.getOrLoad("good");
    await outcomeOf(cache.getOrLoad("bad"));
    const controller = new AbortController();
    const left = cache.getOrLoad("left", () => new Promise(() => {}), {
      signal: controller.signal,
    });
    controller.abort("gone");
    await outcomeOf(left);

    const loads = messages as [string, { name: string; load: LoadReport }][];
    expect(loads.map(([name, { load }]) => [name, load.keys, load.outcome])).toEqual([
      ["heapwise:lru:load:start", ["good"], "loaded"],
      ["heapwise:lru:load:end", ["good"], "loaded"],
      ["heapwise:lru:load:start", ["bad"], "failed"],
      ["heapwise:lru:load:end", ["bad"], "failed"],
      ["heapwise:lru:load:start", ["left"], "abandoned"],
      ["heapwise:lru:load:end", ["left"], "abandoned"],
    ]);
    expect(loads[0]![1].load).toBe(loads[1]![1].load);
    expect(loads[3]![1].load).toMatchObject({ error: new Error("bad"), isRefresh: false });
    expect(loads[5]![1].load.error).toBe("gone");
    for (const [, { name, load }] of loads) {
      expect([name, load.durationMs >= 0]).toEqual(["pages", true]);
    }
  });

  it("refuses a name that is not a string", () => {
    expect(() => publishDiagnostics({ name: 5 as never })).toThrow(TypeError);
  });
});

describe("An observer", () => {
  it("is called for loads that are fenced in the background, and for loads that end with their cache", async () => {
    const outcomes: unknown[] = [];
    const observer: CacheObserver = {
      loadEnded: ({ keys, outcome }) => outcomes.push([...keys, outcome]),
    };
    const cache = new LRUCache<string, string>({
      max: 3,
      refreshAfter: 0,
      observers: [observer],
      load: () => new Promise(() => {}),
    });
    cache.set("a", "A").set("b", "B");
    await cache.getOrLoad("a");
    await cache.getOrLoad("b");
    cache.set("a", "new");
    await settled();
    expect(outcomes).toEqual([["a", "abandoned"]]);
    cache[Symbol.dispose]();
    expect(outcomes).toEqual([
      ["a", "abandoned"],
      ["b", "abandoned"],
    ]);
  });

  it("that throws harms neither cache nor loads", async () => {
    const errors: unknown[] = [];
    const boom = (): never => {
      throw new Error("observer");
    };
    const heard: unknown[] = [];
    const cache = new LRUCache<string, string>({
      max: 1,
      observers: [{ removed: boom, loadStarted: boom, loadEnded: boom }],
      onRemoval: (key) => heard.push(key),
      onError: (error) => errors.push(error),
      load: async (key) => key,
    });
    expect([await cache.getOrLoad("a"), await cache.getOrLoad("b")]).toEqual(["a", "b"]);
    expect(errors).toEqual(Array.from({ length: 5 }, () => new Error("observer")));
    expect([[...cache.keys()], heard]).toEqual([["b"], ["a"]]);
  });

  it.each<[string, unknown]>([
    ["a number", 5],
    ["one observer alone", {}],
    ["a list of what are none", [5]],
  ])("is refused when it is %s", (_title, observers) => {
    expect(() => new LRUCache({ max: 1, observers: observers as never })).toThrow(TypeError);
  });
});
