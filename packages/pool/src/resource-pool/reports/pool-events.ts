import { checkType, refuse } from "../../checks.ts";
import type { Holder } from "../../lease.ts";
import { outsideContext } from "../../outside-context.ts";

/**
 * The events of a pool by name, each with the object that listeners are called with. Listeners run
 * outside every async context.
 *
 * @example
 * ```ts
 * import { ResourcePool, type PoolEvents } from "@heapwise/pool";
 *
 * const pool = new ResourcePool({ create: () => ({ id: 1 }), max: 1 });
 * const reasons: unknown[] = [];
 * const note = ({ reason }: PoolEvents<{ id: number }>["destroy"]) => reasons.push(reason);
 * pool.on("destroy", note);
 * await pool.use(() => undefined);
 * pool.evictIdle();
 * reasons; // => ["evicted"]
 * ```
 */
export interface PoolEvents<T> {
  /** A resource was created. `createTime` is the duration of its creation in milliseconds. */
  create: { readonly value: T; readonly createTime: number };
  /** A resource has ended, and `destroy` is about to be called. */
  destroy: { readonly value: T; readonly reason: unknown };
  /** A loan has begun. `waitTime` is the wait of its caller in milliseconds. */
  acquire: Holder<T> & { readonly waitTime: number };
  /** A loan has ended. */
  release: Holder<T>;
  /** A wait or a callback took too long. `error` is the PoolTimeoutError. */
  timeout: { readonly operation: string; readonly error: unknown };
  /**
   * `"held"`: a loan is longer than `leakThreshold`. `"returned"`: such a loan has ended after all.
   * `"lost"`: the lease of a loan was garbage collected, and the resource is destroyed.
   */
  leak: { readonly kind: "held" | "returned" | "lost"; readonly holder: Holder<T> };
  /** A callback of the pool, or a listener, has failed. `operation` names it. */
  error: { readonly operation: string; readonly error: unknown };
}

/** A listener for events of one name. Its result is not used; a promise may reject. */
export type PoolListener<T, Name extends keyof PoolEvents<T>> = (
  event: PoolEvents<T>[Name],
) => unknown;

const ACTION = "listen to pool";
const NAMES = ["create", "destroy", "acquire", "release", "timeout", "leak", "error"];

/**
 * Throws a RangeError if there is no such event, and a TypeError if the listener is no function.
 */
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
 * The listeners of a pool, or of all keys of a keyed pool, which are called with the key too. They
 * run outside every async context. A listener that throws or rejects disturbs neither the pool nor
 * the other listeners: its error is an `error` event, or an uncaught error if there is no listener
 * for `error` events.
 */
export class EventHub<T, K = unknown> {
  /**
   * By name; no array is empty. An array is never changed, so that an event reaches the listeners
   * that there were when it began.
   */
  readonly #added = new Map<keyof PoolEvents<T>, readonly Added<T, K>[]>();

  has(name: keyof PoolEvents<T>): boolean {
    return this.#added.has(name);
  }

  /** Adds a listener. Returns a function that removes it. */
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
