import { captureStack, StaleLeaseError, type LoanRecord } from "../errors.ts";
import { isObject } from "../is-thenable.ts";

interface Loan {
  readonly object: object;
  record: LoanRecord;
  isOver: boolean;
}

/** The object behind a proxy, and the loan that the proxy belongs to. */
interface Original {
  readonly loan: Loan;
  readonly object: object;
}

type Callable = (this: unknown, ...args: unknown[]) => unknown;

/**
 * Lends proxies in debug mode. A proxy passes everything on to its object until the loan ends. From
 * then on each use of it throws a StaleLeaseError with the stacks of the borrow and of the return,
 * and of the present loan. Methods run on the object itself, so that private fields and the methods
 * of built-in classes work. Returned typed arrays are filled with 0xdb, to reveal code that kept
 * the buffer.
 *
 * A value that is read from a proxy and belongs to its object is a proxy of the same loan, the same
 * proxy each time: properties, values that a getter returns twice, methods, elements of arrays,
 * maps and sets. A proxy that is passed in, as an argument or as a value, is passed in as its
 * object.
 *
 * These values are passed out as they are:
 * - values that the borrower has put in;
 * - a result of a method that is not a property of its object: it is the borrower's, and may
 *   outlive the loan;
 * - typed arrays, buffers and promises, because the platform does not accept a proxy of them;
 * - properties of frozen objects, `constructor` and property descriptors;
 * - arguments of callbacks of methods, except for methods of arrays and `forEach`.
 */
export class LoanGuard<T> {
  readonly #name: string;
  /** The original of each proxy. */
  readonly #originals = new WeakMap<object, Original>();
  /** The present loan of each object. */
  readonly #present = new WeakMap<object, Loan>();
  #count = 0;

  /** Guards the loans of a pool of this name. */
  constructor(name: string) {
    this.#name = name;
  }

  /** Begins a loan and returns the proxy. Throws a TypeError if `object` is not an object. */
  lend(object: T): T {
    if (!isObject(object)) {
      throw new TypeError(
        `Cannot lend object: create returned ${String(object)}, expected an object in debug mode`,
      );
    }
    const loan: Loan = {
      object,
      record: {
        loan: String(++this.#count),
        label: undefined,
        note: undefined,
        borrowed: captureStack(2),
        returned: undefined,
      },
      isOver: false,
    };
    this.#present.set(object, loan);
    return this.#proxies(loan)(object) as T;
  }

  /**
   * Ends the loan of a proxy, and returns its object. Throws a TypeError if the pool did not lend
   * the proxy, and a StaleLeaseError if its loan has ended.
   */
  giveBack(proxy: T): T {
    const original = this.#originals.get(proxy as object);
    if (original === undefined || original.object !== original.loan.object) {
      throw new TypeError(
        `Cannot release object: ${this.#name} did not lend it, expected an object that acquire returned`,
      );
    }
    const { loan } = original;
    this.#check("release object", loan);
    loan.isOver = true;
    loan.record = { ...loan.record, returned: captureStack(2) };
    this.#present.delete(loan.object);
    return loan.object as T;
  }

  /** Fills a returned typed array with 0xdb. */
  poison(object: T): void {
    if (!ArrayBuffer.isView(object)) return;
    try {
      const { buffer, byteOffset, byteLength } = object;
      new Uint8Array(buffer, byteOffset, byteLength).fill(0xdb);
    } catch {
      // Its memory was transferred.
    }
  }

  #check(action: string, loan: Loan): void {
    if (!loan.isOver) return;
    const present = this.#present.get(loan.object);
    throw new StaleLeaseError(action, this.#name, loan.record, present?.record);
  }

  /** Returns the function that makes the proxies of a loan, for the values that are passed out. */
  #proxies(loan: Loan): (value: unknown) => unknown {
    const originals = this.#originals;
    const proxies = new WeakMap<object, object>();
    /**
     * Objects that the borrower has put in. They are the borrower's, and are passed out as they
     * are.
     */
    const brought = new WeakSet();
    const passOut = (value: unknown): unknown => {
      if (!isObject(value) || brought.has(value) || originals.has(value)) return value;
      if (mustBeBare(value) && value !== loan.object) return value;
      let proxy = proxies.get(value);
      if (proxy === undefined) {
        proxy = new Proxy(value, handler as ProxyHandler<object>);
        proxies.set(value, proxy);
        originals.set(proxy, { loan, object: value });
      }
      return proxy;
    };
    const passIn = (value: unknown): unknown => {
      const original = originals.get(value as object);
      if (original !== undefined) {
        this.#check("use object", original.loan);
        return original.object;
      }
      if (isObject(value)) brought.add(value);
      return value;
    };
    const traps = createTraps(passIn, passOut, (value) => proxies.has(value as object));
    const handler: Record<string, Callable> = {};
    for (const name of Object.getOwnPropertyNames(Reflect)) {
      const run = (traps[name as "get"] ?? Reflect[name as "get"]) as Callable;
      handler[name] = (...args) => {
        this.#check("use object", loan);
        return run(...args);
      };
    }
    return passOut;
  }
}

/** The traps that pass values out or in. */
function createTraps(
  passIn: (value: unknown) => unknown,
  passOut: (value: unknown) => unknown,
  isPart: (value: unknown) => boolean,
): ProxyHandler<object> {
  return {
    get: (object, key) => {
      const found: unknown = Reflect.get(object, key, object);
      return isObject(found) &&
        key !== "constructor" &&
        !isFixed(Reflect.getOwnPropertyDescriptor(object, key)) &&
        // These methods run on the proxy, so that the elements they read are proxies too.
        !(Array.isArray(object) && found === Array.prototype[key as never]) &&
        // A value that a getter makes for the caller is the caller's.
        Reflect.get(object, key, object) === found
        ? passOut(found)
        : found;
    },
    set: (object, key, value) => Reflect.set(object, key, passIn(value), object),
    apply: (method, self: unknown, args: unknown[]) => {
      const object = passIn(self);
      const values = args.map(passIn);
      const [run] = args;
      if ((method as Callable).name === "forEach" && typeof run === "function") {
        values[0] = function (this: unknown, ...each: unknown[]): unknown {
          return Reflect.apply(run, this, each.map(passOut));
        };
      }
      const result: unknown = Reflect.apply(method as Callable, object, values);
      return isPart(result) || isPartOf(object, method, result) ? passOut(result) : result;
    },
  };
}

/** Whether the platform accepts a value only without a proxy around it. */
function mustBeBare(value: object): boolean {
  return ArrayBuffer.isView(value) || value instanceof ArrayBuffer || value instanceof Promise;
}

/** Whether the result of a method belongs to its object, as far as the guard can see. */
function isPartOf(object: unknown, method: object, result: unknown): boolean {
  return (
    isObject(object) &&
    isObject(result) &&
    (method === Map.prototype.get ||
      // A step of an iterator, and the iterators of maps and sets.
      method === (object as { next?: unknown }).next ||
      ((object instanceof Map || object instanceof Set) && "next" in result) ||
      Object.values(object).includes(result))
  );
}

/** Whether a proxy must return the value of a property itself, by the rules of the language. */
function isFixed(property: PropertyDescriptor | undefined): boolean {
  return property?.configurable === false && property.writable === false;
}
