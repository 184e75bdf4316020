import { host } from "../host.ts";
import { PART } from "./limits.ts";
import { familyOf } from "./family.ts";
import { roomOf } from "./ordinary.ts";
import { isAccessor, readOwn, type Own } from "./properties.ts";
import { outOfObject } from "./extras.ts";
import { addReported } from "./reported.ts";
import type { Visitor } from "./visitor.ts";
import {
  getOwnPropertyDescriptor,
  getOwnPropertySymbols,
  getPrototypeOf,
} from "./object-functions.ts";

/** Finds a getter in half the time of a descriptor; what has it not reads as if there were one everywhere. */
const lookupGetter = (Reflect.get(Object.prototype, "__lookupGetter__") ?? (() => true)) as (
  key: PropertyKey,
) => unknown;

const { slice } = Array.prototype;

/** Room of an array after the first push. */
const SHORT_ROOM = 17;
/** An array with so many holes may be a hash table. */
const MANY_HOLES = 1024;
/** The longest array that is not a hash table from the start. */
const LONGEST_FAST = 2 ** 25;
/** Longer arrays are not searched for keys that are no indices: these hardly count, and the search is slow. */
const LONGEST_SEARCHED = 4096;
/** Longer ones only for symbols, if bounds are wanted. */
const LONGEST_MEASURED = 65_536;

/** Adds an array. */
export function readArray(visitor: Visitor, array: unknown[]): void {
  const { slot } = visitor.profile;
  const proto = getPrototypeOf(array) as object | null;
  const isOrdinary = proto === Array.prototype;
  if (!isOrdinary) {
    if (addReported(visitor, array, proto)) return;
    visitor.inherit(familyOf(array, proto), proto);
  }
  // A proxy that nothing told of is asked for descriptors alone.
  const isTold = host().types !== undefined;
  const length = isTold
    ? array.length
    : (getOwnPropertyDescriptor(array, "length")!.value as number);
  let at = 0;
  let holes = 0;
  let doubles = 0;
  let isNumeric = true;
  let isConstant = true;

  /**
   * Adds the next elements, which are the arguments. A read of `array[index]` would not do: V8 makes one sort of arrays of the
   * few that it meets, and boxes each double in them, which is three times the memory.
   */
  function add(): void {
    const start = at;
    let [gaps, fractions, areNumbers, areConstants] = [holes, doubles, isNumeric, isConstant];
    at += arguments.length;
    for (let i = 0; i < arguments.length; i++) {
      const value: unknown = arguments[i];
      if (typeof value === "number") {
        if (!visitor.isSmall(value)) fractions++;
      } else if (value === undefined && !Object.hasOwn(array, start + i)) {
        gaps++;
        if (gaps > MANY_HOLES && gaps > 8 * (start + i + 1 - gaps)) {
          at = start + i + 1;
          break;
        }
      } else {
        areNumbers = false;
        areConstants &&= typeof value !== "object" || value === null;
        if (typeof value === "string") visitor.addText(value);
        else visitor.read(value);
      }
    }
    [holes, doubles, isNumeric, isConstant] = [gaps, fractions, areNumbers, areConstants];
  }

  visitor.inParts(length, () => {
    const before = at - holes;
    const end = Math.min(length, at + PART);
    const isDirect = isOrdinary && isTold && !hasGetters(array, at, end);
    Reflect.apply(add, null, elementsOf(visitor, array, at, end, isDirect));
    visitor.bytes += slot * (at - holes - before);
    const isSparse = at < end;
    if (at < length && !isSparse) return true;
    if (isSparse) readSparse(visitor, array, at - holes, doubles);
    else {
      readKeys(visitor, array, length, !isOrdinary);
      addRoom(visitor, length, holes, doubles, isNumeric, isConstant);
    }
    return false;
  });
}

/** Whether elements must be read by their descriptors. */
function hasGetters(array: unknown[], at: number, end: number): boolean {
  // A slice asks for the constructor.
  if (array.length > PART && Object.hasOwn(array, "constructor")) return true;
  while (at < end && lookupGetter.call(array, at) === undefined) at++;
  return at < end;
}

