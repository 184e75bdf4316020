import { host } from "../host.ts";
import { familyOf } from "./kind.ts";
import { addReported, isAccessor, outOfObject, readOwn } from "./other.ts";
import type { Walk } from "./walk.ts";

const { getPrototypeOf, getOwnPropertyDescriptor, getOwnPropertyNames, getOwnPropertySymbols } =
  Object;
/** Finds a getter in half the time of a descriptor; what has it not reads as if there were one everywhere. */
const lookupGetter = (Reflect.get(Object.prototype, "__lookupGetter__") ?? (() => true)) as (
  key: PropertyKey,
) => unknown;

/** An array with so many holes may be a hash table. */
const MANY_HOLES = 1024;
/** The longest array that is not a hash table from the start. */
const LONGEST_FAST = 2 ** 25;
/** Longer arrays are not searched for keys that are no indices: these hardly count, and the search is slow. */
const LONGEST_SEARCHED = 4096;

/** Adds an array. */
export function readArray(walk: Walk, array: unknown[]): void {
  const { plain } = walk;
  const { slot } = walk.profile;
  const proto = getPrototypeOf(array) as object | null;
  const isOrdinary = plain || proto === Array.prototype;
  if (!isOrdinary) {
    if (addReported(walk, array, proto)) return;
    walk.closed(familyOf(array, proto));
  }
  // A proxy that nothing told of is asked for descriptors alone.
  const isTold = plain || host().types !== undefined;
  const length = isTold
    ? array.length
    : (getOwnPropertyDescriptor(array, "length")!.value as number);
  let holes = 0;
  let doubles = 0;
  let isNumeric = true;
  let isConstant = true;
  let at = 0;
  for (; at < length; at++) {
    if (walk.isOver) return;
    let value: unknown;
    if (plain || (isOrdinary && isTold && lookupGetter.call(array, at) === undefined)) {
      value = array[at];
    } else {
      const property = getOwnPropertyDescriptor(array, at);
      if (property !== undefined && isAccessor(property)) {
        walk.accessor(property);
        walk.bytes += slot;
        isNumeric = false;
        continue;
      }
      value = property?.value;
    }
    if (value === undefined && !Object.hasOwn(array, at)) {
      holes++;
      if (holes > MANY_HOLES && holes > 8 * (at - holes)) break;
      continue;
    }
    walk.bytes += slot;
    if (typeof value === "number") {
      if (!walk.isSmall(value)) doubles++;
      continue;
    }
    isNumeric = false;
    isConstant &&= typeof value !== "object" || value === null;
    if (typeof value === "string") walk.text(value, true);
    else walk.read(value);
  }
  if (!plain) readKeys(walk, array, length, isOrdinary);
  if (at < length) return readSparse(walk, array, at + 1 - holes, doubles);
  const { double, emptyArray, arrayHeader } = walk.profile;
  walk.bytes += (length === 0 ? emptyArray : arrayHeader) + slot * holes;
  const boxes = doubles * double;
  // Arrays of numbers hold the numbers themselves, in 8 bytes each.
  if (!isNumeric) walk.atom(boxes);
  else if (doubles > 0) walk.bytes += (8 - slot) * length;
  walk.bands?.array(length, isConstant, isNumeric ? boxes : 0);
}

/** Goes on by keys after so many elements. For-in is of no use: it asks the prototypes, and those may be anything. */
function readSparse(walk: Walk, array: unknown[], elements: number, doubles: number): void {
  const { slot, sparse, emptyArray, double } = walk.profile;
  const { length } = array;
  const names = Object.keys(array).slice(elements);
  const used = elements + readOwn(walk, array, names).elements;
  const asTable = sparse(used);
  const asList = slot * length + 2 * slot;
  const isFast = length <= LONGEST_FAST;
  const isTable = used > 0 ? 3 * asTable <= asList : !isFast;
  walk.bytes += (isTable ? asTable : asList) + emptyArray - slot * elements;
  walk.atom(doubles * double);
  walk.bands?.sparse(asList, asTable, isTable, isFast);
}

/** Adds what hangs on an array under keys that are no indices. Arrays are alike where they are equally long. */
function readKeys(walk: Walk, array: unknown[], length: number, isOrdinary: boolean): void {
  if (length > LONGEST_SEARCHED) return;
  if (!walk.mayHide(length) && isOrdinary && !Object.hasOwn(array, "index")) return;
  const names = getOwnPropertyNames(array);
  // Indices come first, then `length`, then the others.
  const others = names.slice(names.lastIndexOf("length") + 1);
  const { count } = readOwn(walk, array, others, getOwnPropertySymbols(array));
  if (walk.found(length, count) > 0) walk.bytes += outOfObject(walk, count);
}
