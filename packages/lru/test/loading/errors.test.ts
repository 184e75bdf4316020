import { failed, LRUCache, type LRUCacheOptions } from "@heapwise/lru";
import { FakeClock } from "@heapwise/testkit";
import { describe, expect, it, vi } from "vitest";
import { outcomeOf, settled } from "./deferred.ts";

class HttpError extends Error {
  readonly status: number;
  constructor(status: number) {
    super(`status ${status}`);
    this.status = status;
  }
}

/** A cache with an expired entry "k", whose loads fail. */
function failingCache(error: unknown, options: Partial<LRUCacheOptions<string, string>>) {
  const clock = new FakeClock();
  const load = vi.fn(async () => {
    throw error;
  });
  const onError = vi.fn();
  const cache = new LRUCache<string, string>({ max: 9, ttl: 10, clock, load, onError, ...options });
  cache.set("k", "secret");
  clock.advance(20);
  return { cache, clock, load, onError };
}

const isOutage = (error: unknown): boolean => (error as HttpError).status >= 500;

describe("staleIfError with when", () => {
  it.each<[number, unknown]>([
    [503, { value: "secret" }],
    [403, { error: new HttpError(403) }],
  ])("answers a %s with %o", async (status, expected) => {
    const when = vi.fn(isOutage);
    const error = new HttpError(status);
    const { cache } = failingCache(error, { staleIfError: { ms: 1000, when } });
    expect(await outcomeOf(cache.getOrLoad("k"))).toEqual(expected);
    expect(when.mock.calls).toEqual([[error, "k"]]);
  });

  it("is asked for a remembered failure as well", async () => {
    const { cache, load } = failingCache(new HttpError(403), {
      staleIfError: { ms: 1000, when: isOutage },
      negativeTtl: 500,
    });
    for (let i = 0; i < 2; i++) {
      expect(await outcomeOf(cache.getOrLoad("k"))).toMatchObject({ error: { status: 403 } });
    }
    expect(load).toHaveBeenCalledTimes(1);
  });

  it("is asked for each key of a bulk load that failed", async () => {
    const { cache } = failingCache(undefined, {
      staleIfError: { ms: 1000, when: isOutage },
      load: undefined,
      loadMany: async (keys) =>
        keys.map((key) => [key, failed(new HttpError(key === "k" ? 503 : 403))] as const),
    });
    const [k, other] = [cache.getOrLoad("k"), cache.getOrLoad("other")].map(outcomeOf);
    expect([await k, await other]).toMatchObject([{ value: "secret" }, { error: { status: 403 } }]);
  });

  it("is not asked by a soft timeout", async () => {
    const when = vi.fn(isOutage);
    const { cache, clock } = failingCache(undefined, {
      staleIfError: { ms: 1000, when },
      softTimeout: 5,
      load: () => new Promise(() => {}),
    });
    const asked = outcomeOf(cache.getOrLoad("k"));
    clock.advance(5);
    expect([await asked, when.mock.calls]).toEqual([{ value: "secret" }, []]);
  });

  it("rejects the callers with the error that it throws, and may use the cache", async () => {
    const bad = new Error("judgement");
    const throwing = failingCache(new HttpError(503), {
      staleIfError: {
        ms: 1000,
        when: () => {
          throw bad;
        },
      },
    });
    expect(await outcomeOf(throwing.cache.getOrLoad("k"))).toEqual({ error: bad });

    const { cache } = failingCache(new HttpError(503), {
      staleIfError: {
        ms: 1000,
        when: () => {
          cache.set("k", "newer");
          return true;
        },
      },
    });
    expect(await outcomeOf(cache.getOrLoad("k"))).toMatchObject({ error: { status: 503 } });
    expect(cache.get("k")).toBe("newer");
  });

  it.each<[string, unknown]>([
    ["a text", "1s"],
    ["null", null],
    ["no when", { ms: 5 }],
    ["no ms", { when: isOutage }],
    ["a bad ms", { ms: -1, when: isOutage }],
    ["a when that is a number", { ms: 1, when: 5 }],
    ["an unknown part", { ms: 1, when: isOutage, more: 1 }],
  ])("refuses %s", (_what, staleIfError) => {
    expect(() => failingCache(undefined, { staleIfError: staleIfError as never })).toThrow(
      /^Cannot create cache.*staleIfError.*expected/,
    );
  });
});

