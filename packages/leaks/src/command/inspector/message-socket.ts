import { createHash, randomBytes } from "node:crypto";
import { request, type IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { mistake } from "../mistake.ts";

/** The text that RFC 6455 appends to the key of a handshake. */
const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
const CONTINUATION = 0;
const TEXT = 1;
const CLOSE = 8;
const PING = 9;
const PONG = 10;

/**
 * A client of a WebSocket for text messages. Node 20 has no `WebSocket` without a flag, and the
 * client of newer versions cannot be paused, so that a snapshot would pile up in memory.
 *
 * Source: RFC 6455.
 */
export class MessageSocket {
  /** Called with each message. */
  onMessage: (text: string) => void = () => {};
  /** Called once, after the last message. */
  onClose: () => void = () => {};
  readonly #socket: Socket;
  readonly #closed: Promise<void>;
  #rest: Buffer;
  #parts: Buffer[] = [];

  private constructor(socket: Socket, head: Buffer) {
    this.#socket = socket;
    this.#rest = head;
    this.#closed = new Promise((resolve) => {
      socket.once("close", () => {
        this.onClose();
        resolve();
      });
    });
    // "close" follows, and is what callers wait for.
    socket.on("error", () => {});
    socket.on("data", (data: Buffer) => this.#read(data));
  }

  /** Connects to an address such as `ws://127.0.0.1:9229/id`. */
  static connect(url: string): Promise<MessageSocket> {
    const key = randomBytes(16).toString("base64");
    const accepted = createHash("sha1")
      .update(key + GUID)
      .digest("base64");
    return new Promise((resolve, reject) => {
      const refuse = (found: string): void =>
        reject(mistake(`Cannot connect to ${url}: ${found}, expected an inspector`));
      const headers = {
        Connection: "Upgrade",
        Upgrade: "websocket",
        "Sec-WebSocket-Key": key,
        "Sec-WebSocket-Version": "13",
      };
      const asked = request(url.replace(/^ws:/, "http:"), { headers });
      asked.once("error", (error) => refuse(error.message));
      asked.once("response", (response: IncomingMessage) => {
        response.destroy();
        refuse(`it answers with status ${response.statusCode}`);
      });
      asked.once("upgrade", (response: IncomingMessage, socket: Socket, head: Buffer) => {
        if (response.headers["sec-websocket-accept"] === accepted) {
          socket.setNoDelay(true);
          resolve(new MessageSocket(socket, head));
          return;
        }
        socket.destroy();
        refuse("it answers with another handshake");
      });
      asked.end();
    });
  }

  /** Sends a message. Has no effect after the end of the connection. */
  send(text: string): void {
    this.#write(TEXT, Buffer.from(text));
  }

  /** Stops reading, so that the other side waits, until `resume`. */
  pause(): void {
    this.#socket.pause();
  }

  /** Reads again. */
  resume(): void {
    this.#socket.resume();
  }

  /** Ends the connection, and waits for its end. */
  async close(): Promise<void> {
    this.#end();
    await this.#closed;
  }

  #end(): void {
    this.#write(CLOSE, Buffer.from([0x03, 0xe8]));
    // Not `end` alone: a process that stands still would answer only when it goes on.
    this.#socket.destroySoon();
    this.#socket.resume();
  }

  #write(opcode: number, payload: Buffer): void {
    if (!this.#socket.writable) return;
    const { length } = payload;
    const size = length < 126 ? 2 : length < 65_536 ? 4 : 10;
    const head = Buffer.alloc(size + 4);
    head[0] = 0x80 | opcode;
    head[1] = 0x80 | (size === 2 ? length : size === 4 ? 126 : 127);
    if (size === 4) head.writeUInt16BE(length, 2);
    if (size === 10) head.writeBigUInt64BE(BigInt(length), 2);
    const mask = randomBytes(4);
    mask.copy(head, size);
    for (let i = 0; i < length; i++) payload[i]! ^= mask[i & 3]!;
    this.#socket.write(Buffer.concat([head, payload]));
  }

  #read(data: Buffer): void {
    this.#rest = this.#rest.length === 0 ? data : Buffer.concat([this.#rest, data]);
    for (let frame = this.#takeFrame(); frame !== undefined; frame = this.#takeFrame()) {
      const { opcode, isLast, payload } = frame;
      if (opcode === PING) this.#write(PONG, Buffer.from(payload));
      else if (opcode === CLOSE) this.#end();
      else if (opcode === TEXT || opcode === CONTINUATION) {
        this.#parts.push(payload);
        if (!isLast) continue;
        const text = this.#parts.length === 1 ? payload : Buffer.concat(this.#parts);
        this.#parts = [];
        this.onMessage(text.toString("utf8"));
      }
    }
  }

  /** The next whole frame of the bytes so far. Frames of a server have no mask. */
  #takeFrame(): { opcode: number; isLast: boolean; payload: Buffer } | undefined {
    const bytes = this.#rest;
    if (bytes.length < 2) return undefined;
    const short = bytes[1]! & 0x7f;
    const start = short < 126 ? 2 : short === 126 ? 4 : 10;
    if (bytes.length < start) return undefined;
    const length =
      short < 126
        ? short
        : short === 126
          ? bytes.readUInt16BE(2)
          : Number(bytes.readBigUInt64BE(2));
    if (bytes.length < start + length) return undefined;
    this.#rest = bytes.subarray(start + length);
    return {
      opcode: bytes[0]! & 0x0f,
      isLast: (bytes[0]! & 0x80) !== 0,
      payload: bytes.subarray(start, start + length),
    };
  }
}
