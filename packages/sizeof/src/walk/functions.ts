import { getOwnPropertyDescriptor } from "./object-functions.ts";
import { readOwn } from "./properties.ts";
import { keysOf, outOfObject } from "./extras.ts";
import type { Walk } from "./walk.ts";

export function readFunction(walk: Walk, callable: object): void {
  // Classes and the engine's own constructors are code.
  const prototype = getOwnPropertyDescriptor(callable, "prototype");
  if (prototype?.writable === false) {
    walk.objects--;
    return;
  }
  walk.atom(walk.profile.closure);
  walk.opaque++;
  const own = readOwn(walk, callable, keysOf(callable, "function"));
  if (own.count > 0) outOfObject(walk, own);
}
