import { readExtras } from "./extras.ts";
import { getOwnPropertyDescriptor } from "./object-functions.ts";
import type { Visitor } from "./visitor.ts";

/** Adds a function with its scope, of which only an estimate is known. */
export function readFunction(visitor: Visitor, callable: object): void {
  // Classes and constructors of the engine are code of the program, and count nothing.
  const prototype = getOwnPropertyDescriptor(callable, "prototype");
  if (prototype?.writable === false) {
    visitor.objects--;
    return;
  }
  visitor.addShareable(visitor.profile.closure);
  visitor.opaque++;
  readExtras(visitor, callable, "function");
}
