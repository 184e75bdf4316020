import { checkType, refuse } from "../../checks.ts";
import type { Holder } from "../../lease.ts";
import { outsideContext } from "../../outside-context.ts";

/** What a pool tells its listeners, by the name of the event. */
export interface PoolEvents<T> {
  /** A resource was made, in so many ms. */
  create: { readonly value: T; readonly createTime: number };
  /** A resource leaves, and `destroy` is about to be called. */
  destroy: { readonly value: T; readonly reason: unknown };
  /** A resource was lent, to one who waited for so many ms. */
  acquire: Holder<T> & { readonly waitTime: number };
  /** A loan has ended. */
  release: Holder<T>;
  /** Something took too long; `error` is the PoolTimeoutError. */
  timeout: { readonly operation: string; readonly error: unknown };
  /**
   * `held`: a loan is longer than `leakThreshold`. `returned`: such a one came back after all. `lost`:
   * the garbage collector found that nobody has the lease any more; the resource was destroyed.
   */
  leak: { readonly kind: "held" | "returned" | "lost"; readonly holder: Holder<T> };
  /** A callback of the owner failed, or a listener did. */
  error: { readonly operation: string; readonly error: unknown };
}

/** Called with each event of one kind. What it returns is not used. */
export type PoolListener<T, Name extends keyof PoolEvents<T>> = (
  event: PoolEvents<T>[Name],
) => unknown;

const ACTION = "listen to pool";
const NAMES = ["create", "destroy", "acquire", "release", "timeout", "leak", "error"];

/** Throws for an event that does not exist, and for what is no listener. */
export function checkListener(name: unknown, listener: unknown): void {
  if (!NAMES.includes(name as string)) {
    refuse(ACTION, "event", name, `one of ${NAMES.join(", ")}`, RangeError);
  }
  checkType(ACTION, "listener", listener, "function");
}

interface Added<T, K> {
  readonly listener: (event: PoolEvents<T>[keyof PoolEvents<T>], key: K) => unknown;
}

/**
 * The listeners of a pool, or of all pools of a keyed one, which are called with the key too. They run
 * outside every async context. One that throws, or whose promise is rejected, disturbs neither the
 * pool nor the others: its error is an `error` event, or an uncaught one if nobody listens to those.
 */
export class EventHub<T, K = unknown> {
  /** By name, none empty. The arrays are never changed, so that an event reaches those who listened when it began. */
  readonly #added = new Map<keyof PoolEvents<T>, readonly Added<T, K>[]>();

  has(name: keyof PoolEvents<T>): boolean {
    return this.#added.has(name);
  }

  /** Adds a listener; returns what removes it. Throws for an event that does not exist. */
  on<Name extends keyof PoolEvents<T>>(
    name: Name,
    listener: (event: PoolEvents<T>[Name], key: K) => unknown,
  ): () => void {
    checkListener(name, listener);
    // An object of its own, so that the same listener may be added twice.
    const added = { listener } as unknown as Added<T, K>;
    this.#added.set(name, [...(this.#added.get(name) ?? []), added]);
    return () => {
      const others = (this.#added.get(name) ?? []).filter((each) => each !== added);
      if (others.length === 0) this.#added.delete(name);
      else this.#added.set(name, others);
    };
  }

  emit<Name extends keyof PoolEvents<T>>(name: Name, event: PoolEvents<T>[Name], key?: K): void {
    const added = this.#added.get(name);
    if (added !== undefined) this.#call(name, added, event, key as K);
  }

  #call<Name extends keyof PoolEvents<T>>(
    name: Name,
    added: readonly Added<T, K>[],
    event: PoolEvents<T>[Name],
    key: K,
  ): void {
    const fail = (error: unknown): void => {
      if (name !== "error" && this.has("error")) {
        this.emit("error", { operation: `listener of ${name}`, error }, key);
      } else {
        throwLater(error);
      }
    };
    for (const { listener } of added) {
      outsideContext(() => {
        try {
          const result =
            key === undefined ? (listener as OneArgument)(event) : listener(event, key);
          if (mayReject(result)) new Promise((resolve) => resolve(result)).catch(fail);
        } catch (error) {
          fail(error);
        }
      });
    }
  }
}

type OneArgument = (event: unknown) => unknown;

function mayReject(result: unknown): boolean {
  return (typeof result === "object" && result !== null) || typeof result === "function";
}

function throwLater(error: unknown): void {
  if (typeof queueMicrotask === "undefined") {
    void Promise.reject(error);
    return;
  }
  queueMicrotask(() => {
    throw error;
  });
}

declare function queueMicrotask(run: () => void): void;
