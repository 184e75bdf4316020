import { attempt, host } from "../host.ts";
import { KINDS, PLATFORM, type Kind } from "./kinds.ts";
import { LONGEST_CONSTANT } from "./limits.ts";
import { getOwnPropertyDescriptor, getPrototypeOf } from "./object-functions.ts";

/** What all objects with the same prototype have in common. */
export interface Family {
  readonly kind: Kind;
  /** Whether a prototype is a proxy. Then no property is looked up along the chain. */
  readonly hasProxy: boolean;
  /** Whether a class of the chain has private fields, or a proxy is in the chain. */
  readonly isClosed: boolean;
  /** Whether a class of the chain belongs to the engine. */
  readonly isNative: boolean;
  /**
   * Whether the prototype belongs to its objects and counts with them: it has no constructor, and
   * holds data or no functions.
   */
  readonly isHeritage: boolean;
  /** Fields of the first object that its classes do not name. Undefined until it is counted. */
  undeclared?: number;
  /** The name of the class, if the kind is `platform`. */
  readonly platform?: string | undefined;
}

const sourceOf = Function.prototype.toString;
/** A private name in the source of a class, or a function by which a compiler replaces one. */
const PRIVATE = /[.;{}*\s]#[\w$\\-\uffff]|rivate(?:Add|Field)/;

/** The global object, whose properties are the constructors. */
const built = globalThis as unknown as Record<string, { prototype: object } | undefined>;

/** The kinds by the built-in prototypes of this realm. */
function intrinsics(): Map<object | undefined, Kind> {
  return new Map(
    Object.entries(KINDS).map(([name, kind]) => [attempt(() => built[name]!.prototype), kind]),
  );
}

let known: Map<object | undefined, Kind> | undefined;
const families = /* @__PURE__ */ new WeakMap<object, Family>();

/**
 * The family of an object, by its prototypes. If they belong to another realm, or if there are
 * none, the runtime is asked for the kind.
 */
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
  /** Whether a class or a prototype with methods came before. */
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
    // The last prototype is the Object.prototype of another realm.
    else if (getPrototypeOf(at) !== null) {
      const platform = platformName(maker);
      if (platform !== undefined) return found("platform", platform);
      isClosed ||= PRIVATE.test(sourceOf.call(maker));
      isNative ||= isOfEngine(maker);
    }
  }
  return found(kindBySlots(value));
}

/** Whether the source of a function is native code. */
function isOfEngine(callable: object): boolean {
  return sourceOf.call(callable).endsWith("{ [native code] }");
}

/**
 * The contents of a prototype without a constructor: whether it has functions, whether all of them
 * are native, and whether the prototype belongs to its objects.
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
    (value) =>
      typeof value === "object" || (typeof value === "string" && value.length > LONGEST_CONSTANT),
  );
  const isHeritage = !isNative && held.length > 0 && (isData || !isCode);
  return { isCode, isNative, isHeritage };
}

/**
 * How many fields of an object its classes do not name: a loop or `Object.assign` added them.
 * Counted once for each family.
 */
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

/** The name of a constructor, if it is one of the platform. Undefined for any other constructor. */
function platformName(maker: object): string | undefined {
  const name: unknown = getOwnPropertyDescriptor(maker, "name")?.value;
  // The runtime loads some of these classes at the first access. So the name is compared first.
  const isKnown = typeof name === "string" && Object.hasOwn(PLATFORM, name);
  return isKnown && (built[name] as unknown) === maker ? name : undefined;
}

/** The kind of an object by the runtime, if its prototypes are unknown, as in another realm. */
function kindBySlots(value: object): Kind {
  const types = host().types as Readonly<Record<string, (value: unknown) => boolean>> | undefined;
  if (types === undefined) return "object";
  for (const [name, kind] of Object.entries(KINDS)) {
    const is = types[`is${name}`] ?? types[`is${name}Object`] ?? types[`isNative${name}`];
    if (is?.(value)) return kind;
  }
  return types["isGeneratorObject"]!(value) ? "native" : "object";
}
