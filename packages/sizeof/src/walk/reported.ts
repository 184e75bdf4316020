import { print } from "../print.ts";
import { SIZE } from "../size.ts";
import { familyOf } from "./family.ts";
import { getOwnPropertyDescriptor, getPrototypeOf } from "./object-functions.ts";
import type { Visitor } from "./visitor.ts";

/**
 * Adds the bytes that the `SIZE` method of an object returns. Returns false if the object has no
 * such method.
 *
 * @throws {RangeError} if the method returns anything but a finite number of at least 0.
 */
export function addReported(visitor: Visitor, object: object, proto: object | null): boolean {
  // A lookup along a chain of prototypes that has a proxy would run a trap.
  if (proto !== null && familyOf(object, proto).hasProxy) return false;
  if (!(SIZE in object)) return false;
  let property: PropertyDescriptor | undefined;
  for (let at: object | null = object; property === undefined && at !== null;) {
    property = getOwnPropertyDescriptor(at, SIZE);
    at = getPrototypeOf(at) as object | null;
  }
  const report: unknown = property?.value;
  if (typeof report !== "function") return false;
  visitor.bytes += visitor.call((): number => {
    const bytes: unknown = Reflect.apply(report, object, []);
    if (typeof bytes === "number" && bytes >= 0 && bytes < Infinity) return Math.ceil(bytes);
    throw new RangeError(
      `Cannot size value: its [SIZE]() returns ${print(bytes)}, expected a finite number >= 0`,
    );
  });
  return true;
}
