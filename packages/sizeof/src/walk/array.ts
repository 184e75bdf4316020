import { host } from "../host.ts";
import { outOfObject, readOwn, reportedBytes } from "./other.ts";
import { PREFIX } from "./visited.ts";
import type { Cursor, Walk } from "./walk.ts";

const { getPrototypeOf, getOwnPropertyDescriptor, getOwnPropertyNames, getOwnPropertySymbols } =
  Object;
/** Finds a getter in half the time of a descriptor; what has it not reads as if there were one everywhere. */
const lookupGetter = (Reflect.get(Object.prototype, "__lookupGetter__") ?? (() => true)) as (
  key: PropertyKey,
) => unknown;

/** Elements that are read before what they hold is visited. */
const CHUNK = 512;
/** An array with so many holes may be a hash table. */
const MANY_HOLES = 1024;
/** The longest array that is not a hash table from the start. */
const LONGEST_FAST = 2 ** 25;
/** Longer arrays are not searched for keys that are no indices: these hardly count, and the search is slow. */
const LONGEST_SEARCHED = 4096;

/** Adds an array. */
export function readArray(walk: Walk, array: unknown[]): void {
  const { plain, share } = walk.options;
  const isOrdinary = plain || getPrototypeOf(array) === Array.prototype;
  if (!isOrdinary) {
    const reported = reportedBytes(walk, array, getPrototypeOf(array) as object | null);
    if (reported !== undefined) {
      if (walk.isNew(array)) walk.bytes += reported;
      return;
    }
  }
  const { bytes, low, high, opaque } = walk;
  const waiting = walk.stack.length;
  const reader = takeReader(walk).begin(array, isOrdinary, plain);
  const { length } = reader;
  const fingerprint = reader.readTo(walk, Math.min(length, PREFIX));
  if (!walk.isNew(array, fingerprint)) {
    walk.reader = reader;
    return walk.takeBack(waiting, bytes, low, high, opaque);
  }
  if (!plain && mayHaveKeys(walk, array, length, isOrdinary)) readKeys(walk, array, length);
  const chunk = share?.parts === "all" ? Infinity : CHUNK;
  if (reader.read(walk, chunk)) walk.cursors.push(reader);
  else walk.reader = reader;
}

/** A reader that has read its array, or a new one. While one is in use, the walk has none. */
function takeReader(walk: Walk): ArrayReader {
  const { reader = new ArrayReader() } = walk;
  walk.reader = undefined;
  return reader;
}

/** Short arrays are alike where they are equally long. */
function mayHaveKeys(walk: Walk, array: unknown[], length: number, isOrdinary: boolean): boolean {
  if (!isOrdinary || (length > PREFIX && length <= LONGEST_SEARCHED)) return true;
  return length <= PREFIX && (walk.mayHide(length) || Object.hasOwn(array, "index"));
}

/** Adds what hangs on an array under keys that are no indices. */
function readKeys(walk: Walk, array: unknown[], length: number): void {
  const names = getOwnPropertyNames(array);
  let at = names.length;
  // Indices come first, then `length`, then the others.
  while (names[at - 1] !== "length") at--;
  const { count } = readOwn(walk, array, names.slice(at), getOwnPropertySymbols(array));
  if (count === 0) return;
  walk.found(length & 255, count);
  walk.bytes += outOfObject(walk, count);
}

/** Reads the elements of one array after another: most are so short that a reader of their own would be dear. */
export class ArrayReader implements Cursor {
  length = 0;
  #array: unknown[] = [];
  /** Whether holes show nothing but `Array.prototype`. */
  #isOrdinary = true;
  #plain = false;
  /** Whether it can be no proxy, and may be asked for what it holds. */
  #isTold = true;
  #at = 0;
  #holes = 0;
  #doubles = 0;
  #isNumeric = true;
  #isConstant = true;

  begin(array: unknown[], isOrdinary: boolean, plain: boolean): this {
    this.#at = this.#holes = this.#doubles = 0;
    this.#isNumeric = this.#isConstant = true;
    this.#array = array;
    this.#isOrdinary = isOrdinary;
    this.#plain = plain;
    this.#isTold = plain || host().types !== undefined;
    this.length = this.#isTold
      ? array.length
      : (getOwnPropertyDescriptor(array, "length")?.value as number);
    return this;
  }

