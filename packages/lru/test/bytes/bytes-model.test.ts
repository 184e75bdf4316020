import { checkProperty } from "@heapwise/testkit/vitest";
import { chargeOf } from "@heapwise/sizeof";
import fc from "fast-check";
import { expect, test } from "vitest";
import { LRUCache } from "../../src/index.ts";

const charged = (value: unknown): number => chargeOf(value).bytes;

const SLOT = 56;
const SHARE = 88;
const LIST = 56;
const MAX = 20_000;

interface Entry {
  value: unknown;
  /** The charge at the time of the set. */
  own: number;
  buffers: ArrayBuffer[];
}

/** The same in a naive way: entries in order, and buffers that are counted again each time. */
class Model {
  entries = new Map<string, Entry>();

  get bytes(): number {
    const buffers = new Set([...this.entries.values()].flatMap((entry) => entry.buffers));
    const own = [...this.entries.values()].reduce((sum, entry) => sum + entry.own + SLOT, 0);
    return [...buffers].reduce((sum, buffer) => sum + buffer.byteLength + SHARE, own);
  }

  set(key: string, value: unknown, buffers: ArrayBuffer[]): void {
    const shared = [...new Set(buffers)].reduce((sum, buffer) => sum + buffer.byteLength, 0);
    const { length } = buffers;
    const total = charged(key) + charged(value) + (length > 1 ? LIST + 8 * length : 0);
    this.entries.delete(key);
    if (total > MAX) return;
    this.entries.set(key, { value, own: total - shared, buffers });
    while (this.bytes > MAX) this.entries.delete(this.entries.keys().next().value!);
  }
}

const buffers = [100, 3000, 9000, 25_000].map((length) => new ArrayBuffer(length));
const key = fc.integer({ min: 0, max: 12 }).map((i) => `key ${i}`);
const operation = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant("set"),
      key,
      size: fc.nat(1000),
      of: fc.subarray([0, 1, 2, 3]),
    }),
  },
  fc.record({
    kind: fc.constantFrom("delete", "get", "mutate"),
    key,
    size: fc.constant(0),
    of: fc.constant<number[]>([]),
  }),
);

test("the books agree with a fresh count after every operation", () => {
  checkProperty(
    fc.property(fc.array(operation, { maxLength: 80 }), (operations) => {
      const cache = new LRUCache<string, { list: unknown[] }>({ maxBytes: MAX });
      const model = new Model();
      for (const { kind, key: at, size, of } of operations) {
        const held = of.map((i) => buffers[i]!);
        if (kind === "set") {
          const value = { list: [new Array(size).fill(1), ...held.map((b) => new Uint8Array(b))] };
          cache.set(at, value);
          model.set(at, value, held);
        } else if (kind === "delete") {
          expect(cache.delete(at)).toBe(model.entries.delete(at));
        } else if (kind === "get") {
          const entry = model.entries.get(at);
          expect(cache.get(at)).toBe(entry?.value);
          if (entry !== undefined && model.entries.delete(at)) model.entries.set(at, entry);
        } else {
          cache.peek(at)?.list.push({ more: "of it" });
        }
        expect([...cache.keys()]).toEqual([...model.entries.keys()].reverse());
        expect(cache.bytes()).toBe(model.bytes);
        expect(cache.bytes()).toBeLessThanOrEqual(MAX);
      }
    }),
  );
});