/** Elements of an array; of a getter, and of a hole, undefined. */
function elementsOf(
  visitor: Visitor,
  array: unknown[],
  at: number,
  end: number,
  isDirect: boolean,
): unknown[] {
  if (isDirect) return at === 0 && end === array.length ? array : slice.call(array, at, end);
  const values: unknown[] = [];
  for (; at < end; at++) {
    const property = getOwnPropertyDescriptor(array, at);
    if (property !== undefined && isAccessor(property)) visitor.addAccessor(property);
    values.push(property?.value);
  }
  return values;
}

/** Adds what an array without many holes takes beside the elements that are there. */
function addRoom(
  visitor: Visitor,
  length: number,
  holes: number,
  doubles: number,
  isNumeric: boolean,
  isConstant: boolean,
): void {
  const { slot, double, emptyArray, arrayHeader } = visitor.profile;
  visitor.bytes += (length === 0 ? emptyArray : arrayHeader) + slot * holes;
  const boxes = doubles * double;
  // Arrays of numbers hold the numbers themselves, in 8 bytes each.
  if (!isNumeric) visitor.addShareable(boxes);
  else if (doubles > 0) visitor.bytes += (8 - slot) * length;
  if (visitor.spare) visitor.bytes += slot * spareOf(length, holes, isConstant);
  visitor.bounds?.array(length, isConstant, isNumeric ? boxes : 0);
}

/**
 * Two thirds of the elements that an array has to spare if each was pushed, so that an array that was pushed and
 * one that was not are both off by little; with holes, if it grew to its length at once, by half and 16. Short ones
 * without objects are mostly literals or JSON.
 */
function spareOf(length: number, holes: number, isConstant: boolean): number {
  const room = holes > 0 ? length + (length >> 1) + 16 : roomOf(length);
  return room <= SHORT_ROOM && isConstant ? 0 : Math.round((2 / 3) * (room - length));
}

/**
 * Goes on by keys after so many elements, once: for a long list of them the engine takes room for each hole. For-in is
 * of no use: it asks the prototypes, and those may be anything.
 */
function readSparse(visitor: Visitor, array: unknown[], elements: number, doubles: number): void {
  const { slot, sparse, emptyArray, double } = visitor.profile;
  const { length } = array;
  // Indices come first.
  const keys = Reflect.ownKeys(array).slice(elements);
  const own = readHanging(
    visitor,
    array,
    keys.filter((key) => key !== "length"),
  );
  const used = elements + own.elements;
  const asTable = sparse(used);
  const asList = slot * length + 2 * slot;
  const isFast = length <= LONGEST_FAST;
  const isTable = used > 0 ? 3 * asTable <= asList : !isFast;
  visitor.bytes += (isTable ? asTable : asList) + emptyArray - slot * elements;
  visitor.addShareable(doubles * double);
  visitor.bounds?.sparse(asList, asTable, isTable, isFast);
}

/**
 * Adds what hangs on an array under keys that are no indices. Arrays are alike if they are equally long; one of
 * those that are is asked, and each if bounds are wanted, or if something speaks for such keys.
 */
function readKeys(visitor: Visitor, array: unknown[], length: number, isLikely: boolean): void {
  const isMeasured = visitor.bounds !== undefined;
  if (!isMeasured && !isLikely) {
    if (length > LONGEST_SEARCHED) return;
    if (!visitor.mayHide(length) && !("index" in array)) return;
    // Faster than a list of all keys; those that no loop shows count nothing then.
    const isBare = Object.keys(array).length <= length;
    if (isBare && getOwnPropertySymbols(array).length === 0) return;
  }
  const keys: (string | symbol)[] =
    isLikely || length <= LONGEST_MEASURED ? Reflect.ownKeys(array) : getOwnPropertySymbols(array);
  // Indices come first, then `length`, then the others.
  const others = keys.slice(keys.lastIndexOf("length") + 1);
  if (others.length > 0) readHanging(visitor, array, others);
}

/** Adds what hangs on an array under some of its keys. */
function readHanging(visitor: Visitor, array: unknown[], keys: readonly (string | symbol)[]): Own {
  const own = readOwn(visitor, array, keys);
  if (visitor.noteHidden(array.length, own.count) > 0) outOfObject(visitor, own);
  return own;
}