  /** Reads a chunk of elements, and adds what the array itself takes after the last one. */
  read(walk: Walk, chunk: number = CHUNK): boolean {
    const { length } = this;
    this.readTo(walk, Math.min(length, this.#at + chunk));
    if (this.#at < length && !this.#isSparse()) return true;
    if (this.#at < length) this.#readSparse(walk);
    else this.#finish(walk, length);
    return false;
  }

  /** Reads elements up to an index, with a reference for each that is no hole. Returns a fingerprint of them. */
  readTo(walk: Walk, end: number): number {
    const array = this.#array;
    let fingerprint = this.length;
    const { slot } = walk.profile;
    const before = this.#at - this.#holes;
    for (let i = this.#at; i < end; i++) {
      if (this.#isAccessor(walk, i)) continue;
      const value: unknown = this.#isTold ? array[i] : getOwnPropertyDescriptor(array, i)?.value;
      if (typeof value === "number") {
        if (!walk.isSmall(value)) this.#doubles++;
        fingerprint = Math.imul(fingerprint, 31) + ((value * 2_654_435_769.5) | 0);
        continue;
      }
      if (value === undefined && !Object.hasOwn(array, i)) {
        this.#holes++;
        continue;
      }
      this.#isNumeric = false;
      if (typeof value === "string") {
        fingerprint = Math.imul(fingerprint, 31) + walk.text(value, true);
      } else {
        if (typeof value === "object" && value !== null) this.#isConstant = false;
        fingerprint = Math.imul(fingerprint, 31) + walk.read(value);
      }
    }
    this.#at = end;
    walk.bytes += slot * (end - this.#holes - before);
    return fingerprint | 0;
  }

  /** Whether an element is an accessor, which is added, or a hole that has to be left alone. */
  #isAccessor(walk: Walk, index: number): boolean {
    if (this.#plain) return false;
    if (this.#isOrdinary && lookupGetter.call(this.#array, index) === undefined) return false;
    const property = getOwnPropertyDescriptor(this.#array, index);
    if (property === undefined) this.#holes++;
    else if (property.get === property.set) return false;
    else walk.accessor(property);
    return true;
  }

  #isSparse(): boolean {
    return this.#holes > MANY_HOLES && this.#holes > 8 * (this.#at - this.#holes);
  }

  /** Goes on by keys. For-in is of no use: it asks the prototypes, and those may be anything. */
  #readSparse(walk: Walk): void {
    const array = this.#array;
    const { slot, sparse, emptyArray } = walk.profile;
    const names = Object.keys(array);
    const count = readOwn(walk, array, names.slice(this.#at - this.#holes)).elements;
    const used = this.#at - this.#holes + count;
    const asTable = sparse(used);
    const asList = slot * this.length + 2 * slot;
    const isTable = used > 0 ? 3 * asTable <= asList : this.length > LONGEST_FAST;
    walk.bytes += (isTable ? asTable : asList) + emptyArray - slot * (this.#at - this.#holes);
    if (this.#doubles > 0) walk.atom(this.#doubles * walk.profile.double);
    if (!walk.options.isBanded) return;
    if (this.length <= LONGEST_FAST) walk.high += Math.max(0, asList * 1.5 + 20 * slot - asTable);
    if (!isTable) walk.low += asList - asTable;
  }

  #finish(walk: Walk, length: number): void {
    const { slot, double, emptyArray, arrayHeader } = walk.profile;
    walk.bytes += (length === 0 ? emptyArray : arrayHeader) + slot * this.#holes;
    const boxes = this.#doubles * double;
    // Arrays of numbers hold the numbers themselves, in 8 bytes each.
    if (this.#isNumeric && this.#doubles > 0) walk.bytes += (8 - slot) * length;
    else walk.atom(boxes);
    if (!walk.options.isBanded) return;
    // Elements of constants are shared with the literal; pushing leaves room for more.
    if (this.#isConstant && length > 0) walk.low += arrayHeader - emptyArray + slot * length;
    walk.high += slot * (length + 17) + (this.#isNumeric ? boxes : 0);
  }
}
