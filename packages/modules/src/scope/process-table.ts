import { EventEmitter } from "node:events";
import type { LeftBehindKind } from "./left-behind.ts";

type Key = string | symbol;

/** A property that differs from its former value. */
export interface Change {
  readonly kind: LeftBehindKind;
  readonly name: string;
  /** Whether the property still is as after the change. Refers weakly to the value. */
  readonly isThere: () => boolean;
}

/** A value to which a table refers weakly, since it may be of a module. */
class Weak {
  readonly ref: WeakRef<WeakKey>;

  constructor(value: WeakKey) {
    this.ref = new WeakRef(value);
  }
}

/** The names of builtin constructors: both they and their prototypes are looked at. */
const CONSTRUCTORS =
  "Object Function Array String Number Boolean Symbol BigInt Date RegExp Promise Map Set WeakMap " +
  "WeakSet WeakRef FinalizationRegistry Error TypeError RangeError SyntaxError ReferenceError " +
  "AggregateError ArrayBuffer SharedArrayBuffer DataView Uint8Array Int8Array Uint16Array " +
  "Int16Array Uint32Array Int32Array Float32Array Float64Array Iterator Proxy";
const OBJECTS = "JSON Math Reflect Atomics Intl console process";

/** Properties that change by themselves, or are looked at in another way. */
const IGNORED = new Set<Key>(["stackTraceLimit", "prepareStackTrace", "exitCode", "title"]);

/** The tables of all objects of the process that a module may change. */
export function makeTables(): ProcessTable[] {
  const tables = [new ProcessTable("globalThis", globalThis, "global")];
  for (const name of CONSTRUCTORS.split(" ")) {
    const builtin = Reflect.get(globalThis, name) as { prototype?: object } | undefined;
    if (builtin === undefined) continue;
    tables.push(new ProcessTable(name, builtin, "prototype"));
    if (builtin.prototype === undefined) continue;
    tables.push(new ProcessTable(`${name}.prototype`, builtin.prototype, "prototype"));
  }
  tables.push(new ProcessTable("EventEmitter.prototype", EventEmitter.prototype, "prototype"));
  for (const name of OBJECTS.split(" ")) {
    const object = Reflect.get(globalThis, name) as object | undefined;
    if (object !== undefined) tables.push(new ProcessTable(name, object, "global"));
  }
  return tables;
}

/** The properties of one object, as they were. */
export class ProcessTable {
  readonly #name: string;
  readonly #object: object;
  readonly #kind: LeftBehindKind;
  readonly #isGlobal: boolean;
  #count = 0;
  #enumerable = 0;
  /** Values, and getters of properties that have one. */
  readonly #values = new Map<Key, unknown>();
  readonly #getters = new Map<Key, (() => unknown) | undefined>();
  /** The keys and values of `#values`, to go through them fast. */
  #keys: Key[] = [];
  #list: unknown[] = [];

  constructor(name: string, object: object, kind: LeftBehindKind) {
    this.#name = name;
    this.#object = object;
    this.#kind = kind;
    this.#isGlobal = object === globalThis;
    for (const key of Reflect.ownKeys(object)) this.#note(key, !this.#isGlobal);
    this.#settle();
  }

