import { host } from "../host.ts";
import { PART } from "./limits.ts";
import { familyOf } from "./family.ts";
import { roomOf } from "./ordinary.ts";
import { isAccessor, readOwn, type OwnProperties } from "./properties.ts";
import { addFieldList } from "./extras.ts";
import { addReported } from "./reported.ts";
import type { Visitor } from "./visitor.ts";
import {
  getOwnPropertyDescriptor,
  getOwnPropertySymbols,
  getPrototypeOf,
} from "./object-functions.ts";

/**
 * Finds a getter in half the time of a descriptor. In an engine without this function every element
 * is read through its descriptor.
 */
const lookupGetter = (Reflect.get(Object.prototype, "__lookupGetter__") ?? (() => true)) as (
  key: PropertyKey,
) => unknown;

const { slice } = Array.prototype;

/** Room of an array, in elements, after the first push. */
const SHORT_ROOM = 17;
/** An array with more holes than this may be a hash table. */
const MANY_HOLES = 1024;
/** A longer array is a hash table from the start. */
const LONGEST_FAST = 33_554_432;
/**
 * A longer array is not searched for keys other than indices: the search is slow, and such keys add
 * little to the size.
 */
const LONGEST_SEARCHED = 4096;
/** If bounds are wanted, a longer array is searched for symbols, but not for names. */
const LONGEST_MEASURED = 65_536;

/** Adds an array. */
export function readArray(visitor: Visitor, array: unknown[]): void {
  const { slot } = visitor.profile;
  const proto = getPrototypeOf(array) as object | null;
  const isOrdinary = proto === Array.prototype;
  if (!isOrdinary) {
    if (addReported(visitor, array, proto)) return;
    visitor.addInherited(familyOf(array, proto), proto);
  }
  // In a browser the array may be a proxy. Only its descriptors are asked for there.
  const knowsProxies = host().types !== undefined;
  const length = knowsProxies
    ? array.length
    : (getOwnPropertyDescriptor(array, "length")!.value as number);
  let at = 0;
  let holes = 0;
  let doubles = 0;
  let isNumeric = true;
  let isConstant = true;

  /**
   * Adds the next elements, which are the arguments of the call. Code that read `array[index]`
   * would meet arrays of fractions as well as arrays of objects, and V8 turns the first into the
   * second: each fraction gets a box, which takes three times the memory.
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
    const isDirect = isOrdinary && knowsProxies && !hasGetters(array, at, end);
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

/** Whether the elements of a range have to be read by their descriptors. */
function hasGetters(array: unknown[], at: number, end: number): boolean {
  // `slice` reads the constructor, which may be a getter.
  if (array.length > PART && Object.hasOwn(array, "constructor")) return true;
  while (at < end && lookupGetter.call(array, at) === undefined) at++;
  return at < end;
}

/** The elements of a range of an array. A getter and a hole are undefined. */
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

/** Adds what an array without many holes takes in addition to its elements. */
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
  // An array of numbers has no boxes: it stores each number in 8 bytes.
  if (!isNumeric) visitor.addShareable(boxes);
  else if (doubles > 0) visitor.bytes += (8 - slot) * length;
  if (visitor.spare) visitor.bytes += slot * spareOf(length, holes, isConstant);
  visitor.bounds?.array(length, isConstant, isNumeric ? boxes : 0);
}

/**
 * Two thirds of the elements that an array has to spare if each element was pushed. So the error is
 * small for an array that was pushed to, and for one that was not. An array with holes is assumed
 * to have grown to its length at once: then V8 adds a half, and 16. Short arrays without objects
 * are mostly literals or JSON, and have no room to spare.
 */
function spareOf(length: number, holes: number, isConstant: boolean): number {
  const room = holes > 0 ? length + (length >> 1) + 16 : roomOf(length);
  return room <= SHORT_ROOM && isConstant ? 0 : Math.round((2 / 3) * (room - length));
}

/**
 * Reads the rest of an array with many holes by the list of its keys. A for-in loop would not be
 * safe: it asks the prototypes, and one of them may be a proxy. The keys are listed only once,
 * because the list of a long array takes room for each hole.
 *
 * @param elements Number of elements that were read before.
 * @param doubles How many of these are numbers that need a box.
 */
function readSparse(visitor: Visitor, array: unknown[], elements: number, doubles: number): void {
  const { slot, sparse, emptyArray, double } = visitor.profile;
  const { length } = array;
  // Indices come first in the list.
  const keys = Reflect.ownKeys(array).slice(elements);
  const own = readFields(
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
 * Adds the fields of an array whose keys are not indices. Every array is searched if bounds are
 * wanted, or if such keys are likely. Otherwise only some arrays of each length are searched: the
 * length is the shape id of an array.
 */
function readKeys(visitor: Visitor, array: unknown[], length: number, isLikely: boolean): void {
  const isMeasured = visitor.bounds !== undefined;
  if (!isMeasured && !isLikely) {
    if (length > LONGEST_SEARCHED) return;
    if (!visitor.shouldSearch(length) && !("index" in array)) return;
    // Faster than the list of all keys. A key that is not enumerable is not found.
    const isBare = Object.keys(array).length <= length;
    if (isBare && getOwnPropertySymbols(array).length === 0) return;
  }
  const keys: (string | symbol)[] =
    isLikely || length <= LONGEST_MEASURED ? Reflect.ownKeys(array) : getOwnPropertySymbols(array);
  // Indices come first in the list, then `length`, then the others.
  const others = keys.slice(keys.lastIndexOf("length") + 1);
  if (others.length > 0) readFields(visitor, array, others);
}

/**
 * Adds the fields of an array under some of its keys, with the list that V8 makes for the fields.
 */
function readFields(
  visitor: Visitor,
  array: unknown[],
  keys: readonly (string | symbol)[],
): OwnProperties {
  const own = readOwn(visitor, array, keys);
  if (visitor.noteHidden(array.length, own.count) > 0) addFieldList(visitor, own);
  return own;
}
