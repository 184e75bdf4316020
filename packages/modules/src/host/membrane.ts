import { ModuleUnloadedError } from "./errors.ts";

/**
 * Proxies of the exports of one version, and of functions and objects read through them. A proxy
 * holds no code: its target is in a table of the membrane, which `revoke` drops. Then each
 * use of each proxy throws a ModuleUnloadedError.
 *
 * Values that went in through a call come out as they are. Constructors and prototypes of the
 * language itself, such as `Array.prototype`, are never wrapped.
 */
export class Membrane {
  readonly #name: string;
  readonly #version: number;
  /** The target of a proxy, by the target of the proxy, which is empty. */
  #reals: WeakMap<object, object> | undefined = new WeakMap();
  /** The target of a proxy, by the proxy. */
  readonly #targets = new WeakMap<object, object>();
  /** The proxy of an object of the module. */
  readonly #proxies = new WeakMap<object, object>();
  /** Objects that callers passed in. */
  readonly #strangers = new WeakSet<object>();
  readonly #handler: ProxyHandler<object> = this.#makeHandler();

  constructor(name: string, version: number) {
    this.#name = name;
    this.#version = version;
  }

  /** Makes all proxies throw, and lets go of all that they stand for. */
  revoke(): void {
    this.#reals = undefined;
  }

  /** The proxy of a value of the module: always the same one for the same object. */
  wrap(value: unknown): unknown {
    if (!isObject(value) || this.#strangers.has(value) || intrinsics().has(value)) return value;
    // A proxy of this membrane that the module got from a caller who kept it.
    if (this.#targets.has(value)) return value;
    const known = this.#proxies.get(value);
    if (known !== undefined) return known;
    const reals = this.#table("use proxy");
    if (value instanceof Promise) return this.#keep(value, this.#wrapPromise(value));
    const target = makeTarget(value);
    reals.set(target, value);
    const proxy = new Proxy(target, this.#handler);
    this.#targets.set(proxy, target);
    return this.#keep(value, proxy);
  }

  #keep(value: object, proxy: object): object {
    this.#proxies.set(value, proxy);
    return proxy;
  }

  /** A promise cannot be behind a proxy: its result is wrapped instead. */
  #wrapPromise(promise: Promise<unknown>): Promise<unknown> {
    const wrapped = promise.then((result) => {
      this.#table("use result");
      return this.wrap(result);
    });
    // The module, or whoever gets this one, sees to the rejection.
    wrapped.catch(() => {});
    return wrapped;
  }

  #table(action: string): WeakMap<object, object> {
    if (this.#reals === undefined) {
      throw new ModuleUnloadedError(action, this.#name, this.#version);
    }
    return this.#reals;
  }

  #realOf(target: object): object {
    return this.#table("use proxy").get(target)!;
  }

  /** What the module gets for a value of a caller. */
  #unwrap(value: unknown): unknown {
    if (!isObject(value)) return value;
    const target = this.#targets.get(value);
    if (target !== undefined) return this.#realOf(target);
    if (!this.#proxies.has(value)) this.#strangers.add(value);
    return value;
  }

  #unwrapAll(values: readonly unknown[]): unknown[] {
    return values.map((value) => this.#unwrap(value));
  }

  #makeHandler(): ProxyHandler<object> {
    const real = (target: object): object => this.#realOf(target);
    return {
      get: (target, key) => this.wrap(Reflect.get(real(target), key)),
      set: (target, key, value) => Reflect.set(real(target), key, this.#unwrap(value)),
      has: (target, key) => Reflect.has(real(target), key),
      deleteProperty: (target, key) => Reflect.deleteProperty(real(target), key),
      ownKeys: (target) => Reflect.ownKeys(real(target)),
      getOwnPropertyDescriptor: (target, key) => this.#describe(real(target), target, key),
      defineProperty: (target, key, { value, ...rest }) =>
        rest.configurable === true &&
        Reflect.defineProperty(real(target), key, { ...rest, value: this.#unwrap(value) }),
      getPrototypeOf: (target) => this.wrap(Reflect.getPrototypeOf(real(target))) as object | null,
      setPrototypeOf: (target) => real(target) === undefined,
      isExtensible: (target) => real(target) !== undefined,
      preventExtensions: (target) => real(target) === undefined,
      apply: (target, self, values: unknown[]) =>
        this.wrap(
          Reflect.apply(real(target) as () => unknown, this.#unwrap(self), this.#unwrapAll(values)),
        ),
      construct: (target, values: unknown[], newTarget) =>
        this.wrap(
          Reflect.construct(
            real(target) as () => unknown,
            this.#unwrapAll(values),
            this.#unwrap(newTarget) as () => unknown,
          ),
        ) as object,
    };
  }

  /** A descriptor that the target allows: one that can be configured, but for `length`. */
  #describe(real: object, target: object, key: PropertyKey): PropertyDescriptor | undefined {
    const found = Reflect.getOwnPropertyDescriptor(real, key);
    if (found === undefined) return undefined;
    if (key === "length" && Array.isArray(target)) return { ...found, writable: true };
    const { enumerable = false } = found;
    if ("value" in found) {
      const { writable = false } = found;
      return { value: this.wrap(found.value), writable, enumerable, configurable: true };
    }
    const accessors = { get: this.wrap(found.get), set: this.wrap(found.set) };
    return { ...(accessors as PropertyDescriptor), enumerable, configurable: true };
  }
}

function isObject(value: unknown): value is object {
  return typeof value === "function" || (typeof value === "object" && value !== null);
}

/** An empty object of the same kind, without properties that its proxy must show. */
function makeTarget(value: object): object {
  if (Array.isArray(value)) return [];
  if (typeof value !== "function") return {};
  const unbound = function (): void {};
  // A bound function has no `prototype`, which cannot be deleted.
  const callable = unbound.bind(undefined) as () => void;
  for (const key of Reflect.ownKeys(callable)) Reflect.deleteProperty(callable, key);
  return callable;
}

let known: WeakSet<object> | undefined;

/** The constructors of the language and the host, and all prototypes of both. */
function intrinsics(): WeakSet<object> {
  if (known !== undefined) return known;
  const found = (known = new WeakSet<object>([globalThis]));
  const addChain = (from: unknown): void => {
    for (let at = from; isObject(at) && !found.has(at); at = Reflect.getPrototypeOf(at)) {
      found.add(at);
    }
  };
  for (const { value } of Object.values(Object.getOwnPropertyDescriptors(globalThis))) {
    if (!isNative(value)) continue;
    const { prototype } = value as { prototype?: unknown };
    if (!isObject(prototype)) continue;
    found.add(value);
    addChain(prototype);
  }
  const samples = [
    async () => {},
    function* () {},
    async function* () {},
    [][Symbol.iterator](),
    new Map()[Symbol.iterator](),
    new Set()[Symbol.iterator](),
    ""[Symbol.iterator](),
  ];
  for (const sample of samples) addChain(Reflect.getPrototypeOf(sample));
  return found;
}

function isNative(value: unknown): value is object {
  if (typeof value !== "function") return false;
  return /\{\s*\[native code\]\s*\}\s*$/.test(Function.prototype.toString.call(value));
}
