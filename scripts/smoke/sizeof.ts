import {
  Accounting,
  calibrate,
  detach,
  detachBuffer,
  detachDeep,
  detectProfile,
  exceeds,
  measure,
  parseBytes,
  shallowSizeOf,
  SIZE,
  sizeOf,
} from "@heapwise/sizeof";
import { expect, type Checks } from "./check.ts";
import { MEASURED_SIZES } from "./measured-sizes.ts";

/** Sizes and their bounds. */
export const sizeofChecks: Checks = {
  "sizeof has bounds around the size of a value": () => {
    const user = { id: 1, name: "Ada Lovelace", tags: ["a", "b"], at: new Date(0), n: 1.5 };
    const bytes = sizeOf(user);
    const { min, max, opaque } = measure(user);
    expect(min <= bytes && bytes <= max && opaque === 0, "bounds around the size");
    expect(bytes > shallowSizeOf(user), "more than the object alone");
    expect(exceeds(user, bytes - 1) && !exceeds(user, bytes), "a limit");
    const seen = new Accounting();
    expect(sizeOf(user, { seen }) === bytes && sizeOf(user, { seen }) === 0, "one charge");
    expect(sizeOf({ [SIZE]: () => 1000 }) === 1000, "the word of a value");
    expect(parseBytes("1.5kib") === 1536, "a size as people write it");
    expect(detach("a text that is cut".slice(2, 16)) === "text that is c", "a detached slice");
  },
  "sizeof detaches texts and views": () => {
    const latin1 = String.fromCharCode(...Array(256).keys());
    const document = `${latin1.repeat(1000)}\u4e00`;
    for (const length of [13, 100, 5000, 256_000]) {
      const cut = document.slice(0, length);
      expect(detach(cut) === cut, `${length} characters cut out of a wide text`);
    }
    expect(detach(document.slice(1)) === document.slice(1), "a wide text");
    const record = { text: document.slice(7, 99), list: [document.slice(1), 1] };
    const same = detachDeep({ record, again: record });
    expect(same.record === record && same.again === record, "the same objects");
    expect(record.text === document.slice(7, 99), "the same text");
    expect(record.list[0] === document.slice(1), "the same wide text");
    const block = Uint8Array.from({ length: 1024 }, (_, i) => i);
    const { Buffer } = globalThis as {
      Buffer?: { from(block: ArrayBuffer, at: number, length: number): Uint8Array };
    };
    for (const view of [
      block.subarray(7, 9),
      Buffer?.from(block.buffer, 7, 2) ?? block.subarray(7, 9),
    ]) {
      const copy = detachBuffer(view);
      expect(copy.buffer.byteLength === 2 && copy[0] === 7 && copy[1] === 8, "a block of its own");
      expect(Object.getPrototypeOf(copy) === Object.getPrototypeOf(view), "the same class");
    }
    expect(detachBuffer(new DataView(block.buffer, 5, 1)).getUint8(0) === 5, "a DataView");
    expect(detachBuffer(block) === block, "a view of its whole block");
  },
  "sizeof walks a list of a million": () => {
    let list: object | undefined;
    for (let i = 0; i < 1e6; i++) list = { next: list };
    expect(measure(list).objects === 1e6, "all of them");
  },
  "sizeof runs neither getters nor get traps": () => {
    const trap = (): never => {
      throw new Error("ran");
    };
    const value = Object.defineProperty({ proxy: new Proxy({}, { get: trap }) }, "getter", {
      get: trap,
      enumerable: true,
    });
    expect(sizeOf(value) > 0, "a size");
  },
  "sizeof returns the measured sizes of this engine": () => {
    const { name } = detectProfile();
    if (name === "v8-compressed") {
      compare(0.1, ({ make, compressed }) => [sizeOf(make(1234)), compressed]);
    }
    // JavaScriptCore reports the characters of a text, not the block that holds them.
    if (name === "jsc") compare(0.4, ({ make, jsc }) => [sizeOf(make(1234)), jsc]);
  },
};

/** Sizes compared with the growth of the heap: exact in V8, if the runtime reports its heap. */
export const sizeofCollections: Checks = {
  "sizeof returns the growth of the heap": async () => {
    if (detectProfile().name !== "v8") return;
    const slopes = new Map<string, number>();
    for (const { name, make } of MEASURED_SIZES) {
      // A megabyte per sample, well above the noise of the runtime.
      const count = Math.ceil(1e6 / Math.max(sizeOf(make(1234)), 16));
      slopes.set(name, (await calibrate(make, { count })).bytes);
    }
    compare(0.1, ({ name, make }) => [sizeOf(make(1234)), slopes.get(name)]);
  },
};

/** Expects sizes within a part of the measured size, or within the 8 bytes of a word. */
function compare(
  part: number,
  look: (
    size: (typeof MEASURED_SIZES)[number],
  ) => readonly [told: number, measured: number | undefined],
): void {
  const wrong = MEASURED_SIZES.flatMap((each) => {
    const [told, measured] = look(each);
    if (measured === undefined) return [];
    if (Math.abs(told - measured) <= Math.max(8, part * measured)) return [];
    return `${each.name}: ${told} for ${measured.toFixed(1)}`;
  });
  expect(wrong.length === 0, `sizes as measured, got ${wrong.join("; ")}`);
}