  /**
   * The changes since the last call; most often nothing, which is found out fast. New
   * properties that are not enumerable are found by a thorough look only, but for globals.
   */
  changes(isThorough: boolean): Change[] {
    if (!this.#hasOthers(isThorough || this.#isGlobal) && !this.#hasChanged()) return [];
    return this.#compare();
  }

  /** Whether there are more or fewer properties. */
  #hasOthers(isThorough: boolean): boolean {
    if (isThorough) return Reflect.ownKeys(this.#object).length !== this.#count;
    return countEnumerable(this.#object) !== this.#enumerable;
  }

  #hasChanged(): boolean {
    const object = this.#object as Record<Key, unknown>;
    const keys = this.#keys;
    for (let i = 0; i < keys.length; i++) {
      const found = object[keys[i]!];
      if (found !== this.#list[i] && !isSame(this.#list[i], found)) return true;
    }
    if (!this.#isGlobal) return false;
    for (const [key, getter] of this.#getters) {
      if (Object.getOwnPropertyDescriptor(object, key)?.get !== getter) return true;
    }
    return false;
  }

  #compare(): Change[] {
    const keys = Reflect.ownKeys(this.#object);
    const changes: Change[] = [];
    for (const key of keys) {
      if (this.#isAsBefore(key)) continue;
      const isNew = !this.#values.has(key) && !this.#getters.has(key);
      const isOfNode = this.#isOfNode(key);
      this.#note(key, false);
      const value = this.#values.get(key);
      const canHold = value instanceof Weak || this.#getters.has(key);
      if (!isOfNode && !IGNORED.has(key) && (isNew || canHold)) changes.push(this.#change(key));
    }
    const known = new Set(keys);
    for (const key of [...this.#values.keys(), ...this.#getters.keys()]) {
      if (known.has(key)) continue;
      this.#values.delete(key);
      this.#getters.delete(key);
    }
    this.#settle();
    return changes;
  }

  #settle(): void {
    this.#enumerable = countEnumerable(this.#object);
    this.#count = this.#values.size + this.#getters.size;
    this.#keys = [...this.#values.keys()];
    this.#list = [...this.#values.values()];
  }

  #isAsBefore(key: Key): boolean {
    const { get, value } = Object.getOwnPropertyDescriptor(this.#object, key)!;
    if (get !== undefined) return this.#getters.get(key) === get;
    return this.#values.has(key) && isSame(this.#values.get(key), value);
  }

  #note(key: Key, isBuiltin: boolean): void {
    const descriptor = Object.getOwnPropertyDescriptor(this.#object, key)!;
    this.#values.delete(key);
    this.#getters.delete(key);
    if (!("value" in descriptor)) {
      this.#getters.set(key, descriptor.get);
      return;
    }
    const { value } = descriptor as { value: unknown };
    this.#values.set(key, isObject(value) && !isBuiltin ? new Weak(value) : value);
  }

  /**
   * Whether Node itself made a property or replaced its getter by a value, as it does at the first
   * use of some globals.
   */
  #isOfNode(key: Key): boolean {
    if (!this.#isGlobal) return false;
    if (typeof key === "symbol") return Symbol.keyFor(key)?.startsWith("undici.") === true;
    const getter = this.#getters.get(key);
    const descriptor = Object.getOwnPropertyDescriptor(globalThis, key)!;
    if (getter === undefined || !("value" in descriptor)) return false;
    try {
      // The getter may replace the property again.
      return Reflect.apply(getter, globalThis, []) === descriptor.value;
    } catch {
      return false;
    } finally {
      Object.defineProperty(globalThis, key, descriptor);
    }
  }

  #change(key: Key): Change {
    const object = this.#object;
    const saved = this.#values.get(key);
    const getter = this.#getters.get(key);
    const ref = getter && new WeakRef(getter);
    const isThere = (): boolean => {
      const found = Object.getOwnPropertyDescriptor(object, key);
      if (found === undefined) return false;
      if (ref !== undefined) return found.get !== undefined && found.get === ref.deref();
      return isSame(saved, found.value);
    };
    const kind = this.#isGlobal && typeof key === "symbol" ? "symbol" : this.#kind;
    return { kind, name: `${this.#name}${print(key)}`, isThere };
  }
}

/** Number of enumerable properties, also inherited ones. V8 keeps it for most objects. */
function countEnumerable(object: object): number {
  let count = 0;
  for (const _ in object) count++;
  return count;
}

function isSame(saved: unknown, found: unknown): boolean {
  return Object.is(saved instanceof Weak ? saved.ref.deref() : saved, found);
}

function isObject(value: unknown): value is WeakKey {
  return (typeof value === "object" && value !== null) || typeof value === "function";
}

function print(key: Key): string {
  if (typeof key === "symbol") {
    const name = Symbol.keyFor(key);
    return name === undefined ? `[${String(key)}]` : `[Symbol.for(${JSON.stringify(name)})]`;
  }
  return /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(key)
    ? `.${key}`
    : `[${JSON.stringify(key)}]`;
}
