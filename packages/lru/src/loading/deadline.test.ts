import { LRUCache } from "@heapwise/lru";
import { FakeClock } from "@heapwise/testkit";
import { afterEach, describe, expect, it, vi } from "vitest";
import { outcomeOf, settled } from "../../test/loading/deferred.ts";
import { Deadline } from "./deadline.ts";

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const DAY = 86_400_000;

/** The platform's timers that are armed from now on. */
function watchTimers(): NodeJS.Timeout[] {
  const timers: NodeJS.Timeout[] = [];
  const { setTimeout: original } = globalThis;
  vi.spyOn(globalThis, "setTimeout").mockImplementation(((run: () => void, ms: number) => {
    const timer = original(run, ms);
    timers.push(timer);
    return timer;
  }) as typeof setTimeout);
  return timers;
}

describe("Deadline", () => {
  it("waits for any length of time", () => {
    vi.useFakeTimers();
    const run = vi.fn();
    const deadline = new Deadline(undefined, run, 100 * DAY, true);
    vi.advanceTimersByTime(100 * DAY - 1);
    expect(run).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(run).toHaveBeenCalledOnce();
    deadline.cancel();
    expect(vi.getTimerCount()).toBe(0);
  });

  it("leaves no timer behind when it is cancelled, the first or a later one", () => {
    vi.useFakeTimers();
    const run = vi.fn();
    const first = new Deadline(undefined, run, 100 * DAY, false);
    const second = new Deadline(undefined, run, 100 * DAY, false);
    first.cancel();
    vi.advanceTimersByTime(50 * DAY);
    second.cancel();
    expect([vi.getTimerCount(), run.mock.calls]).toEqual([0, []]);
  });

  it("waits in pieces on the timers of an injected clock too, which may be those of a host", () => {
    const clock = new FakeClock();
    const run = vi.fn();
    const deadline = new Deadline(clock.schedule, run, 100 * DAY, true);
    expect(clock.pending.map(({ delay }) => delay)).toEqual([2 ** 31 - 1]);
    clock.advance(100 * DAY - 1);
    expect(run).not.toHaveBeenCalled();
    deadline.cancel();
    expect(clock.pending).toEqual([]);
  });

  it("is cancelled by the timers that it was set with", () => {
    const clear = vi.spyOn(globalThis, "clearTimeout");
    const deadline = new Deadline(undefined, () => {}, DAY, true);
    vi.useFakeTimers();
    deadline.cancel();
    expect(clear).toHaveBeenCalledOnce();
  });

  it("holds the process only while somebody waits for it", () => {
    const timers = watchTimers();
    const deadline = new Deadline(undefined, () => {}, DAY, true);
    expect(timers.map((timer) => timer.hasRef())).toEqual([true]);
    deadline.isAwaited = false;
    expect(timers.map((timer) => timer.hasRef())).toEqual([false]);
    deadline.isAwaited = true;
    expect(timers.map((timer) => timer.hasRef())).toEqual([true]);
    deadline.cancel();
  });
});

describe("Deadline in Deno", () => {
  it("holds the process only while somebody waits for it, too", () => {
    const calls: unknown[] = [];
    vi.stubGlobal("setTimeout", () => 7);
    vi.stubGlobal("clearTimeout", (timer: number) => calls.push(["clear", timer]));
    vi.stubGlobal("Deno", {
      refTimer: (timer: number) => calls.push(["ref", timer]),
      unrefTimer: (timer: number) => calls.push(["unref", timer]),
    });
    const deadline = new Deadline(undefined, () => {}, DAY, false);
    deadline.isAwaited = true;
    deadline.cancel();
    vi.unstubAllGlobals();
    expect(calls).toEqual([
      ["unref", 7],
      ["ref", 7],
      ["clear", 7],
    ]);
  });
});

describe("The time limit of a load", () => {
  it("holds the process while a caller waits, and not in the background", async () => {
    const cleared = vi.spyOn(globalThis, "clearTimeout");
    const timers = watchTimers();
    const cache = new LRUCache<string, string>({
      max: 10,
      refreshAfter: 0,
      hardTimeout: DAY,
      load: () => new Promise(() => {}),
    });
    cache.set("a", "old");
    await cache.getOrLoad("a");
    const [refresh] = timers.splice(0);
    expect(refresh!.hasRef()).toBe(false);

    const controller = new AbortController();
    const waiting = cache.refresh("a");
    expect(refresh!.hasRef()).toBe(true);
    const loading = cache.getOrLoad("b", undefined, { signal: controller.signal });
    expect(timers.map((timer) => timer.hasRef())).toEqual([true]);
    controller.abort("gone");
    expect(await outcomeOf(loading)).toEqual({ error: "gone" });

    cleared.mockClear();
    cache[Symbol.dispose]();
    await waiting.catch(() => {});
    expect(cleared.mock.calls).toContainEqual([refresh]);
  });

  it("lets go of the process when the last caller leaves a refresh to itself", async () => {
    const timers = watchTimers();
    const cache = new LRUCache<string, string>({
      max: 10,
      ttl: DAY,
      refreshAfter: 0,
      hardTimeout: DAY,
      load: () => new Promise(() => {}),
    });
    cache.set("a", "old");
    timers.length = 0;
    await cache.getOrLoad("a");
    const controller = new AbortController();
    const waiting = cache.getOrLoadMany(["a", "b"], undefined, { signal: controller.signal });
    await settled();
    expect(timers.map((timer) => timer.hasRef())).toEqual([false, true]);
    controller.abort("gone");
    expect(await outcomeOf(waiting)).toEqual({ error: "gone" });
    expect(timers.map((timer) => timer.hasRef())).toEqual([false, false]);
    cache[Symbol.dispose]();
  });

  it("follows fake timers", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
    const cache = new LRUCache<string, string>({
      max: 10,
      hardTimeout: 1000,
      load: () => new Promise(() => {}),
    });
    const waiting = cache.getOrLoad("a");
    vi.advanceTimersByTime(1000);
    await expect(waiting).rejects.toThrow("no value after 1000 ms");
  });
});
