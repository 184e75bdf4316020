import { spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { unwatchFile, watch, watchFile } from "node:fs";
import { Agent, createServer, request } from "node:http";
import { createServer as createTcpServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { BroadcastChannel, MessageChannel, Worker } from "node:worker_threads";
import { planted } from "./planted.ts";

// Leaks by what the host holds for the program: servers, sockets, watchers, workers, processes.

const agent = new Agent({ keepAlive: true });
const watchedFile = import.meta.filename;

export const host = [
  planted({
    name: "the handler of an HTTP server",
    holder: /Server[^]*handleRequest/,
    root: ["handle", "timer"],
    async plant(leaked) {
      function handleRequest(): string {
        return leaked.program;
      }
      const server = createServer(handleRequest).listen(0, "127.0.0.1");
      await once(server, "listening");
      return server;
    },
    async release(server) {
      server.close();
      await once(server, "close");
    },
  }),
  planted({
    name: "a socket that an agent keeps alive",
    holder: /(?:agent|Agent|Socket)[^]*lastUser/,
    root: ["handle", "module", "timer"],
    async plant(leaked) {
      // Without a limit, or a slow machine finds the socket closed.
      const options = { keepAliveTimeout: 0 };
      const server = createServer(options, (_request, response) => response.end("ok"));
      await once(server.listen(0, "127.0.0.1"), "listening");
      const { port } = server.address() as AddressInfo;
      const outgoing = request({ port, host: "127.0.0.1", agent }).end();
      const [response] = await once(outgoing, "response");
      const freed = once(agent, "free");
      response.resume();
      const [socket] = await freed;
      Object.assign(socket, { lastUser: leaked });
      return server;
    },
    async release(server) {
      agent.destroy();
      server.close();
      await once(server, "close");
    },
  }),
  planted({
    name: "the connection listener of a server",
    holder: /Server[^]*onConnection/,
    root: "handle",
    async plant(leaked) {
      function onConnection(): string {
        return leaked.program;
      }
      const server = createTcpServer(onConnection).listen(0, "127.0.0.1");
      await once(server, "listening");
      return server;
    },
    async release(server) {
      server.close();
      await once(server, "close");
    },
  }),
  planted({
    name: "a datagram socket",
    holder: /Socket[^]*onMessage/,
    root: "handle",
    async plant(leaked) {
      const onMessage = (): string => leaked.program;
      const socket = createSocket("udp4", onMessage).bind(0, "127.0.0.1");
      await once(socket, "listening");
      return socket;
    },
    async release(socket) {
      socket.close();
      await once(socket, "close");
    },
  }),
  planted({
    name: "the listener of a watched folder",
    holder: /FSWatcher[^]*onFileChange/,
    root: "handle",
    plant(leaked) {
      const onFileChange = (): string => leaked.program;
      return watch(tmpdir(), onFileChange);
    },
    release: (watcher) => watcher.close(),
  }),
  planted({
    name: "the listener of a watched file",
    holder: /StatWatcher[^]*onStatChange/,
    root: ["handle", "listener", "module", "other"],
    plant(leaked) {
      const onStatChange = (): string => leaked.program;
      watchFile(watchedFile, { interval: 1_000_000 }, onStatChange);
      return onStatChange;
    },
    release: (listener) => unwatchFile(watchedFile, listener),
  }),
  planted({
    name: "the listener of a message port",
    holder: /MessagePort/,
    root: "handle",
    plant(leaked) {
      const { port1 } = new MessageChannel();
      port1.on("message", () => leaked.program);
      return port1;
    },
    release: (port) => port.close(),
  }),
  planted({
    name: "a broadcast channel that is not closed",
    holder: /BroadcastChannel|MessagePort/,
    root: "handle",
    plant(leaked) {
      const channel = new BroadcastChannel("heapwise");
      // oxlint-disable-next-line unicorn/prefer-add-event-listener
      channel.onmessage = () => leaked.program;
      return channel;
    },
    release: (channel) => channel.close(),
  }),
  planted({
    name: "a listener of a worker",
    holder: /Worker[^]*message/,
    // Node pipes what a worker prints to `process.stdout`, which listens to the pipe.
    root: ["handle", "listener", "other"],
    async plant(leaked) {
      const worker = new Worker("setInterval(() => undefined, 1_000_000)", { eval: true });
      const onReport = (): string => leaked.program;
      worker.on("message", onReport);
      await once(worker, "online");
      return worker;
    },
    release: (worker) => worker.terminate(),
  }),
  planted({
    name: "a listener of a child process",
    holder: /ChildProcess[^]*onChildExit/,
    root: "handle",
    async plant(leaked) {
      const child = spawn(process.execPath, ["-e", "setInterval(() => undefined, 1_000_000)"]);
      const onChildExit = (): string => leaked.program;
      child.on("exit", onChildExit);
      await once(child, "spawn");
      return child;
    },
    async release(child) {
      child.kill();
      await once(child, "close");
    },
  }),
];
