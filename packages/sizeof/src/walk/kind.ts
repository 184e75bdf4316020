import { host } from "../host.ts";

/** What an object is by its internal slots; `object` for an ordinary one. */
export type Kind =
  | "object"
  | "map"
  | "set"
  | "date"
  | "regexp"
  | "error"
  | "promise"
  | "weakRef"
  | "weakMap"
  | "finalizationRegistry"
  | "arrayBuffer"
  | "wrapper"
  | "native";

/** What is known of all objects of one prototype. */
export interface Family {
  readonly kind: Kind;
  /** Whether a proxy stands in the chain of prototypes: then nothing is looked up along it. */
  readonly hasProxy: boolean;
  /** Whether a class in the chain is the engine's own, or has private fields, so that fields are out of sight. */
  isClosed: boolean | undefined;
}

const { getPrototypeOf, getOwnPropertyDescriptor } = Object;

/** Built-in prototypes of this realm. */
function intrinsics(): Map<object | null, Kind> {
  const generator = getPrototypeOf(getPrototypeOf((function* () {})()) as object);
  const asyncGenerator = getPrototypeOf(getPrototypeOf((async function* () {})()) as object);
  const iterator = getPrototypeOf(getPrototypeOf(new Map().entries())) as object;
  return new Map<object | null, Kind>([
    [Map.prototype, "map"],
    [Set.prototype, "set"],
    [Date.prototype, "date"],
    [RegExp.prototype, "regexp"],
    [Error.prototype, "error"],
    [Promise.prototype, "promise"],
    [WeakRef.prototype, "weakRef"],
    [WeakMap.prototype, "weakMap"],
    [WeakSet.prototype, "weakMap"],
    [FinalizationRegistry.prototype, "finalizationRegistry"],
    [ArrayBuffer.prototype, "arrayBuffer"],
    ...(typeof SharedArrayBuffer === "function"
      ? [[SharedArrayBuffer.prototype, "arrayBuffer"] as const]
      : []),
    ...[String, Number, Boolean, BigInt, Symbol].map(
      ({ prototype }) => [prototype as object, "wrapper"] as const,
    ),
    ...[generator, asyncGenerator, iterator].map((proto) => [proto, "native"] as const),
    [Object.prototype, "object"],
  ]);
}

let known: Map<object | null, Kind> | undefined;
const families = new WeakMap<object, Family>();

const ORDINARY: Family = { kind: "object", hasProxy: false, isClosed: false };

/** What an object is, by its prototypes, and by its slots where they are of another realm or none. */
export function familyOf(value: object, proto: object | null): Family {
  if (proto === null) {
    const kind = kindBySlots(value);
    return kind === "object" ? ORDINARY : { kind, hasProxy: false, isClosed: undefined };
  }
  let family = families.get(proto);
  if (family === undefined) {
    family = findFamily(value, proto);
    families.set(proto, family);
  }
  return family;
}

function findFamily(value: object, proto: object): Family {
  known ??= intrinsics();
  const { isProxy } = host();
  for (let at: object | null = proto; at !== null; at = getPrototypeOf(at)) {
    if (isProxy(at)) return { kind: kindBySlots(value), hasProxy: true, isClosed: undefined };
    const kind = known.get(at);
    if (kind !== undefined) return { kind, hasProxy: false, isClosed: undefined };
  }
  return { kind: kindBySlots(value), hasProxy: false, isClosed: undefined };
}

/** The kind of an object whose prototypes tell nothing, as those of another realm. */
function kindBySlots(value: object): Kind {
  const { types } = host();
  if (types === undefined) return "object";
  if (types.isMap(value)) return "map";
  if (types.isSet(value)) return "set";
  if (types.isDate(value)) return "date";
  if (types.isRegExp(value)) return "regexp";
  if (types.isNativeError(value)) return "error";
  if (types.isPromise(value)) return "promise";
  if (types.isAnyArrayBuffer(value)) return "arrayBuffer";
  if (types.isWeakMap(value) || types.isWeakSet(value)) return "weakMap";
  if (types.isBoxedPrimitive(value)) return "wrapper";
  return types.isGeneratorObject(value) ? "native" : "object";
}

const sourceOf = Function.prototype.toString;
const PRIVATE = /[.;{}\s]#[\w$]/;

/** Whether a class along the chain of prototypes hides fields: it is built in, or its source has a private name. */
export function isClosed(family: Family, proto: object | null): boolean {
  if (family.isClosed !== undefined || family.hasProxy) return family.isClosed ?? true;
  let closed = false;
  for (let at = proto; at !== null && !known?.has(at); at = getPrototypeOf(at)) {
    const made: unknown = getOwnPropertyDescriptor(at, "constructor")?.value;
    if (typeof made !== "function" || host().isProxy(made)) continue;
    const source = sourceOf.call(made);
    closed ||= PRIVATE.test(source) || source.endsWith("{ [native code] }");
  }
  return (family.isClosed = closed);
}
