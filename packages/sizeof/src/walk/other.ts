import { print } from "../print.ts";
import { aligned } from "../profile/profile.ts";
import { SIZE } from "../size.ts";
import {
  bufferBytes,
  bufferRoom,
  entriesOf,
  mapSize,
  setSize,
  unbox,
  valuesOf,
  viewOf,
} from "./intrinsics.ts";
import { familyOf, isClosed, type Kind } from "./kind.ts";
import { platformBytes } from "./platform.ts";
import type { Cursor, Walk } from "./walk.ts";

const { getPrototypeOf, getOwnPropertyDescriptor, getOwnPropertyNames, getOwnPropertySymbols } =
  Object;
const { propertyIsEnumerable } = Object.prototype;

/** Entries of a container that are read before what they hold is visited. */
const CHUNK = 512;

/** Keys that are part of the object itself, and the stack of an error, which would be written at the first look at it. */
const OWN_KEYS: Partial<Record<Kind | "function", readonly string[]>> = {
  function: ["length", "name", "prototype", "arguments", "caller"],
  regexp: ["lastIndex"],
};

/** Adds what is neither a plain object nor an array. */
export function readOther(walk: Walk, object: object, proto: object | null): void {
  if (typeof object === "function") return readFunction(walk, object);
  if (ArrayBuffer.isView(object)) return readView(walk, object);
  if (object === globalThis || !walk.isNew(object)) return;
  const reported = reportedBytes(walk, object, proto);
  if (reported !== undefined) {
    walk.bytes += reported;
    return;
  }
  const family = familyOf(object, proto);
  const { kind } = family;
  if (kind !== "object" && readBuiltIn(walk, object, kind)) return;
  const hasClass = kind === "object" && proto !== null && !family.hasProxy;
  const platform = hasClass ? platformBytes(object, proto) : undefined;
  if (platform !== undefined) {
    walk.unseen(platform.heap + platform.external);
    walk.external += platform.external;
    walk.text(platform.text, false);
    readOwn(walk, object, namesOf(walk, object), getOwnPropertySymbols(object));
    return;
  }
  const own = readOwn(walk, object, namesOf(walk, object), getOwnPropertySymbols(object));
  if (proto === null) addDictionary(walk, own.count);
  else walk.fields(own.count, proto === Object.prototype);
  if (own.elements > 0) addElements(walk, own);
  if (kind !== "object" || (walk.options.isBanded && isClosed(family, proto))) walk.opaque++;
}

/** What an object says of itself under `SIZE`; undefined where it says nothing. Throws a RangeError for what is no size. */
export function reportedBytes(
  walk: Walk,
  object: object,
  proto: object | null,
): number | undefined {
  if (walk.options.plain || (proto !== null && familyOf(object, proto).hasProxy)) return undefined;
  if (!(SIZE in object)) return undefined;
  for (let at: object | null = object; at !== null; at = getPrototypeOf(at) as object | null) {
    const property = getOwnPropertyDescriptor(at, SIZE);
    if (property === undefined) continue;
    const report: unknown = property.value;
    if (typeof report !== "function") return undefined;
    const bytes = walk.call((): unknown => Reflect.apply(report, object, []));
    if (typeof bytes === "number" && bytes >= 0 && bytes < Infinity) return bytes;
    throw new RangeError(
      `Cannot size value: its [SIZE]() returns ${print(bytes)}, expected a finite number >= 0`,
    );
  }
  return undefined;
}

/** What an object has of its own. */
export interface Own {
  /** Fields with a name. */
  readonly count: number;
  /** Fields with an index. */
  readonly elements: number;
  /** The highest index, or -1. */
  readonly highest: number;
}

/** Adds the values of own properties, without the room for them. */
export function readOwn(
  walk: Walk,
  object: object,
  names: readonly string[],
  symbols: readonly symbol[] = [],
): Own {
  let count = 0;
  let elements = 0;
  let highest = -1;
  for (const key of names) {
    const property = propertyOf(object, key);
    if (property === undefined) continue;
    const index = toIndex(key);
    if (index >= 0) {
      elements++;
      highest = index;
    } else if (!isAccessor(property)) count++;
    addProperty(walk, property);
  }
  for (const key of symbols) {
    addProperty(walk, getOwnPropertyDescriptor(object, key)!);
    count++;
  }
  return { count, elements, highest };
}

