import { EventEmitter } from "node:events";
import channels from "node:diagnostics_channel";
import { AsyncLocalStorage } from "node:async_hooks";
import { describe, expect, test } from "vitest";
import { makeScope } from "./make-scope.ts";

type EventsModule = typeof EventEmitter;

describe("node:events of a module", () => {
  test("has the real class", () => {
    const { scope } = makeScope();
    const own = scope.builtin("events") as EventsModule;
    expect(own.EventEmitter).toBe(EventEmitter);
    class Mine extends own {}
    expect(new Mine()).toBeInstanceOf(EventEmitter);
    expect(new EventEmitter()).toBeInstanceOf(own);
    expect(Object.keys(own)).toEqual(Object.keys(EventEmitter));
    const namespace = scope.builtin("events", "import") as Record<string, unknown>;
    expect([namespace["default"], namespace["once"]]).toEqual([own, own.once]);
    expect(namespace["EventEmitter"]).toBe(EventEmitter);
    expect(Object.prototype.toString.call(namespace)).toBe("[object Module]");
  });

  test("waits for events as the real one", async () => {
    const { scope } = makeScope();
    const { once, on } = scope.builtin("events") as EventsModule;
    const emitter = new EventEmitter();
    const waiting = once(emitter, "a");
    emitter.emit("a", 1, 2);
    expect(await waiting).toEqual([1, 2]);
    const failing = once(emitter, "a");
    emitter.emit("error", new Error("no"));
    await expect(failing).rejects.toThrow("no");
    const controller = new AbortController();
    const aborted = once(emitter, "a", { signal: controller.signal });
    controller.abort("reason");
    await expect(aborted).rejects.toMatchObject({ name: "AbortError", cause: "reason" });
    await expect(once(emitter, "a", { signal: 1 as never })).rejects.toThrow("signal");
    const target = new EventTarget();
    const event = once(target, "b");
    target.dispatchEvent(new Event("b"));
    expect(await event).toHaveLength(1);
    const iterator = on(emitter, "a");
    emitter.emit("a", 3);
    for await (const values of iterator) {
      expect(values).toEqual([3]);
      break;
    }
    expect(emitter.eventNames()).toEqual([]);
    expect(await scope.end()).toEqual([]);
  });

  test("lets go of targets that live on when the scope ends", async () => {
    const { scope } = makeScope();
    const { once, on, addAbortListener } = scope.builtin("events") as EventsModule;
    const emitter = new EventEmitter();
    const { signal } = new AbortController();
    const log: string[] = [];
    const note = (text: string) => (): void => void log.push(text);
    void once(emitter, "a").then(note("resolved"), note("rejected"));
    const iterated = (async () => {
      for await (const _ of on(emitter, "b")) note("event")();
    })();
    addAbortListener(signal, note("aborted"));
    addAbortListener(signal, note("aborted"))[Symbol.dispose]();
    const left = await scope.end();
    expect(left).toMatchObject([
      { kind: "abort-listener", name: "abort listener", count: 1 },
      { kind: "listener", name: "on b", count: 1 },
      { kind: "listener", name: "once a", count: 1 },
    ]);
    for (const { location } of left) expect(location!.url).toMatch(/events\.test\.ts$/);
    await iterated;
    void once(emitter, "a").then(note("after the end"));
    addAbortListener(signal, note("aborted"));
    expect(emitter.eventNames()).toEqual([]);
    emitter.emit("a");
    await new Promise((resolve) => void setImmediate(resolve));
    expect(log).toEqual([]);
  });
});

describe("node:diagnostics_channel of a module", () => {
  type ChannelsModule = typeof channels;

  test("ends subscriptions and stores with the scope, and leaves those of others", async () => {
    const { scope } = makeScope();
    const own = scope.builtin("node:diagnostics_channel") as ChannelsModule;
    const log: unknown[] = [];
    const listener = (message: unknown): void => void log.push(message);
    const store = new AsyncLocalStorage();
    const real = channels.channel("heapwise:test");
    const channel = own.channel("heapwise:test");
    real.subscribe(listener);
    channel.subscribe(listener);
    own.subscribe("heapwise:test", listener);
    channel.bindStore(store, () => "stored");
    expect(own.channel("heapwise:test")).toBe(channel);
    expect(channel).toBeInstanceOf(own.Channel);
    expect([channel.hasSubscribers, channel.name]).toEqual([true, "heapwise:test"]);
    channel.publish(1);
    expect(log).toEqual([1, 1, 1]);
    expect(channel.runStores({}, () => store.getStore())).toBe("stored");
    expect(await scope.end()).toMatchObject([
      { kind: "subscriber", name: 'store of channel "heapwise:test"' },
      { kind: "subscriber", name: 'subscriber of channel "heapwise:test"' },
      { kind: "subscriber", name: 'subscriber of channel "heapwise:test"' },
    ]);
    log.length = 0;
    channel.subscribe(listener);
    real.publish(2);
    expect(log).toEqual([2]);
    expect(real.unsubscribe(listener)).toBe(true);
    expect(real.hasSubscribers).toBe(false);
  });

  test("forgets what is ended, and follows tracing channels", async () => {
    const { scope } = makeScope();
    const own = scope.builtin("diagnostics_channel") as ChannelsModule;
    const listener = (): void => {};
    own.subscribe("heapwise:test", listener);
    expect(own.unsubscribe("heapwise:test", listener)).toBe(true);
    expect(own.unsubscribe("heapwise:test", listener)).toBe(false);
    const log: string[] = [];
    const tracing = own.tracingChannel("heapwise:test");
    const handlers = { start: () => void log.push("start"), end: () => void log.push("end") };
    tracing.subscribe(handlers as never);
    channels.tracingChannel("heapwise:test").traceSync(() => log.push("run"));
    expect(log).toEqual(["start", "run", "end"]);
    expect(tracing.traceSync(() => 7)).toBe(7);
    expect((await scope.end()).map(({ name }) => name)).toEqual([
      'subscriber of channel "tracing:heapwise:test:end"',
      'subscriber of channel "tracing:heapwise:test:start"',
    ]);
    expect(channels.channel("tracing:heapwise:test:start").hasSubscribers).toBe(false);
  });
});