describe("negativeTtl as a function", () => {
  it("says how long each failure is remembered", async () => {
    const ttls: Record<number, number> = { 404: 100, 503: 0 };
    for (const [status, loads] of [
      [404, 1],
      [503, 2],
    ] as const) {
      const negativeTtl = vi.fn((error: unknown) => ttls[(error as HttpError).status]!);
      const error = new HttpError(status);
      const { cache, load, clock } = failingCache(error, { negativeTtl });
      await outcomeOf(cache.getOrLoad("k"));
      expect(await outcomeOf(cache.getOrLoad("k"))).toEqual({ error });
      expect([load.mock.calls.length, negativeTtl.mock.calls[0]]).toEqual([loads, [error, "k"]]);
      clock.advance(100);
      await outcomeOf(cache.getOrLoad("k"));
      expect(load).toHaveBeenCalledTimes(loads + 1);
    }
  });

  it("is called with undefined for a load without a value", async () => {
    const negativeTtl = vi.fn((error: unknown) => (error === undefined ? 50 : 0));
    const { cache, load, clock } = failingCache(undefined, { negativeTtl });
    load.mockImplementation(async () => undefined as never);
    for (let i = 0; i < 2; i++) expect(await cache.getOrLoad("k")).toBe(undefined);
    expect([load.mock.calls.length, negativeTtl.mock.calls]).toEqual([1, [[undefined, "k"]]]);
    clock.advance(50);
    await cache.getOrLoad("k");
    expect(load).toHaveBeenCalledTimes(2);
  });

  it.each([Number.NaN, -1, "10", undefined])(
    "rejects the callers if it returns %s",
    async (ttl) => {
      for (const error of [new HttpError(503), undefined]) {
        const { cache, load } = failingCache(error, { negativeTtl: () => ttl as never });
        if (error === undefined) load.mockImplementation(async () => undefined as never);
        expect(await outcomeOf(cache.getOrLoad("other"))).toMatchObject({
          error: { message: expect.stringContaining("negativeTtl") },
        });
        expect(cache.stats().inFlight).toBe(0);
      }
    },
  );

  it("keeps no failure longer than it says, whatever the other failures are", async () => {
    const { cache, clock, load } = failingCache(new HttpError(503), {
      negativeTtl: (_error, key) => (key === "long" ? 1000 : 10),
    });
    await outcomeOf(cache.getOrLoad("long"));
    await outcomeOf(cache.getOrLoad("short"));
    clock.advance(20);
    await outcomeOf(cache.getOrLoad("short"));
    await outcomeOf(cache.getOrLoad("long"));
    expect(load).toHaveBeenCalledTimes(3);
  });
});

describe("finishLoads", () => {
  it.each<[boolean, string | undefined]>([
    [true, "made"],
    [false, undefined],
  ])("%s keeps %s of a load whose callers have all left", async (finishLoads, kept) => {
    let resolve = (_value: string): void => {};
    let signal: AbortSignal | undefined;
    const { cache } = failingCache(undefined, {
      finishLoads,
      load: (_key, context) => {
        ({ signal } = context);
        return new Promise((done) => (resolve = done));
      },
    });
    const controller = new AbortController();
    const asked = cache.getOrLoad("new", undefined, { signal: controller.signal });
    controller.abort("left");
    expect(await outcomeOf(asked)).toEqual({ error: "left" });
    expect(signal!.aborted).toBe(!finishLoads);
    resolve("made");
    await settled();
    expect(cache.get("new")).toBe(kept);
  });

  it("calls onError for a load that fails after its callers have left", async () => {
    const error = new HttpError(503);
    const { cache, onError } = failingCache(error, { finishLoads: true });
    const controller = new AbortController();
    const asked = cache.getOrLoad("new", undefined, { signal: controller.signal });
    controller.abort("left");
    await outcomeOf(asked);
    expect(onError.mock.calls).toEqual([[error]]);
  });
});
