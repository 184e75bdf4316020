import { PART } from "./limits.ts";
import { isDigit } from "./is-digit.ts";
import { getPrototypeOf } from "./object-functions.ts";
import { textBytes } from "./text.ts";
import type { Visitor } from "./visitor.ts";

/**
 * A value with this many objects may have a cycle, in which the loop would never end. The walk
 * reads such a value again.
 */
const LARGEST_TREE = 1_048_576;
const EMPTY = {};

/**
 * Reads a value that is a tree of data, as the caller promised with `plain: true`, if only the sum
 * is wanted. Leaves everything rare to the walk, so that the loop is short and V8 compiles it as
 * one piece (docs/decisions/sizing.md). Returns false if the value may have a cycle.
 */
export function readTree(visitor: Visitor): boolean {
  const { stack } = visitor;
  // If a program added fields to Object.prototype, the loops below would show them.
  // oxlint-disable-next-line guard-for-in
  for (const _ in EMPTY) return false;
  while (visitor.objects < LARGEST_TREE) {
    const object = stack.pop();
    if (object === undefined) return true;
    if (Array.isArray(object)) {
      // A longer array may be a hash table.
      if (object.length > PART) visitor.visit(object);
      else Reflect.apply(readList, { visitor, list: object }, object);
    } else if (getPrototypeOf(object) === Object.prototype) {
      readRecord(visitor, object as Readonly<Record<string, unknown>>);
    } else visitor.visit(object);
  }
  return false;
}

/** Adds a plain object. */
function readRecord(visitor: Visitor, record: Readonly<Record<string, unknown>>): void {
  const { stack, profile } = visitor;
  const { smallest, double } = profile;
  let bytes = 0;
  let count = 0;
  let characters = 0;
  let first = 0;
  for (const key in record) {
    if (count === 0) {
      first = key.charCodeAt(0);
      if (isDigit(first)) return visitor.visit(record);
    }
    count++;
    characters += key.length;
    const value = record[key];
    if (typeof value === "string") {
      bytes += textBytes(value, profile);
    } else if (typeof value === "number") {
      if ((value | 0) !== value || value >= smallest || value < -smallest) bytes += double;
    } else if (typeof value === "object") {
      if (value !== null) stack.push(value);
    } else if (typeof value !== "boolean") visitor.read(value);
  }
  visitor.objects++;
  visitor.bytes += bytes;
  visitor.addFields(record, Object.prototype, count, characters, first);
}

/**
 * Adds an array, whose elements are the arguments of the call. If the function read them by index,
 * V8 might box them (see `readArray`).
 */
function readList(this: { readonly visitor: Visitor; readonly list: readonly unknown[] }): void {
  const { visitor, list } = this;
  const { stack, profile } = visitor;
  const { smallest, double, slot, emptyArray, arrayHeader } = profile;
  const { length } = arguments;
  let bytes = length === 0 ? emptyArray : arrayHeader;
  let doubles = 0;
  let isNumeric = true;
  for (let at = 0; at < length; at++) {
    const value: unknown = arguments[at];
    if (typeof value === "number") {
      if ((value | 0) !== value || value >= smallest || value < -smallest) doubles++;
      continue;
    }
    if (value === undefined && !Object.hasOwn(list, at)) continue;
    isNumeric = false;
    if (typeof value === "string") {
      bytes += textBytes(value, profile);
    } else if (typeof value === "object") {
      if (value !== null) stack.push(value);
    } else if (typeof value !== "boolean") visitor.read(value);
  }
  visitor.objects++;
  bytes += slot * length;
  // An array of numbers has no boxes: it stores each number in 8 bytes.
  if (!isNumeric) bytes += doubles * double;
  else if (doubles > 0) bytes += (8 - slot) * length;
  visitor.bytes += bytes;
}
