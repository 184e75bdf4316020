import { captureStack, StaleLeaseError, type LoanRecord } from "../errors.ts";

interface Loan {
  readonly loan: string;
  readonly object: object;
  readonly borrowed: string | undefined;
  returned: string | undefined;
  isOver: boolean;
}

/**
 * Lends stand-ins in debug mode. A stand-in passes everything on to its object, until the loan ends;
 * then every use of it throws a StaleLeaseError with the stacks of the borrow and of the return, and
 * those of the present loan. Methods run on the object itself, so that private fields and the methods
 * of built-in classes work. Typed arrays that come back are filled with 0xdb, for those who kept the
 * buffer.
 */
export class LoanGuard<T> {
  readonly #name: string;
  /** By stand-in: the loan it stands for. */
  readonly #loans = new WeakMap<object, Loan>();
  /** By object: its present loan. */
  readonly #present = new WeakMap<object, Loan>();
  #count = 0;

  constructor(name: string) {
    this.#name = name;
  }

  /** A stand-in for an object that is lent now. Throws a TypeError for what is no object. */
  lend(object: T): T {
    if ((typeof object !== "object" && typeof object !== "function") || object === null) {
      throw new TypeError(
        `Cannot lend ${String(object)}: not an object, expected create to return one in debug mode`,
      );
    }
    const loan: Loan = {
      loan: String(++this.#count),
      object,
      borrowed: captureStack(2),
      returned: undefined,
      isOver: false,
    };
    const standIn = new Proxy(object, this.#handler(loan));
    this.#loans.set(standIn, loan);
    this.#present.set(object, loan);
    return standIn as T;
  }

  /** Ends the loan of a stand-in and returns its object. Throws for what was not lent, and for a loan that has ended. */
  giveBack(standIn: T): T {
    const loan = this.#loans.get(standIn as object);
    if (loan === undefined) {
      throw new TypeError(
        `Cannot release object: ${this.#name} did not lend it, expected what acquire returned`,
      );
    }
    if (loan.isOver) throw this.#stale("release object", loan);
    loan.isOver = true;
    loan.returned = captureStack(2);
    this.#present.delete(loan.object);
    return loan.object as T;
  }

  /** Fills a typed array that came back. */
  poison(object: T): void {
    if (!ArrayBuffer.isView(object)) return;
    const { buffer, byteOffset, byteLength } = object;
    new Uint8Array(buffer, byteOffset, byteLength).fill(0xdb);
  }

  #stale(action: string, loan: Loan): StaleLeaseError {
    const present = this.#present.get(loan.object);
    return new StaleLeaseError(action, this.#name, record(loan), present && record(present));
  }

  #handler(loan: Loan): ProxyHandler<object> {
    const methods = new WeakMap<object, unknown>();
    const check = (): void => {
      if (loan.isOver) throw this.#stale("use object", loan);
    };
    const handler: ProxyHandler<object> = {
      get: (object, key) => {
        check();
        const found: unknown = Reflect.get(object, key, object);
        if (typeof found !== "function" || isFixed(object, key) || key === "constructor") {
          return found;
        }
        let method = methods.get(found);
        if (method === undefined) {
          method = passOn(found as Callable, object, () => this.#standInOf(loan), check);
          methods.set(found, method);
        }
        return method;
      },
      set: (object, key, value) => {
        check();
        return Reflect.set(object, key, value, object);
      },
    };
    for (const trap of TRAPS) {
      (handler as Record<string, unknown>)[trap] = (...args: unknown[]) => {
        check();
        return (Reflect[trap] as Callable)(...args);
      };
    }
    return handler;
  }

  /** A method that returns its object returns a stand-in for the same loan. */
  #standInOf(loan: Loan): object {
    const standIn = new Proxy(loan.object, this.#handler(loan));
    this.#loans.set(standIn, loan);
    return standIn;
  }
}

type Callable = (...args: unknown[]) => unknown;

const TRAPS = [
  "apply",
  "construct",
  "defineProperty",
  "deleteProperty",
  "getOwnPropertyDescriptor",
  "getPrototypeOf",
  "has",
  "isExtensible",
  "ownKeys",
  "preventExtensions",
  "setPrototypeOf",
] as const;

function passOn(
  method: Callable,
  object: object,
  standIn: () => object,
  check: () => void,
): Callable {
  return function (this: unknown, ...args: unknown[]): unknown {
    check();
    const result = Reflect.apply(method, object, args);
    return result === object ? standIn() : result;
  };
}

/** A proxy must return the very value of such a property. */
function isFixed(object: object, key: PropertyKey): boolean {
  const property = Reflect.getOwnPropertyDescriptor(object, key);
  return property !== undefined && property.configurable === false && property.writable === false;
}

function record({ loan, borrowed, returned }: Loan): LoanRecord {
  return { loan, label: undefined, note: undefined, borrowed, returned };
}
