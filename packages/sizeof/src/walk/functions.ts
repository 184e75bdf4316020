import { getOwnPropertyDescriptor } from "./object-functions.ts";
import { readOwn } from "./properties.ts";
import { keysOf, outOfObject } from "./extras.ts";
import type { Visitor } from "./visitor.ts";

export function readFunction(visitor: Visitor, callable: object): void {
  // Classes and the engine's own constructors are code.
  const prototype = getOwnPropertyDescriptor(callable, "prototype");
  if (prototype?.writable === false) {
    visitor.objects--;
    return;
  }
  visitor.addShareable(visitor.profile.closure);
  visitor.opaque++;
  const own = readOwn(visitor, callable, keysOf(callable, "function"));
  if (own.count > 0) outOfObject(visitor, own);
}
