import { host } from "../host.ts";
import { PLATFORM } from "./platform.ts";

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
  | "native"
  | "platform";

/** What is known of all objects of one prototype. */
export interface Family {
  readonly kind: Kind;
  /** Whether a proxy stands in the chain of prototypes: then nothing is looked up along it. */
  readonly hasProxy: boolean;
  /** The class of the platform, for those alone. */
  readonly platform?: string | undefined;
}

const { getPrototypeOf, getOwnPropertyDescriptor } = Object;

/** Kinds by the constructors of this realm. */
const KINDS: Readonly<Record<string, Kind>> = {
  Map: "map",
  Set: "set",
  Date: "date",
  RegExp: "regexp",
  Error: "error",
  Promise: "promise",
  ArrayBuffer: "arrayBuffer",
  SharedArrayBuffer: "arrayBuffer",
  WeakRef: "weakRef",
  WeakMap: "weakMap",
  WeakSet: "weakMap",
  FinalizationRegistry: "finalizationRegistry",
  String: "wrapper",
  Number: "wrapper",
  Boolean: "wrapper",
  BigInt: "wrapper",
  Symbol: "wrapper",
  Object: "object",
};

/** Constructors as this module found them: what a program puts in their place later tells nothing. */
const built = globalThis as unknown as Record<string, { prototype: object } | undefined>;

/** Kinds by the built-in prototypes of this realm. */
function intrinsics(): Map<object | undefined, Kind> {
  const known = new Map(
    Object.entries(KINDS).map(([name, kind]) => [built[name]?.prototype, kind]),
  );
  // Generators, and iterators of collections.
  for (const native of [(function* () {})(), (async function* () {})(), new Map().entries()]) {
    known.set(getPrototypeOf(getPrototypeOf(native)) as object, "native");
  }
  return known;
}

let known: Map<object | undefined, Kind> | undefined;
const families = /* @__PURE__ */ new WeakMap<object, Family>();

/** What an object is, by its prototypes, and by its slots where they are of another realm or none. */
export function familyOf(value: object, proto: object | null): Family {
  if (proto === null) return { kind: kindBySlots(value), hasProxy: false };
  let family = families.get(proto);
  if (family === undefined) families.set(proto, (family = findFamily(value, proto)));
  return family;
}

function findFamily(value: object, proto: object): Family {
  known ??= intrinsics();
  for (let at: object | null = proto; at !== null; at = getPrototypeOf(at)) {
    if (host().isProxy(at)) return { kind: kindBySlots(value), hasProxy: true };
    const kind = known.get(at);
    if (kind !== undefined && kind !== "object") return { kind, hasProxy: false };
    const platform = platformName(at);
    if (platform !== undefined) return { kind: "platform", hasProxy: false, platform };
    if (kind !== undefined) return { kind, hasProxy: false };
  }
  return { kind: kindBySlots(value), hasProxy: false };
}

/** The name of a class of the platform, of which this is the prototype. */
function platformName(proto: object): string | undefined {
  const made: unknown = getOwnPropertyDescriptor(proto, "constructor")?.value;
  if (typeof made !== "function" || host().isProxy(made)) return undefined;
  const name: unknown = getOwnPropertyDescriptor(made, "name")?.value;
  // Some are made by the runtime when they are first asked for: only where such a value seems to be there.
  const isKnown = typeof name === "string" && Object.hasOwn(PLATFORM, name);
  return isKnown && (built[name] as unknown) === made ? name : undefined;
}

/** The kind of an object whose prototypes tell nothing, as those of another realm. */
function kindBySlots(value: object): Kind {
  const types = host().types as Readonly<Record<string, (value: unknown) => boolean>> | undefined;
  if (types === undefined) return "object";
  for (const name of Object.keys(KINDS)) {
    const is = types[`is${name}`] ?? types[`is${name}Object`] ?? types[`isNative${name}`];
    if (is?.(value)) return KINDS[name]!;
  }
  return types["isGeneratorObject"]!(value) ? "native" : "object";
}
