import { getOwnPropertyDescriptor } from "./object-functions.ts";
import { readExtras } from "./extras.ts";
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
  readExtras(visitor, callable, "function");
}
