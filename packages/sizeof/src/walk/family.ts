import { attempt, host } from "../host.ts";
import { KINDS, PLATFORM, type Kind } from "./kinds.ts";
import { getOwnPropertyDescriptor, getPrototypeOf } from "./object-functions.ts";

/** What is known of all objects of one prototype. */
export interface Family {
  readonly kind: Kind;
  /** Whether a proxy stands in the chain of prototypes: then nothing is looked up along it. */
  readonly hasProxy: boolean;
  /** Whether a class along the chain has private fields, or a proxy stands in it. */
  readonly isClosed: boolean;
  /** Whether a class along the chain is the engine's own. */
  readonly isNative: boolean;
  /** Whether the prototype belongs to its objects: it has no constructor, and holds data or no function. */
  readonly isHeritage: boolean;
  /** Fields of the first object that none of its classes names, once that was asked. */
  undeclared?: number;
  /** The class of the platform, for those alone. */
  readonly platform?: string | undefined;
}

const sourceOf = Function.prototype.toString;
/** A private name, or one of the functions that compilers put in its place. */
const PRIVATE = /[.;{}*\s]#[\w$\\-\uffff]|rivate(?:Add|Field)/;

/** The global object, which has the constructors by name. */
const built = globalThis as unknown as Record<string, { prototype: object } | undefined>;

/** Kinds by the built-in prototypes of this realm. */
function intrinsics(): Map<object | undefined, Kind> {
  return new Map(
    Object.entries(KINDS).map(([name, kind]) => [attempt(() => built[name]!.prototype), kind]),
  );
}

let known: Map<object | undefined, Kind> | undefined;
const families = /* @__PURE__ */ new WeakMap<object, Family>();

/** A text up to here is a constant rather than data. */
export const SHORT = 12;

/** What an object is, by its prototypes, and by its slots where they are of another realm or none. */
export function familyOf(value: object, proto: object | null): Family {
  let family = proto === null ? undefined : families.get(proto);
  if (family === undefined) {
    family = findFamily(value, proto);
    if (proto !== null) families.set(proto, family);
  }
  return family;
}

function findFamily(value: object, proto: object | null): Family {
  known ??= intrinsics();
  let hasProxy = false;
  let isClosed = false;
  let isNative = false;
  let isHeritage = false;
  /** Whether a class, or methods, came before. */
  let isCode = false;
  const found = (kind: Kind, platform?: string): Family => {
    return { kind, hasProxy, isClosed, isNative, isHeritage, platform };
  };
  for (let at = proto; at !== null; at = getPrototypeOf(at) as object | null) {
    if (host().isProxy(at)) {
      hasProxy = isClosed = true;
      break;
    }
    const kind = known.get(at);
    if (kind !== undefined) return found(kind);
    const made = getOwnPropertyDescriptor(at, "constructor");
    const maker: unknown = made?.value;
    if (typeof maker !== "function") {
      const contents = contentsOf(at);
      isNative ||= contents.isNative;
      isHeritage ||= !isCode && made === undefined && contents.isHeritage;
      isCode ||= contents.isCode;
      continue;
    }
    isCode = true;
    if (host().isProxy(maker)) isClosed = true;
    // The last one is the Object.prototype of another realm.
    else if (getPrototypeOf(at) !== null) {
      const platform = platformName(maker);
      if (platform !== undefined) return found("platform", platform);
      isClosed ||= PRIVATE.test(sourceOf.call(maker));
      isNative ||= isOfEngine(maker);
    }
  }
  return found(kindBySlots(value));
}

function isOfEngine(callable: object): boolean {
  return sourceOf.call(callable).endsWith("{ [native code] }");
}

/**
 * Whether a prototype without a constructor is the engine's own, all of whose functions are native; and whether
 * it belongs to its objects: it holds data, or no function.
 */
function contentsOf(proto: object): { isCode: boolean } & Pick<Family, "isNative" | "isHeritage"> {
  const isModule = host().types?.isModuleNamespaceObject(proto) === true;
  const held = Reflect.ownKeys(isModule ? {} : proto).map((key) => {
    const { get, value } = getOwnPropertyDescriptor(proto, key)!;
    return (get ?? value) as unknown;
  });
  const functions = held.filter((value) => typeof value === "function");
  const isCode = functions.length > 0;
  const isNative = isCode && functions.every(isOfEngine);
  const isData = held.some(
    (value) => typeof value === "object" || (typeof value === "string" && value.length > SHORT),
  );
  const isHeritage = !isNative && held.length > 0 && (isData || !isCode);
  return { isCode, isNative, isHeritage };
}

/** How many fields of an object none of its classes names: a loop or `Object.assign` gave them to it. Read once a family. */
export function undeclaredOf(object: object, family: Family): number {
  return (family.undeclared ??= family.hasProxy ? 0 : countUndeclared(object));
}

function countUndeclared(object: object): number {
  let sources = "";
  for (let at: object | null = object; ;) {
    at = getPrototypeOf(at) as object | null;
    const maker: unknown = at && getOwnPropertyDescriptor(at, "constructor")?.value;
    if (typeof maker !== "function" || known!.has(at!)) break;
    sources += sourceOf.call(maker);
  }
  if (sources === "") return 0;
  return Object.keys(object).filter((name) => !sources.includes(name)).length;
}

/** The name of a class of the platform. */
function platformName(made: object): string | undefined {
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
