import { print } from "../print.ts";
import { aligned } from "../profile/profile.ts";
import { SIZE } from "../size.ts";
import {
  bufferBytes,
  bufferRoom,
  iterate,
  mapSize,
  PART,
  setSize,
  unbox,
  viewOf,
} from "./intrinsics.ts";
import { familyOf, type Family, type Kind } from "./kind.ts";
import { ask, PLATFORM } from "./platform.ts";
import type { Walk } from "./walk.ts";
import {
  getOwnPropertyDescriptor,
  getOwnPropertySymbols,
  getPrototypeOf,
} from "./object-functions.ts";

const { propertyIsEnumerable } = Object.prototype;

/** Keys that are part of the object itself. */
const OWN_KEYS: Partial<Record<Kind | "function", readonly PropertyKey[]>> = {
  function: ["length", "name", "prototype", "arguments", "caller"],
  regexp: ["lastIndex"],
};

/** Adds what is neither an array nor an object of which a loop shows the fields. */
export function readOther(walk: Walk, object: object, proto: object | null): void {
  if (typeof object === "function") return readFunction(walk, object);
  if (addReported(walk, object, proto)) return;
  const family = familyOf(object, proto);
  walk.inherit(family, proto);
  if (ArrayBuffer.isView(object)) return readView(walk, object);
  if (family.kind !== "object" && readBuiltIn(walk, object, family)) return;
  readOrdinary(walk, object, proto, family);
  if (family.kind !== "object" || family.isNative) walk.opaque++;
}

/** Adds an object by the list of its keys. */
export function readOrdinary(
  walk: Walk,
  object: object,
  proto: object | null,
  family?: Family,
): void {
  const own = readOwn(walk, object, Reflect.ownKeys(object));
  const { names, characters } = own;
  walk.fields(object, proto, own.count, characters, names[0]?.charCodeAt(0) ?? 0, family, names);
  if (own.elements > 0) addElements(walk, own);
}

/** Adds the bytes that the `SIZE` method of an object returns. Returns whether it has one. Throws a RangeError for a bad result. */
export function addReported(walk: Walk, object: object, proto: object | null): boolean {
  if (proto !== null && familyOf(object, proto).hasProxy) return false;
  if (!(SIZE in object)) return false;
  let property: PropertyDescriptor | undefined;
  for (let at: object | null = object; property === undefined && at !== null;) {
    property = getOwnPropertyDescriptor(at, SIZE);
    at = getPrototypeOf(at) as object | null;
  }
  const report: unknown = property?.value;
  if (typeof report !== "function") return false;
  walk.bytes += walk.call((): number => {
    const bytes: unknown = Reflect.apply(report, object, []);
    if (typeof bytes === "number" && bytes >= 0 && bytes < Infinity) return Math.ceil(bytes);
    throw new RangeError(
      `Cannot size value: its [SIZE]() returns ${print(bytes)}, expected a finite number >= 0`,
    );
  });
  return true;
}

/** What an object has of its own. */
export interface Own {
  /** Fields with a name. */
  readonly count: number;
  /** The names, but for symbols. */
  readonly names: readonly string[];
  /** Characters of the names. */
  readonly characters: number;
  /** Fields with an index. */
  readonly elements: number;
  /** The highest index, or -1. */
  readonly highest: number;
}

/** Adds the values of own properties, without the room for them. */
export function readOwn(walk: Walk, object: object, keys: readonly (string | symbol)[]): Own {
  const named: string[] = [];
  let count = 0;
  let characters = 0;
  let elements = 0;
  let highest = -1;
  for (const key of keys) {
    const property = propertyOf(object, key);
    if (property === undefined) continue;
    const index = toIndex(key);
    if (index >= 0) {
      elements++;
      highest = index;
    } else {
      if (typeof key === "symbol") walk.bands?.symbol(key);
      else {
        named.push(key);
        characters += key.length;
      }
      if (typeof key === "symbol" || !isAccessor(property)) count++;
    }
    if (isAccessor(property)) walk.accessor(property);
    else walk.read(property.value);
    if (walk.isFull(count + elements)) break;
  }
  return { count, names: named, characters, elements, highest };
}

/** Adds fields that for-in does not show. */
export function hiddenFields(walk: Walk, object: object): Own {
  const isHidden = (key: string | symbol): boolean =>
    typeof key === "symbol" || !propertyIsEnumerable.call(object, key);
  return readOwn(walk, object, Reflect.ownKeys(object).filter(isHidden));
}

/** A stack that V8 made is a native getter in the guise of a value: asking for it calls `Error.prepareStackTrace`. */
function propertyOf(object: object, key: PropertyKey): PropertyDescriptor | undefined {
  if (key === "stack" && !propertyIsEnumerable.call(object, key)) return undefined;
  try {
    return getOwnPropertyDescriptor(object, key);
  } catch {
    // A binding of a module that has no value yet.
    return undefined;
  }
}

