import assert from "node:assert";
import { AsyncLocalStorage, AsyncResource } from "node:async_hooks";
import { execFile } from "node:child_process";
import { Console } from "node:console";
import { createHash, randomUUID } from "node:crypto";
import { subscribe, unsubscribe, channel } from "node:diagnostics_channel";
import { lookup } from "node:dns";
import { EventEmitter, on, once } from "node:events";
import { readFile } from "node:fs";
import { createServer, get, type IncomingMessage } from "node:http";
import { connect, createServer as createTcpServer, type AddressInfo, type Server } from "node:net";
import { performance, PerformanceObserver } from "node:perf_hooks";
import { createInterface } from "node:readline";
import { PassThrough, Readable, Transform, Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { setTimeout as delay } from "node:timers/promises";
import { format, inspect, promisify } from "node:util";
import { BroadcastChannel, MessageChannel, Worker } from "node:worker_threads";
import { gunzipSync, gzip, gzipSync } from "node:zlib";
import { LRUCache } from "lru-cache";
import type { Clean, Dropped } from "./clean.ts";

// What Node does with an object and then lets go of: fired timers, ended streams, closed servers.

const emitter = new EventEmitter();
const target = new EventTarget();
const storage = new AsyncLocalStorage<Dropped>();
const full = new LRUCache<number, object>({ max: 10 });
const resultsOf = new WeakMap<object, unknown>();
let nameOfEntry = 0;

async function portOf(server: Server): Promise<number> {
  await once(server.listen(0, "127.0.0.1"), "listening");
  return (server.address() as AddressInfo).port;
}

async function close(server: Server): Promise<void> {
  server.close();
  (server as { closeAllConnections?: () => void }).closeAllConnections?.();
  await once(server, "close");
}

const tables: readonly Clean[] = [
  { name: "an inspected object", steady: true, use: (dropped) => inspect(dropped, { depth: 9 }) },
  {
    name: "a formatted message",
    steady: true,
    use: (dropped) => format("%o and %s and %j", dropped, dropped, dropped.values),
  },
  {
    name: "a line on a console",
    use(dropped) {
      const output = new Writable({ write: (_chunk, _encoding, next) => next() });
      new Console(output).log(dropped, dropped);
    },
  },
  {
    name: "an assertion that passes",
    steady: true,
    use: (dropped) => assert.deepEqual(dropped, Object.assign(Object.create(null), dropped)),
  },
  {
    name: "an assertion that fails",
    use: (dropped) => assert.throws(() => assert.deepStrictEqual(dropped, { ...dropped })),
  },
  {
    name: "addresses",
    steady: true,
    use(dropped) {
      const address = new URL(`http://localhost/?q=${dropped.values.length}`);
      dropped.link = [address, new URLSearchParams(address.search)];
    },
  },
  {
    name: "buffers of the pool",
    steady: true,
    use: (dropped) => void (dropped.link = Buffer.from(dropped.text)),
  },
  {
    name: "a text in bytes",
    use: (dropped) => new TextDecoder().decode(new TextEncoder().encode(dropped.text)),
  },
  {
    name: "a hash",
    use: (dropped) => [createHash("sha256").update(dropped.text).digest("hex"), randomUUID()],
  },
  { name: "compression", use: (dropped) => gunzipSync(gzipSync(dropped.text)).length },
  {
    name: "compression in the background",
    use: (dropped) =>
      new Promise<void>((resolve) => gzip(dropped.text, () => resolve(void dropped.values))),
  },
  {
    name: "a name that is looked up",
    use: (dropped) =>
      new Promise<void>((resolve) => lookup("localhost", () => resolve(void dropped.values))),
  },
  {
    name: "a file that is read",
    use: (dropped) =>
      new Promise<void>((resolve) =>
        readFile(import.meta.filename, () => resolve(void dropped.values)),
      ),
  },
  {
    name: "blobs, forms and headers",
    use(dropped) {
      const form = new FormData();
      form.set("text", new Blob([dropped.text]));
      dropped.link = [form, new Headers({ a: dropped.text })];
    },
  },
  {
    name: "a memoized result",
    use: (dropped) => void resultsOf.set(dropped, () => dropped.text),
  },
  {
    name: "a full cache",
    steady: true,
    use(dropped) {
      full.set(nameOfEntry++, dropped);
      for (let i = 0; i < 10; i++) full.set(nameOfEntry++, {});
    },
  },
];

const timers: readonly Clean[] = [
  {
    name: "a timer that fired",
    steady: true,
    use: (dropped) =>
      new Promise<void>((resolve) => setTimeout(() => resolve(void dropped.values), 1)),
  },
  {
    name: "a timer that was cleared",
    steady: true,
    use: (dropped) => clearTimeout(setTimeout(() => dropped.text, 100_000)),
  },
  {
    name: "an interval that was cleared by its own callback",
    use: (dropped) =>
      new Promise<void>((resolve) => {
        const interval = setInterval(() => {
          clearInterval(interval);
          resolve(void dropped.values);
        }, 1);
      }),
  },
  {
    name: "immediates, ticks and microtasks",
    steady: true,
    use: (dropped) =>
      new Promise<void>((resolve) => {
        queueMicrotask(() => dropped.text);
        process.nextTick(() => dropped.text);
        setImmediate(() => resolve(void dropped.values));
      }),
  },
  {
    name: "a delay that was aborted",
    async use(dropped) {
      const controller = new AbortController();
      const waits = delay(100_000, dropped, { signal: controller.signal }).catch(() => dropped);
      controller.abort(dropped.text);
      await waits;
    },
  },
  {
    name: "a promisified timer",
    use: (dropped) => promisify(setTimeout)(1, dropped),
  },
];

const listeners: readonly Clean[] = [
  {
    name: "a listener that was removed",
    steady: true,
    use(dropped) {
      const listener = (): string => dropped.text;
      emitter.on("change", listener);
      emitter.emit("change", dropped);
      emitter.off("change", listener);
    },
  },
  {
    name: "a listener for one event that came",
    use(dropped) {
      emitter.once("change", () => dropped.text);
      emitter.emit("change", dropped);
    },
  },
  {
    name: "an awaited event that came",
    async use(dropped) {
      const event = once(emitter, "change");
      emitter.emit("change", dropped);
      await event;
    },
  },
  {
    name: "an iterator of events that was left",
    async use(dropped) {
      setImmediate(() => emitter.emit("change", dropped));
      for await (const [event] of on(emitter, "change")) if (event === dropped) break;
    },
  },
  {
    name: "a listener of an event target that was removed",
    steady: true,
    use(dropped) {
      const listener = (): string => dropped.text;
      target.addEventListener("change", listener);
      target.addEventListener("change", () => dropped.text, { once: true });
      target.dispatchEvent(new Event("change"));
      target.removeEventListener("change", listener);
    },
  },
  {
    name: "a listener of a signal that was aborted",
    use(dropped) {
      const controller = new AbortController();
      controller.signal.addEventListener("abort", () => dropped.text, { once: true });
      controller.abort(dropped);
    },
  },
  {
    name: "signals made of others",
    use(dropped) {
      const controller = new AbortController();
      const signal = AbortSignal.any([controller.signal, AbortSignal.abort(dropped)]);
      signal.addEventListener("abort", () => dropped.text);
      controller.abort();
    },
  },
  {
    name: "a listener of the process that was removed",
    steady: true,
    use(dropped) {
      const listener = (): string => dropped.text;
      process.on("heapwise-change", listener);
      process.off("heapwise-change", listener);
    },
  },
  {
    name: "a subscriber that has unsubscribed",
    steady: true,
    use(dropped) {
      const subscriber = (): string => dropped.text;
      subscribe("heapwise:clean", subscriber);
      channel("heapwise:clean").publish(dropped);
      unsubscribe("heapwise:clean", subscriber);
    },
  },
  {
    name: "an observer that has disconnected",
    use(dropped) {
      const observer = new PerformanceObserver(() => dropped.text);
      observer.observe({ entryTypes: ["mark"] });
      performance.mark("clean", { detail: dropped.text });
      observer.disconnect();
      performance.clearMarks();
    },
  },
  {
    name: "an asynchronous context that was left",
    steady: true,
    use: (dropped) =>
      storage.run(dropped, async () => {
        await undefined;
        return storage.getStore()?.text;
      }),
  },
  {
    name: "a resource that was used and dropped",
    use: (dropped) =>
      storage.run(dropped, () => new AsyncResource("job").runInAsyncScope(() => dropped.text)),
  },
];

const traffic: readonly Clean[] = [
  {
    name: "a pipeline that has ended",
    async use(dropped) {
      const upper = new Transform({
        objectMode: true,
        transform: (chunk, _encoding, next) => next(null, chunk),
      });
      const output = new Writable({
        objectMode: true,
        write: (_chunk, _encoding, next) => next(),
      });
      await pipeline(Readable.from([dropped, dropped]), upper, output);
    },
  },
  {
    name: "a stream that was destroyed with objects in it",
    async use(dropped) {
      const stream = new Readable({ objectMode: true, read: () => undefined });
      stream.push(dropped);
      stream.destroy();
      await once(stream, "close");
    },
  },
  {
    name: "a web stream that was read to its end",
    async use(dropped) {
      const stream = new ReadableStream({
        start(controller) {
          controller.enqueue(dropped);
          controller.close();
        },
      });
      for await (const chunk of stream) assert(chunk === dropped);
    },
  },
  {
    name: "lines that were read to their end",
    async use(dropped) {
      const input = new PassThrough();
      const reader = createInterface({ input });
      reader.on("line", () => dropped.text);
      input.end("one\ntwo\n");
      await once(reader, "close");
    },
  },
  {
    name: "a channel of messages that was closed",
    async use(dropped) {
      const { port1, port2 } = new MessageChannel();
      port1.on("message", () => dropped.text);
      const message = once(port1, "message");
      port2.postMessage({ ...dropped });
      await message;
      const closed = once(port1, "close");
      port1.close();
      await closed;
    },
  },
  {
    name: "a broadcast channel that was closed",
    use(dropped) {
      const broadcast = new BroadcastChannel("heapwise-clean");
      // oxlint-disable-next-line unicorn/prefer-add-event-listener
      broadcast.onmessage = () => dropped.text;
      broadcast.close();
    },
  },
  {
    name: "a worker that was terminated",
    async use(dropped) {
      const worker = new Worker("setInterval(() => undefined, 100_000)", { eval: true });
      worker.on("message", () => dropped.text);
      await once(worker, "online");
      await worker.terminate();
    },
  },
  {
    name: "a process that has ended",
    use: (dropped) =>
      new Promise<void>((resolve) => {
        execFile(process.execPath, ["--version"], () => resolve(void dropped.values));
      }),
  },
  {
    name: "a request that was answered",
    async use(dropped) {
      const server = createServer((_request, response) => response.end(dropped.text));
      const port = await portOf(server);
      await new Promise<void>((resolve) => {
        get({ port, host: "127.0.0.1" }, (response: IncomingMessage) => {
          response.resume().on("end", () => resolve(void dropped.values));
        });
      });
      await close(server);
    },
  },
  {
    name: "a fetch",
    async use(dropped) {
      const server = createServer((_request, response) => response.end(dropped.text));
      const port = await portOf(server);
      const response = await fetch(`http://127.0.0.1:${port}/`);
      assert.equal(await response.text(), dropped.text);
      await close(server);
    },
  },
  {
    name: "a connection that was ended",
    async use(dropped) {
      const server = createTcpServer((socket) => socket.end(dropped.text));
      const socket = connect(await portOf(server), "127.0.0.1");
      socket.on("data", () => dropped.text);
      await once(socket, "close");
      await close(server);
    },
  },
];

export const host: readonly Clean[] = [...tables, ...timers, ...listeners, ...traffic];
