import { checkFunction, print } from "../checks.ts";
import type { Holder } from "../lease.ts";

/** What a pool tells its listeners, by the name of the event. */
export interface PoolEvents<T> {
  /** A resource was made. */
  create: { readonly value: T; readonly createTime: number };
  /** A resource leaves, and `destroy` is about to be called. */
  destroy: { readonly value: T; readonly reason: unknown };
  /** A resource was lent. */
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

const NAMES: ReadonlySet<string> = new Set([
  "create",
  "destroy",
  "acquire",
  "release",
  "timeout",
  "leak",
  "error",
]);

/** Throws for an event that does not exist, and for what is no listener. */
export function checkListener(name: unknown, listener: unknown): void {
  if (!NAMES.has(name as string)) {
    throw new RangeError(
      `Cannot listen to pool: event ${print(name)} is not known, expected one of ${[...NAMES].join(", ")}`,
    );
  }
  checkFunction("listen to pool", "listener", listener);
}

type Listeners = Set<(event: never) => unknown>;

/**
 * The listeners of a pool. One that throws disturbs neither the pool nor the others: its error is an
 * `error` event, or, where nobody listens to those, an uncaught one.
 */
export class EventHub<T> {
  readonly #listeners = new Map<string, Listeners>();

  has(name: keyof PoolEvents<T>): boolean {
    return (this.#listeners.get(name)?.size ?? 0) > 0;
  }

  /** Adds a listener; returns what removes it. Throws for an event that does not exist. */
  on<Name extends keyof PoolEvents<T>>(name: Name, listener: PoolListener<T, Name>): () => void {
    checkListener(name, listener);
    let listeners = this.#listeners.get(name);
    if (listeners === undefined) this.#listeners.set(name, (listeners = new Set()));
    // A function of its own, so that the same listener may be added twice.
    const added = (event: never): unknown => listener(event);
    listeners.add(added);
    return () => void listeners.delete(added);
  }

  emit<Name extends keyof PoolEvents<T>>(
    name: Name,
    event: PoolEvents<T>[Name],
    key?: unknown,
  ): void {
    const listeners = this.#listeners.get(name);
    if (listeners === undefined) return;
    for (const listener of Array.from(listeners)) {
      try {
        listener(event as never, key as never);
      } catch (error) {
        if (name !== "error" && this.has("error")) {
          this.emit("error", { operation: `listener of ${name}`, error });
        } else {
          throwLater(error);
        }
      }
    }
  }
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