export function isAccessor({ get, set }: PropertyDescriptor): boolean {
  return get !== set;
}

/** The index that a key is, or -1. */
function toIndex(key: PropertyKey): number {
  const index = typeof key === "string" ? Number(key) : -1;
  return index >= 0 && index < 2 ** 32 - 1 && String(index) === key ? index : -1;
}

function keysOf(object: object, kind: Kind | "function"): (string | symbol)[] {
  return Reflect.ownKeys(object).filter((key) => !OWN_KEYS[kind]?.includes(key));
}

/** Elements that a list has room for to which so many were added one by one. */
export function roomOf(length: number): number {
  let room = 0;
  while (room < length) room += 17 + ((room + 1) >> 1);
  return room;
}

/** Adds room for fields with an index: a list, or a hash table where that saves much. */
function addElements(walk: Walk, { elements, highest }: Own): void {
  const { slot, sparse } = walk.profile;
  const asList = slot * (2 + roomOf(highest + 1));
  const asTable = sparse(elements);
  const isTable = 3 * asTable <= asList || highest > 1024 + 2 * elements;
  walk.bytes += isTable ? asTable : asList;
  walk.bands?.indices(elements, asList, asTable, isTable);
}

function readFunction(walk: Walk, callable: object): void {
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

function readView(walk: Walk, view: object): void {
  const { profile, bands } = walk;
  const { buffer, byteLength, isDataView } = viewOf(view);
  const total = bufferBytes(buffer) ?? 0;
  walk.bytes += isDataView ? profile.dataView : profile.typedArray;
  bands?.view(walk, view, buffer, byteLength);
  const isSmall = !isDataView && total <= profile.onHeapBytes && byteLength === total;
  const isInHeap = isSmall && bufferRoom(buffer) === total;
  if (!isInHeap) {
    // Next on the stack, so that it is known to be held by this view.
    walk.stack.push(buffer);
    // The buffer is known if another view brought it.
  } else if (walk.isNew(buffer)) {
    walk.bytes += profile.arrayBuffer;
    // All that are empty share one.
    if (total > 0) walk.bytes += aligned(profile.onHeapHeader + total, profile);
    bands?.add(24, 0);
  }
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

/**
 * Adds what a Map or a Set holds, but no more than it held at first: code of the caller may add to it. If it was made
 * of arrays of numbers of which one has a fraction, all are boxes.
 */
function readCollection(walk: Walk, collection: object, isMap: boolean, size: number): void {
  const iterator = iterate(collection, isMap);
  let left = size;
  let small = 0;
  let hasBoxes = false;
  const read = (value: unknown): void => {
    walk.read(value);
    if (!walk.spare || typeof value !== "number") return;
    if (walk.isSmall(value)) small++;
    else hasBoxes = true;
  };
  walk.inParts(size, () => {
    for (const end = Math.max(0, left - PART); left > end; left--) {
      const { done, value } = iterator.next();
      if (done === true) return false;
      if (isMap) {
        read((value as unknown[])[0]);
        read((value as unknown[])[1]);
      } else read(value);
    }
    if (left > 0) return true;
    if (hasBoxes) walk.bytes += small * walk.profile.double;
    return false;
  });
}

function readPlatform(walk: Walk, object: object, name: string): void {
  walk.unseen(PLATFORM[name]!);
  if (name === "URL") walk.text(String(ask("URL", "href", object)));
  if (name !== "Blob" && name !== "File") return;
  const size = Number(ask("Blob", "size", object) ?? 0);
  walk.bytes += size;
  walk.external += size;
}

/** Adds own properties of a built-in object. */
function readExtras(
  walk: Walk,
  object: object,
  kind: Kind,
  keys: readonly (string | symbol)[] = keysOf(object, kind),
): void {
  const own = readOwn(walk, object, keys);
  // An error has room for its message; what there is of the platform's own is in its figure.
  const more = kind === "error" ? own.count - 1 : kind === "platform" ? 0 : own.count;
  if (more > 0) outOfObject(walk, own, more);
}

/** Adds the list of fields that an object of the engine's own gets for those of the program. */
export function outOfObject(walk: Walk, { count, characters }: Own, more: number = count): void {
  const bytes = walk.profile.slot * (2 + 3 * Math.ceil(more / 3));
  walk.bytes += bytes;
  walk.bands?.shape(count, characters);
}

function readBuffer(walk: Walk, buffer: object): boolean {
  const external = bufferBytes(buffer);
  if (external === undefined) return false;
  walk.bytes += walk.profile.arrayBuffer;
  // If it is asked about all objects, that comes at the end.
  if (walk.share?.parts !== "large" || walk.charge(buffer, external)) {
    walk.bytes += external;
    walk.external += external;
    walk.bands?.buffer(buffer, external, bufferRoom(buffer));
  }
  return true;
}
