import { AsyncResource } from "node:async_hooks";
import { spawn } from "node:child_process";
import { channel, subscribe, tracingChannel, unsubscribe } from "node:diagnostics_channel";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { mkdtempSync, unwatchFile, watch, watchFile, writeFileSync } from "node:fs";
import { open, readFile } from "node:fs/promises";
import { createServer as createHttpServer, get } from "node:http";
import { connect, createServer, type AddressInfo, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as wait } from "node:timers/promises";
import { promisify } from "node:util";
import { BroadcastChannel, MessageChannel, Worker } from "node:worker_threads";
import { handlesLeftBy } from "@heapwise/leaks";
import { afterEach, expect, test } from "vitest";

const closing: (() => unknown)[] = [];

/** Closes a thing after the test. */
function later<T>(thing: T, close: (thing: T) => unknown): T {
  closing.push(() => close(thing));
  return thing;
}

afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

const names = async (run: () => unknown): Promise<string[]> =>
  (await handlesLeftBy(run)).map(({ name, count }) => (count === 1 ? name : `${name} x ${count}`));

async function listen(server: Server, host?: string): Promise<number> {
  server.listen(0, host);
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

const request = (port: number): Promise<void> =>
  new Promise((resolve, reject) => {
    get({ port, host: "127.0.0.1" }, (response) => response.resume().on("end", resolve)).on(
      "error",
      reject,
    );
  });

test("timers are left, also without a reference, but not those that fired or were cleared", async () => {
  const left = await names(async () => {
    later(
      setTimeout(() => {}, 5000),
      clearTimeout,
    );
    later(setInterval(() => {}, 1000).unref(), clearInterval);
    clearTimeout(setTimeout(() => {}, 6000));
    await new Promise((resolve) => setTimeout(resolve, 1));
  });
  expect(left).toEqual(["Timeout 5000 ms", "Interval 1000 ms"]);
});

test("a timer of timers/promises is left, but not the timer of AbortSignal.timeout", async () => {
  const abort = new AbortController();
  later(abort, () => abort.abort());
  const left = await names(() => {
    wait(7000, undefined, { signal: abort.signal }).catch(() => {});
    later(promisify(setTimeout), () => {});
    AbortSignal.timeout(8000);
  });
  expect(left).toEqual(["Timeout 7000 ms"]);
});

test("a timer that is started again after it fired is left", async () => {
  const left = await names(async () => {
    let timer!: NodeJS.Timeout;
    await new Promise<void>((resolve) => (timer = setTimeout(resolve, 400)));
    later(timer.refresh(), clearTimeout);
  });
  expect(left).toEqual(["Timeout 400 ms"]);
});

test("an immediate that schedules itself again is left, a single one is not", async () => {
  let isRunning = true;
  const repeat = (): void => void (isRunning && setImmediate(repeat));
  later(undefined, () => (isRunning = false));
  expect(await names(() => setImmediate(() => {}))).toEqual([]);
  expect(await names(repeat)).toEqual(["Immediate"]);
});

test("a resource of a program is not left, whatever the program calls its type", async () => {
  const kept: AsyncResource[] = [];
  const types = ["constructor", "toString", "Job"];
  expect(await names(() => types.forEach((type) => kept.push(new AsyncResource(type))))).toEqual(
    [],
  );
  expect(kept).toHaveLength(3);
});

test("listeners of process are left, whatever their name", async () => {
  const listener = (): void => {};
  const name = Symbol("heapwise");
  const before = process.listenerCount("newListener");
  later(listener, () => process.off("SIGUSR2", listener).off(name, listener).off("x", listener));
  const left = await names(() => {
    process.on("SIGUSR2", listener);
    process.once(name, listener);
    process.on("exit", listener).off("exit", listener);
    for (let i = 0; i < 3; i++) process.on("x", listener);
    process.off("x", listener);
  });
  expect(left).toEqual([
    'listener of process "SIGUSR2"',
    "listener of process Symbol(heapwise)",
    'listener of process "x" x 2',
  ]);
  expect(process.listenerCount("newListener")).toBe(before);
});

test("listeners of the streams of process are left", async () => {
  const listener = (): void => {};
  later(listener, () => process.stdout.off("drain", listener));
  expect(await names(() => process.stdout.on("drain", listener))).toEqual([
    'listener of process.stdout "drain"',
  ]);
  expect(await names(() => createInterface({ input: process.stdin }).close())).toEqual([]);
});

test("subscribers of channels are left", async () => {
  const listener = (): void => {};
  const handlers = { start: listener } as never;
  later(listener, () => {
    unsubscribe("a", listener);
    tracingChannel("t").unsubscribe(handlers);
  });
  const left = await names(() => {
    subscribe("a", listener);
    channel("b").subscribe(listener);
    channel("b").unsubscribe(listener);
    tracingChannel("t").subscribe(handlers);
  });
  expect(left).toEqual(['subscriber of channel "a"', 'subscriber of channel "tracing:t:start"']);
  const active = Object.getPrototypeOf(channel("a")) as { subscribe: { name: string } };
  expect(active.subscribe.name).toBe("subscribe");
});

test("servers are left until they are closed", async () => {
  const server = later(createServer(), (each) => each.close());
  const other = later(createServer(), (each) => each.close());
  const left = await names(async () => {
    await listen(server, "127.0.0.1");
    await listen(other, "::1").catch(() => listen(other, "0.0.0.0"));
    const closed = createServer();
    await listen(closed);
    closed.close();
  });
  expect(left[0]).toBe("Server 127.0.0.1:*");
  expect(left[1]).toMatch(/^Server (?:\[::1\]|0\.0\.0\.0):\*$/);
  expect(left).toHaveLength(2);
});

test("both ends of a connection are left, and none if it ends a little later", async () => {
  const left = await names(async () => {
    const server = createServer((socket) => later(socket, () => socket.destroy()));
    const port = await listen(server, "127.0.0.1");
    await once(
      later(connect(port, "127.0.0.1"), (socket) => socket.destroy()),
      "connect",
    );
    server.close();
  });
  expect(left).toEqual(["Socket to 127.0.0.1:*", "Socket from 127.0.0.1:*"]);
  const closed = await names(async () => {
    const server = createServer((socket) => socket.resume());
    const socket = connect(await listen(server, "127.0.0.1"), "127.0.0.1");
    await once(socket, "connect");
    socket.end();
    server.close();
  });
  expect(closed).toEqual([]);
});

test("idle connections of an agent and of fetch are not left, nor Node's timers for HTTP", async () => {
  const server = later(
    createHttpServer((_, response) => response.end("hello")),
    (each) => (each.closeAllConnections(), each.close()),
  );
  const port = await listen(server, "127.0.0.1");
  const left = await names(async () => {
    await request(port);
    await (await fetch(`http://127.0.0.1:${port}`)).text();
  });
  expect(left).toEqual([]);
});

test("an HTTP server that is left is one handle, with its connections and timers", async () => {
  const server = later(
    createHttpServer((_, response) => response.end("hello")),
    (each) => (each.closeAllConnections(), each.close()),
  );
  const left = await names(async () => request(await listen(server, "127.0.0.1")));
  expect(left).toEqual(["Server 127.0.0.1:*"]);
});

test("watchers of files are left", async () => {
  const folder = mkdtempSync(join(tmpdir(), "heapwise-"));
  const [file, other] = [join(folder, "a"), join(folder, "b")];
  for (const each of [file, other]) writeFileSync(each, "");
  later(file, () => unwatchFile(file));
  const left = await names(() => {
    later(watch(folder), (each) => each.close());
    watchFile(file, () => {});
    watch(folder).close();
    watchFile(other, () => {});
    unwatchFile(other);
  });
  expect(left).toEqual(["FSWatcher", "StatWatcher"]);
});

test("workers and child processes are left until they end", async () => {
  const code = "setInterval(() => {}, 1000)";
  const args = ["--eval", code];
  const left = await names(async () => {
    const worker = later(new Worker(code, { eval: true }), (each) => each.terminate());
    await once(worker, "online");
    later(spawn(process.execPath, args), (each) => each.kill());
    const ended = new Worker(code, { eval: true });
    await once(ended, "online");
    await ended.terminate();
    const killed = spawn(process.execPath, args);
    killed.kill("SIGKILL");
    await once(killed, "close");
  });
  expect(left).toEqual(["Worker", expect.stringMatching(/^ChildProcess node/)]);
});

test("ports and broadcast channels are left until they are closed", async () => {
  const left = await names(() => {
    const { port1 } = later(new MessageChannel(), ({ port2 }) => port2.close());
    const other = new MessageChannel();
    other.port1.close();
    later(new BroadcastChannel("a"), (each) => each.close());
    new BroadcastChannel("b").close();
    structuredClone({ port1: typeof port1 });
  });
  expect(left).toEqual(["MessagePort x 2", "BroadcastChannel"]);
});

test("an open file handle is left, but no file that was read", async () => {
  const left = await names(async () => {
    later(await open(import.meta.filename), (each) => each.close());
    await (await open(import.meta.filename)).close();
    await readFile(import.meta.filename);
  });
  expect(left).toEqual(["FileHandle"]);
});

test("a socket of UDP is left", async () => {
  const left = await names(async () => {
    const socket = later(createSocket("udp4"), (each) => each.close());
    await new Promise<void>((resolve) => socket.bind(0, resolve));
    createSocket("udp4").bind(0).close();
  });
  expect(left).toEqual(["Socket of UDP"]);
});
