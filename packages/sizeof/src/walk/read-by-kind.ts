import { readBuffer, readView } from "./binary.ts";
import { readCollection } from "./collections.ts";
import { readExtras } from "./extras.ts";
import { familyOf, type Family } from "./family.ts";
import { readFunction } from "./functions.ts";
import { unbox } from "./intrinsics.ts";
import { PART } from "./limits.ts";
import { getOwnPropertySymbols } from "./object-functions.ts";
import { readOrdinary } from "./ordinary.ts";
import { readPlatform } from "./platform.ts";
import { addReported } from "./reported.ts";
import type { Visitor } from "./visitor.ts";

/** Adds an object that is neither an array nor an object whose fields a for-in loop shows. */
export function readByKind(visitor: Visitor, object: object, proto: object | null): void {
  if (typeof object === "function") return readFunction(visitor, object);
  if (addReported(visitor, object, proto)) return;
  const family = familyOf(object, proto);
  visitor.addInherited(family, proto);
  if (ArrayBuffer.isView(object)) return readView(visitor, object);
  if (family.kind !== "object" && readBuiltIn(visitor, object, family)) return;
  readOrdinary(visitor, object, proto, family);
  // An object can have the prototype of a built-in class without its slots.
  if (family.kind !== "object" || family.isNative) visitor.opaque++;
}

/**
 * Adds an object of a built-in kind, with the properties that the program gave it. Returns false if
 * the object has the prototype of the kind, but not its slots.
 */
function readBuiltIn(visitor: Visitor, object: object, { kind, platform }: Family): boolean {
  const { profile } = visitor;
  let keys: (string | symbol)[] | undefined;
  switch (kind) {
    case "map":
    case "set":
      if (!readCollection(visitor, object, kind)) return false;
      break;
    case "arrayBuffer":
      if (!readBuffer(visitor, object)) return false;
      break;
    case "wrapper": {
      const primitive = unbox(object);
      if (primitive === undefined) return false;
      visitor.bytes += profile.wrapper;
      visitor.read(primitive);
      // The characters of a boxed text look like properties of the box.
      if (typeof primitive === "string") {
        const { length } = primitive;
        keys =
          length > PART ? getOwnPropertySymbols(object) : Reflect.ownKeys(object).slice(length + 1);
      }
      break;
    }
    case "date":
      visitor.bytes += profile.date;
      // V8 11 has a box for the time, except for times in the first weeks of 1970.
      visitor.bounds?.add(profile.double, 0);
      break;
    case "platform":
      readPlatform(visitor, object, platform!);
      break;
    case "native":
    case "object":
      return false;
    // The other kinds are opaque. Each has a figure in the profile.
    default:
      visitor.addOpaque(profile[kind]);
  }
  readExtras(visitor, object, kind, keys);
  return true;
}
