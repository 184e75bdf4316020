import { runInNewContext } from "node:vm";
import { describe, expect, test } from "vitest";
import { detachBuffer } from "../src/index.ts";

type ViewClass = new (block: ArrayBufferLike, offset?: number, length?: number) => ArrayBufferView;
const classes = [
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
  DataView,
] as readonly ViewClass[];
// Node 20 has no Float16Array.
const { Float16Array: Half } = globalThis as { Float16Array?: ViewClass };

const Resizable = ArrayBuffer as never as new (
  length: number,
  options: { maxByteLength: number },
) => ArrayBuffer & { resize(length: number): void };

/** A block of random bytes. */
function block(length: number): ArrayBuffer {
  return Uint8Array.from({ length }, (_, i) => (i * 167 + (i >> 3)) & 255).buffer;
}

function bytes(view: ArrayBufferView): number[] {
  return [...new Uint8Array(view.buffer, view.byteOffset, view.byteLength)];
}

test.each([...classes, ...(Half ? [Half] : [])].map((Class) => [Class.name, Class] as const))(
  "a %s of a large block is copied to a block of its own",
  (_, Class) => {
    for (const [offset, length] of [
      [0, 0],
      [8, 0],
      [1024, 0],
      [0, 3],
      [16, 5],
      [512, 16],
    ] as const) {
      const view = new Class(block(1024), offset, length);
      const copy = detachBuffer(view);
      expect(copy).not.toBe(view);
      expect(Object.getPrototypeOf(copy)).toBe(Class.prototype);
      expect([copy.byteOffset, copy.byteLength]).toEqual([0, view.byteLength]);
      expect(copy.buffer.byteLength).toBe(view.byteLength);
      expect(bytes(copy)).toEqual(bytes(view));
      expect(detachBuffer(copy)).toBe(copy);
    }
  },
);

describe("a Buffer", () => {
  test("of the pool, of a chunk and of a slab is copied", () => {
    const chunk = Buffer.alloc(65_536, "chunk");
    for (const buffer of [
      Buffer.from("hello pool"),
      Buffer.allocUnsafe(100).fill("a"),
      chunk.subarray(0, 100),
      chunk.subarray(-1),
      Buffer.from(block(4096), 7, 1000),
      chunk.subarray(9, 9),
    ]) {
      const copy = detachBuffer(buffer);
      expect(copy).not.toBe(buffer);
      expect(Buffer.isBuffer(copy)).toBe(true);
      expect(Object.getPrototypeOf(copy)).toBe(Buffer.prototype);
      expect(copy.equals(buffer)).toBe(true);
      expect([copy.buffer.byteLength, copy.byteOffset]).toEqual([buffer.length, 0]);
      expect(detachBuffer(copy)).toBe(copy);
      copy.fill(0);
      expect(buffer.length === 0 || buffer[0] !== 0).toBe(true);
    }
  });

  test("that is most of its block is returned as it is", () => {
    const whole = Buffer.alloc(1000);
    for (const buffer of [whole, whole.subarray(1), whole.subarray(0, 251), Buffer.alloc(0)]) {
      expect(detachBuffer(buffer)).toBe(buffer);
    }
    expect(detachBuffer(whole.subarray(0, 250))).not.toBe(whole);
    expect(detachBuffer(whole.subarray(0, 250)).buffer.byteLength).toBe(250);
  });
});

