import { readBuffer, readView } from "./binary.ts";
import { readCollection } from "./collections.ts";
import { readExtras } from "./extras.ts";
import { familyOf, type Family } from "./family.ts";
import { readFunction } from "./functions.ts";
import { mapSize, PART, setSize, unbox } from "./intrinsics.ts";
import { getOwnPropertySymbols } from "./object-functions.ts";
import { readOrdinary } from "./ordinary.ts";
import { readPlatform } from "./platform.ts";
import { addReported } from "./reported.ts";
import type { Walk } from "./walk.ts";

/** Adds what is neither an array nor an object of which a loop shows the fields. */
export function readByKind(walk: Walk, object: object, proto: object | null): void {
  if (typeof object === "function") return readFunction(walk, object);
  if (addReported(walk, object, proto)) return;
  const family = familyOf(object, proto);
  walk.inherit(family, proto);
  if (ArrayBuffer.isView(object)) return readView(walk, object);
  if (family.kind !== "object" && readBuiltIn(walk, object, family)) return;
  readOrdinary(walk, object, proto, family);
  if (family.kind !== "object" || family.isNative) walk.opaque++;
}

function readBuiltIn(walk: Walk, object: object, { kind, platform }: Family): boolean {
  const { profile } = walk;
  let keys: (string | symbol)[] | undefined;
  switch (kind) {
    case "map":
    case "set": {
      const isMap = kind === "map";
      const size = isMap ? mapSize(object) : setSize(object);
      if (size === undefined) return false;
      walk.bytes += profile[kind](size);
      walk.bands?.table(size, profile[kind], !isMap);
      readCollection(walk, object, isMap, size);
      break;
    }
    case "arrayBuffer":
      if (!readBuffer(walk, object)) return false;
      break;
    case "wrapper": {
      const primitive = unbox(object);
      if (primitive === undefined) return false;
      walk.bytes += profile.wrapper;
      walk.read(primitive);
      // The characters of a boxed text look like properties of it.
      if (typeof primitive === "string") {
        const { length } = primitive;
        keys =
          length > PART ? getOwnPropertySymbols(object) : Reflect.ownKeys(object).slice(length + 1);
      }
      break;
    }
    case "date":
      walk.bytes += profile.date;
      // V8 11 boxes its time, unless that is in the first weeks of 1970.
      walk.bands?.add(profile.double, 0);
      break;
    case "platform":
      readPlatform(walk, object, platform!);
      break;
    case "native":
    case "object":
      return false;
    default:
      walk.unseen(profile[kind]);
  }
  readExtras(walk, object, kind, keys);
  return true;
}