/** Adds fields that for-in does not show. Returns their number. */
export function hiddenFields(walk: Walk, object: object): number {
  const hidden = getOwnPropertyNames(object).filter(
    (key) => !propertyIsEnumerable.call(object, key),
  );
  const symbols = getOwnPropertySymbols(object);
  if (hidden.length + symbols.length === 0) return 0;
  return readOwn(walk, object, hidden, symbols).count;
}

/** A stack that V8 made is a native getter in the guise of a value: asking for it calls `Error.prepareStackTrace`. */
function propertyOf(object: object, key: string): PropertyDescriptor | undefined {
  if (key === "stack" && !propertyIsEnumerable.call(object, key)) return undefined;
  return getOwnPropertyDescriptor(object, key);
}

function isAccessor({ get, set }: PropertyDescriptor): boolean {
  return get !== set;
}

function addProperty(walk: Walk, property: PropertyDescriptor): void {
  if (isAccessor(property)) walk.accessor(property);
  else walk.read(property.value);
}

/** The index that a key is, or -1. */
function toIndex(key: string): number {
  const code = key.charCodeAt(0);
  if (!(code >= 48 && code <= 57)) return -1;
  const index = Number(key);
  return index < 2 ** 32 - 1 && String(index) === key ? index : -1;
}

function namesOf(walk: Walk, object: object, kind?: Kind | "function"): string[] {
  const names = walk.options.plain ? Object.keys(object) : getOwnPropertyNames(object);
  const skipped = kind && OWN_KEYS[kind];
  return skipped ? names.filter((name) => !skipped.includes(name)) : names;
}

/** An object without prototype is a hash table from the start. */
function addDictionary(walk: Walk, count: number): void {
  const { objectHeader, dictionary, slot } = walk.profile;
  const bytes = objectHeader + dictionary(count);
  walk.bytes += bytes;
  if (!walk.options.isBanded) return;
  walk.low += bytes - objectHeader - slot * count;
  walk.high += dictionary(Math.max(2 * count, 8)) - dictionary(count);
}

/** Adds room for fields with an index: a list, or a hash table where that saves much. */
function addElements(walk: Walk, { elements, highest }: Own): void {
  const { slot, sparse } = walk.profile;
  let room = 17;
  while (room <= highest) room += 17 + ((room + 1) >> 1);
  const asList = 2 * slot + slot * room;
  const asTable = sparse(elements);
  const isTable = 3 * asTable <= asList || highest > 1024 + 2 * elements;
  walk.bytes += isTable ? asTable : asList;
  if (!walk.options.isBanded) return;
  walk.low += isTable
    ? asTable - slot * elements
    : asList - Math.min(asTable, slot * (elements + 2));
  walk.high += isTable ? Math.max(0, Math.min(asList, 8192 * slot) - asTable) + asTable : asList;
}

function readFunction(walk: Walk, callable: object): void {
  // Classes and the engine's own constructors are code.
  const prototype = getOwnPropertyDescriptor(callable, "prototype");
  if (prototype?.writable === false || !walk.isNew(callable)) return;
  walk.atom(walk.profile.closure);
  walk.opaque++;
  readOwn(walk, callable, namesOf(walk, callable, "function"), getOwnPropertySymbols(callable));
}

function readView(walk: Walk, view: object): void {
  const { profile, options } = walk;
  const { buffer, byteLength, isDataView } = viewOf(view);
  const total = bufferBytes(buffer) ?? 0;
  if (!walk.isNew(view)) return;
  if (isDataView) walk.bytes += profile.dataView;
  else walk.bytes += profile.typedArray;
  const isInHeap = !isDataView && total <= profile.onHeapBytes && byteLength === total;
  if (isInHeap && isFirst(walk, buffer as object)) {
    walk.bytes += profile.arrayBuffer + aligned(profile.onHeapHeader + total, profile);
    if (options.isBanded) walk.low += 24;
    return;
  }
  if (isSliceOfPool(view, byteLength, total)) {
    const share = Math.ceil(byteLength / 8) * 8;
    walk.bytes += share;
    walk.external += share;
    if (options.isBanded) {
      walk.low += share;
      walk.high += total + profile.arrayBuffer;
    }
    return;
  }
  if (!isInHeap) walk.stack.push(buffer as object);
}