describe("detachBuffer does not copy", () => {
  test("values that are not views", () => {
    for (const value of [1, "text", null, undefined, {}, [], block(8), new SharedArrayBuffer(8)]) {
      expect(detachBuffer(value)).toBe(value);
    }
    const holder = { view: new Uint8Array(block(1024), 0, 1) };
    expect(detachBuffer(holder)).toBe(holder);
    expect(holder.view.buffer.byteLength).toBe(1024);
  });

  test("views of shared, resizable and detached blocks", () => {
    const resizable = new Resizable(1024, { maxByteLength: 4096 });
    const fixed = new Resizable(1024, { maxByteLength: 1024 });
    const gone = new Uint8Array(block(1024), 0, 4);
    const goneView = new DataView(block(1024), 8, 4);
    structuredClone(null, { transfer: [gone.buffer, goneView.buffer] });
    const outside = new Uint8Array(resizable, 512, 4);
    const outsideView = new DataView(resizable, 512, 4);
    const tracking = new Uint8Array(resizable);
    const views = [
      new Uint8Array(new SharedArrayBuffer(1024), 0, 4),
      new DataView(new SharedArrayBuffer(1024), 0, 4),
      Buffer.from(new SharedArrayBuffer(1024), 0, 4),
      new Uint8Array(resizable, 0, 4),
      new DataView(resizable, 0, 4),
      new Uint8Array(fixed, 0, 4),
      tracking,
      outside,
      outsideView,
      gone,
      goneView,
    ];
    resizable.resize(16);
    for (const view of views) expect(detachBuffer(view)).toBe(view);
    resizable.resize(0);
    for (const view of views) expect(detachBuffer(view)).toBe(view);
  });

  test("views of subclasses, whose constructors do not run, and views with strange prototypes", () => {
    let made = 0;
    class Bytes extends Uint8Array {
      constructor(buffer: ArrayBuffer, offset: number, length: number) {
        super(buffer, offset, length);
        made++;
      }
    }
    class View extends (DataView as ViewClass) {}
    class Pooled extends Buffer {}
    const pooled = Object.setPrototypeOf(Buffer.from("hello pool"), Pooled.prototype) as Buffer;
    const views = [
      new Bytes(block(1024), 0, 4),
      new View(block(1024), 0, 4),
      pooled,
      Object.setPrototypeOf(new Uint8Array(block(1024), 0, 4), null),
      Object.setPrototypeOf(new Uint8Array(block(1024), 0, 4), Int8Array.prototype),
      Object.setPrototypeOf(new Uint8Array(block(1024), 0, 4), new Proxy({}, { get: refuse })),
      runInNewContext("new Uint8Array(new ArrayBuffer(1024), 0, 4)"),
    ] as ArrayBufferView[];
    for (const view of views) expect(detachBuffer(view)).toBe(view);
    expect(made).toBe(1);
  });

  test("proxies", () => {
    const target = new Uint8Array(block(1024), 0, 4);
    const { proxy, revoke } = Proxy.revocable(target, {});
    revoke();
    for (const view of [new Proxy(target, new Proxy({}, { get: refuse })), proxy]) {
      expect(detachBuffer(view)).toBe(view);
    }
  });
});

function refuse(): never {
  throw new Error("ran");
}

test("no code of a view or of its block runs", () => {
  const accessor = { get: refuse, set: refuse, configurable: true };
  const names = ["constructor", "buffer", "byteLength", "byteOffset", "length", "slice", "0.5"];
  for (const make of [
    () => Buffer.from(block(1024), 4, 4),
    () => new Uint8Array(block(1024), 4, 4),
    () => new DataView(block(1024), 4, 4),
  ]) {
    const view = make();
    for (const name of names) Reflect.defineProperty(view, name, accessor);
    Reflect.defineProperty(view, Symbol.toStringTag, accessor);
    Reflect.defineProperty(view, Symbol.iterator, accessor);
    const copy = detachBuffer(view);
    expect(copy === view).toBe(false);
    expect(copy.buffer.byteLength).toBe(4);
    const { buffer } = make();
    for (const name of ["constructor", "byteLength", "slice", "resizable", "maxByteLength"]) {
      Reflect.defineProperty(buffer, name, accessor);
    }
    expect(detachBuffer(new Uint8Array(buffer, 4, 4)).buffer.byteLength).toBe(4);
  }
});

test("a view of more bytes than the limit is not copied", () => {
  const view = new Uint8Array(block(1024), 4, 100);
  expect(detachBuffer(view, 99)).toBe(view);
  expect(detachBuffer(view, 100).buffer.byteLength).toBe(100);
});
