import { PART } from "./limits.ts";
import { textBytes } from "./text.ts";
import { isDigit } from "./is-digit.ts";
import type { Visitor } from "./visitor.ts";
import { getPrototypeOf } from "./object-functions.ts";

/** A value of so many objects is read again by the walk: it may have a cycle, in which this loop would stay. */
const LARGEST_TREE = 1_048_576;
const EMPTY = {};

/**
 * Does a walk of which the sum alone is wanted, over a value that is a tree of data, says the caller. Leaves to the
 * walk what is rare; the loop is so short that V8 compiles it as one. Returns whether the value may be a tree.
 */
export function readTree(visitor: Visitor): boolean {
  const { stack } = visitor;
  // A loop over fields would show what a program added to Object.prototype.
  // oxlint-disable-next-line guard-for-in
  for (const _ in EMPTY) return false;
  while (visitor.objects < LARGEST_TREE) {
    const object = stack.pop();
    if (object === undefined) return true;
    if (Array.isArray(object)) {
      // Longer ones may be hash tables.
      if (object.length > PART) visitor.visit(object);
      else Reflect.apply(readList, { visitor, list: object }, object);
    } else if (getPrototypeOf(object) === Object.prototype) {
      readRecord(visitor, object as Readonly<Record<string, unknown>>);
    } else visitor.visit(object);
  }
  return false;
}

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

/** Adds a list, whose elements are the arguments: read by index they might be boxed (see `readArray`). */
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
  // Arrays of numbers hold the numbers themselves, in 8 bytes each.
  if (!isNumeric) bytes += doubles * double;
  else if (doubles > 0) bytes += (8 - slot) * length;
  visitor.bytes += bytes;
}