/** Whether a buffer was not charged before; it is from now on. */
function isFirst(walk: Walk, buffer: object): boolean {
  return walk.options.seen?.add(buffer) !== false && walk.isNew(buffer);
}

/** Node cuts small Buffers out of one that the program shares. */
function isSliceOfPool(view: object, byteLength: number, total: number): boolean {
  const { Buffer } = globalThis as { Buffer?: { poolSize: number; prototype: object } };
  return (
    Buffer !== undefined &&
    total === Buffer.poolSize &&
    byteLength < total >>> 1 &&
    getPrototypeOf(view) === Buffer.prototype
  );
}

function readBuiltIn(walk: Walk, object: object, kind: Kind): boolean {
  const { profile } = walk;
  switch (kind) {
    case "map":
      return readMap(walk, object);
    case "set":
      return readSet(walk, object);
    case "arrayBuffer":
      if (!readBuffer(walk, object)) return false;
      break;
    case "wrapper": {
      const primitive = unbox(object);
      if (primitive === undefined) return false;
      walk.bytes += profile.wrapper;
      walk.read(primitive);
      // The characters of a boxed text look like properties of it.
      if (typeof primitive === "string") return true;
      break;
    }
    case "date":
      walk.bytes += profile.date;
      // V8 11 boxes its time, unless that is in the first weeks of 1970.
      if (walk.options.isBanded) walk.low += profile.double;
      break;
    case "native":
    case "object":
      return false;
    default:
      walk.unseen(profile[kind]);
  }
  readExtras(walk, object, kind);
  return true;
}

/** Adds own properties of a built-in object. */
function readExtras(walk: Walk, object: object, kind: Kind): void {
  const names = namesOf(walk, object, kind);
  const symbols = getOwnPropertySymbols(object);
  if (names.length + symbols.length === 0) return;
  const { count } = readOwn(walk, object, names, symbols);
  // An error has room for its message.
  const more = kind === "error" ? count - 1 : count;
  if (more > 0) walk.bytes += outOfObject(walk, more);
}

/** Bytes of the list of fields that an object of the engine's own gets for those of the program. */
export function outOfObject({ profile }: Walk, count: number): number {
  return profile.slot * (2 + 3 * Math.ceil(count / 3));
}

function readBuffer(walk: Walk, buffer: object): boolean {
  const external = bufferBytes(buffer);
  if (external === undefined) return false;
  walk.bytes += walk.profile.arrayBuffer;
  const { share, isBanded } = walk.options;
  if (share === undefined || walk.charge(buffer, external)) {
    walk.bytes += external;
    walk.external += external;
    if (isBanded) walk.high += bufferRoom(buffer) - external;
  }
  return true;
}

function readMap(walk: Walk, map: object): boolean {
  const size = mapSize(map);
  if (size === undefined) return false;
  walk.bytes += walk.profile.map(size);
  if (walk.options.isBanded) {
    walk.high += walk.profile.map(Math.max(4 * size, 16)) - walk.profile.map(size);
  }
  readExtras(walk, map, "map");
  const entries = entriesOf(map)!;
  addCursor(walk, {
    read(on) {
      for (let read = 0; read < chunkOf(on); read++) {
        const { done, value } = entries.next();
        if (done === true) return false;
        on.read(value[0]);
        on.read(value[1]);
      }
      return true;
    },
  });
  return true;
}

function readSet(walk: Walk, set: object): boolean {
  const size = setSize(set);
  if (size === undefined) return false;
  walk.bytes += walk.profile.set(size);
  if (walk.options.isBanded) {
    walk.high += walk.profile.set(Math.max(4 * size, 16)) - walk.profile.set(size);
    // Filled by add() it may have the room of an empty one.
    if (size <= 4) walk.low += walk.profile.set(size) - walk.profile.set(0);
  }
  readExtras(walk, set, "set");
  const values = valuesOf(set)!;
  addCursor(walk, {
    read(on) {
      for (let read = 0; read < chunkOf(on); read++) {
        const { done, value } = values.next();
        if (done === true) return false;
        on.read(value);
      }
      return true;
    },
  });
  return true;
}

function addCursor(walk: Walk, cursor: Cursor): void {
  if (cursor.read(walk)) walk.cursors.push(cursor);
}

/** What is charged by object has to be read with it. */
export function chunkOf(walk: Walk): number {
  return walk.options.share?.parts === "all" ? Infinity : CHUNK;
}
