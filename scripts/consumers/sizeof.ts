import {
  Accounting,
  detach,
  detachBuffer,
  detachDeep,
  exceeds,
  measure,
  parseBytes,
  shallowSizeOf,
  SIZE,
  sizeOf,
} from "@heapwise/sizeof";

const user = { id: 1, name: "Ada Lovelace", tags: ["a", "b"] };
const bytes: number = sizeOf(user);
expect(bytes > shallowSizeOf(user), "an object with its contents");
const { min, max, opaque } = measure(user);
expect(min <= bytes && bytes <= max && opaque === 0, "bounds around the size");
expect(exceeds(user, bytes - 1) && !exceeds(user, bytes), "a limit");
const seen = new Accounting();
expect(sizeOf(user, { seen }) === bytes && sizeOf(user, { seen }) === 0, "a value charged once");
class Report {
  [SIZE](): number {
    return 1000;
  }
}
expect(sizeOf(new Report()) === 1000, "the word of a class");
expect(parseBytes("64mb") === 64_000_000, "a size as people write it");
expect(detach("a text that is cut".slice(2, 16)) === "text that is c", "a detached slice");
const record = { title: "a text that is cut".slice(2, 16) };
expect(detachDeep(record) === record && record.title === "text that is c", "a detached record");
expect(
  detachBuffer(new Uint8Array(1024).subarray(0, 9)).buffer.byteLength === 9,
  "a detached view",
);

function expect(condition: boolean, what: string): void {
  if (!condition) throw new Error(`Cannot use the package: expected ${what}`);
}
