import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { afterEach, expect, test } from "vitest";
import { MessageSocket } from "../../src/command/inspector/message-socket.ts";

let server: Server;

afterEach(() => {
  server.closeAllConnections();
  server.close();
});

/** Starts a server, and returns the address of a WebSocket there. */
async function serve(onUpgrade?: (socket: Socket, accepted: string) => void): Promise<string> {
  server = createServer((_, response) => response.writeHead(404).end());
  if (onUpgrade !== undefined) {
    server.on("upgrade", ({ headers }: IncomingMessage, socket: Socket) => {
      const key = headers["sec-websocket-key"]!;
      const text = `${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`;
      onUpgrade(socket, createHash("sha1").update(text).digest("base64"));
    });
  }
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return `ws://127.0.0.1:${(server.address() as AddressInfo).port}/id`;
}

function greeting(accepted: string): string {
  const head = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n";
  return `${head}Sec-WebSocket-Accept: ${accepted}\r\n\r\n`;
}

/** A frame of a server: without a mask. */
function frame(first: number, payload: Buffer): Buffer {
  const { length } = payload;
  if (length < 126) return Buffer.concat([Buffer.from([first, length]), payload]);
  const long = Buffer.alloc(length < 65_536 ? 4 : 10);
  long[0] = first;
  long[1] = length < 65_536 ? 126 : 127;
  if (length < 65_536) long.writeUInt16BE(length, 2);
  else long.writeBigUInt64BE(BigInt(length), 2);
  return Buffer.concat([long, payload]);
}

/** The payload of a frame of a client, which has a mask. */
function unmasked(bytes: Buffer): { opcode: number; text: string; rest: Buffer } {
  expect(bytes[1]! & 0x80).toBe(0x80);
  const short = bytes[1]! & 0x7f;
  const start = short < 126 ? 2 : short === 126 ? 4 : 10;
  const length =
    short < 126 ? short : short === 126 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2));
  const mask = bytes.subarray(start, start + 4);
  const end = start + 4 + length;
  const payload = bytes.subarray(start + 4, end).map((byte, i) => byte ^ mask[i & 3]!);
  return {
    opcode: bytes[0]! & 0x0f,
    text: Buffer.from(payload).toString(),
    rest: bytes.subarray(end),
  };
}

test.each([1, 7, 100_000])("messages arrive whole, in pieces of %d bytes", async (size) => {
  const texts = ["", "grün", "x".repeat(126), "y".repeat(70_000)];
  const url = await serve((socket, accepted) => {
    socket.write(greeting(accepted));
    const parts = Buffer.from("in three parts");
    const all = Buffer.concat([
      ...texts.map((text) => frame(0x81, Buffer.from(text))),
      frame(0x01, parts.subarray(0, 3)),
      frame(0x00, parts.subarray(3, 6)),
      frame(0x89, Buffer.from("ping")),
      frame(0x80, parts.subarray(6)),
      frame(0x88, Buffer.alloc(0)),
    ]);
    socket.once("data", (data) => {
      expect(unmasked(data).text).toBe("go");
      for (let at = 0; at < all.length; at += size) socket.write(all.subarray(at, at + size));
    });
  });
  const socket = await MessageSocket.connect(url);
  const received: string[] = [];
  socket.onMessage = (text) => received.push(text);
  const closed = new Promise<void>((resolve) => {
    socket.onClose = resolve;
  });
  socket.send("go");
  await closed;
  expect(received).toEqual([...texts, "in three parts"]);
});

test("messages are sent with a mask, pings are answered, and a close is said", async () => {
  const heard: [number, string][] = [];
  let ended: Promise<unknown> | undefined;
  const url = await serve((socket, accepted) => {
    socket.write(greeting(accepted));
    socket.write(frame(0x89, Buffer.from("ping")));
    ended = once(socket, "end");
    let bytes: Buffer = Buffer.alloc(0);
    socket.on("data", (data) => {
      bytes = Buffer.concat([bytes, data]);
    });
    socket.on("end", () => {
      while (bytes.length > 0) {
        const { opcode, text, rest } = unmasked(bytes);
        heard.push([opcode, opcode === 8 ? "" : text]);
        bytes = rest;
      }
      socket.end();
    });
  });
  const texts = ["", "grün", "x".repeat(200), "y".repeat(70_000)];
  const socket = await MessageSocket.connect(url);
  for (const text of texts) socket.send(text);
  await socket.close();
  await ended;
  expect(heard.filter(([opcode]) => opcode === 1).map(([, text]) => text)).toEqual(texts);
  expect(heard.at(-1)).toEqual([8, ""]);
  socket.send("after the end");
});

test("while it is paused, nothing arrives", async () => {
  let peer: Socket | undefined;
  const url = await serve((socket, accepted) => {
    socket.write(greeting(accepted));
    peer = socket;
  });
  const socket = await MessageSocket.connect(url);
  const received: string[] = [];
  const arrived = new Promise<void>((resolve) => {
    socket.onMessage = (text) => {
      received.push(text);
      resolve();
    };
  });
  socket.pause();
  await new Promise<void>((resolve) => {
    peer!.write(frame(0x81, Buffer.from("late")), () => resolve());
  });
  await new Promise(setImmediate);
  expect(received).toEqual([]);
  socket.resume();
  await arrived;
  expect(received).toEqual(["late"]);
  await socket.close();
});

test("another server is refused", async () => {
  const url = await serve();
  await expect(MessageSocket.connect(url)).rejects.toThrow(
    `Cannot connect to ${url}: it answers with status 404, expected an inspector`,
  );
  server.close();
  const other = await serve((socket) => socket.end(greeting("something else")));
  await expect(MessageSocket.connect(other)).rejects.toThrow("it answers with another handshake");
  server.closeAllConnections();
  server.close();
  await expect(MessageSocket.connect(other)).rejects.toThrow("ECONNREFUSED");
});
