import { captureStack, StaleLeaseError, type LoanRecord } from "../errors.ts";
import { isObject } from "../is-thenable.ts";

interface Loan {
  readonly object: object;
  record: LoanRecord;
  isOver: boolean;
}

/** What a stand-in stands for. */
interface Original {
  readonly loan: Loan;
  readonly object: object;
}

type Callable = (this: unknown, ...args: unknown[]) => unknown;

/**
 * Lends stand-ins in debug mode. A stand-in passes everything on to its object, until the loan ends;
 * then every use of it throws a StaleLeaseError with the stacks of the borrow and of the return, and
 * those of the present loan. Methods run on the object itself, so that private fields and the methods
 * of built-in classes work. Typed arrays that come back are filled with 0xdb, for those who kept the
 * buffer.
 *
 * What comes out of a stand-in and belongs to its object is a stand-in of the same loan, the same one
 * each time: properties, what a getter returns twice, methods, elements of arrays, maps and sets. A
 * stand-in that goes in, as an argument or a value, goes in as the object.
 *
 * These come out as they are: what the borrower has put in, what a method returns that is no property
 * of its object (a result is the borrower's, and may outlive the loan), typed arrays and buffers, which
 * the platform takes only as they are, promises, what frozen objects have, `constructor`, property
 * descriptors, and what callbacks of methods get, except those of arrays and of `forEach`.
 */
export class LoanGuard<T> {
  readonly #name: string;
  /** By stand-in: what it stands for. */
  readonly #originals = new WeakMap<object, Original>();
  /** By object: its present loan. */
  readonly #present = new WeakMap<object, Loan>();
  #count = 0;

  constructor(name: string) {
    this.#name = name;
  }

  /** A stand-in for an object that is lent now. Throws a TypeError for what is no object. */
  lend(object: T): T {
    if (!isObject(object)) {
      throw new TypeError(
        `Cannot lend ${String(object)}: not an object, expected one in debug mode`,
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
    return this.#standIns(loan)(object) as T;
  }

  /** Ends the loan of a stand-in and returns its object. Throws for what was not lent, and for a loan that has ended. */
  giveBack(standIn: T): T {
    const original = this.#originals.get(standIn as object);
    if (original === undefined || original.object !== original.loan.object) {
      throw new TypeError(
        `Cannot release object: ${this.#name} did not lend it, expected what acquire returned`,
      );
    }
    const { loan } = original;
    this.#check("release object", loan);
    loan.isOver = true;
    loan.record = { ...loan.record, returned: captureStack(2) };
    this.#present.delete(loan.object);
    return loan.object as T;
  }

  /** Fills a typed array that came back. */
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

  /** What makes the stand-ins of a loan, of what comes out of it. */
  #standIns(loan: Loan): (value: unknown) => unknown {
    const originals = this.#originals;
    const standIns = new WeakMap<object, object>();
    /** Objects that the borrower has put in: they are the borrower's, and come out as they are. */
    const brought = new WeakSet();
    const comesOut = (value: unknown): unknown => {
      if (!isObject(value) || brought.has(value) || originals.has(value)) return value;
      if (isPlain(value) && value !== loan.object) return value;
      let standIn = standIns.get(value);
      if (standIn === undefined) {
        standIn = new Proxy(value, handler as ProxyHandler<object>);
        standIns.set(value, standIn);
        originals.set(standIn, { loan, object: value });
      }
      return standIn;
    };
    const goesIn = (value: unknown): unknown => {
      const original = originals.get(value as object);
      if (original !== undefined) {
        this.#check("use object", original.loan);
        return original.object;
      }
      if (isObject(value)) brought.add(value);
      return value;
    };
    const traps = createTraps(goesIn, comesOut, (value) => standIns.has(value as object));
    const handler: Record<string, Callable> = {};
    for (const name of Object.getOwnPropertyNames(Reflect)) {
      const run = (traps[name as "get"] ?? Reflect[name as "get"]) as Callable;
      handler[name] = (...args) => {
        this.#check("use object", loan);
        return run(...args);
      };
    }
    return comesOut;
  }
}

/** Traps for what has values that come out or go in. */
function createTraps(
  goesIn: (value: unknown) => unknown,
  comesOut: (value: unknown) => unknown,
  isPart: (value: unknown) => boolean,
): ProxyHandler<object> {
  return {
    get: (object, key) => {
      const found: unknown = Reflect.get(object, key, object);
      return isObject(found) &&
        key !== "constructor" &&
        !isFixed(Reflect.getOwnPropertyDescriptor(object, key)) &&
        // These run on the stand-in, so that what they read are stand-ins too.
        !(Array.isArray(object) && found === Array.prototype[key as never]) &&
        // What a getter makes for the caller is the caller's.
        Reflect.get(object, key, object) === found
        ? comesOut(found)
        : found;
    },
    set: (object, key, value) => Reflect.set(object, key, goesIn(value), object),
    apply: (method, self: unknown, args: unknown[]) => {
      const object = goesIn(self);
      const values = args.map(goesIn);
      const [run] = args;
      if ((method as Callable).name === "forEach" && typeof run === "function") {
        values[0] = function (this: unknown, ...each: unknown[]): unknown {
          return Reflect.apply(run, this, each.map(comesOut));
        };
      }
      const result: unknown = Reflect.apply(method as Callable, object, values);
      return isPart(result) || isPartOf(object, method, result) ? comesOut(result) : result;
    },
  };
}

/** What the platform takes only as it is. */
function isPlain(value: object): boolean {
  return ArrayBuffer.isView(value) || value instanceof ArrayBuffer || value instanceof Promise;
}

/** Whether what a method has returned belongs to its object, as far as can be seen. */
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

/** A proxy must return the very value of such a property. */
function isFixed(property: PropertyDescriptor | undefined): boolean {
  return property?.configurable === false && property.writable === false;
}
