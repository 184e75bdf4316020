import type { Location } from "@heapwise/leaks";
import { EventEmitter } from "node:events";
import { locateCaller } from "./locate-caller.ts";
import type { OpenThings } from "./open-things.ts";

/** What `node:events` needs from its scope. */
export interface EventsContext {
  readonly open: OpenThings;
  readonly hasEnded: () => boolean;
}

interface Options {
  readonly signal?: AbortSignal;
}

type Target = EventEmitter | EventTarget;
type Abort = () => void;

/**
 * `require("node:events")` for one scope: the class of Node behind a proxy with `once`, `on` and
 * `addAbortListener` of the scope. At its end listeners on targets that live on are removed:
 * iterators end, and promises of `once` are never settled. The class itself is the real one.
 *
 * The scope refers weakly to these listeners, since a target that is dropped must be collected with
 * its listeners.
 */
export function makeScopedEvents(context: EventsContext): typeof EventEmitter {
  const own: Record<string, unknown> = {
    once: makeOnce(context),
    on: makeOn(context),
    addAbortListener: makeAddAbortListener(context),
  };
  return new Proxy(EventEmitter, {
    get: (target, key) =>
      typeof key === "string" && Object.hasOwn(own, key)
        ? own[key]
        : Reflect.get(target, key, target),
    set(target, key, value) {
      if (typeof key !== "string" || !Object.hasOwn(own, key))
        return Reflect.set(target, key, value);
      own[key] = value;
      return true;
    },
  });
}

function makeOnce(context: EventsContext): unknown {
  const once = (target: Target, event: string | symbol, options?: Options): Promise<unknown[]> => {
    const real = EventEmitter.once as (...values: unknown[]) => Promise<unknown[]>;
    if (!isPlain(options)) return real(target, event, options);
    if (context.hasEnded()) return new Promise(() => {});
    const name = `once ${String(event)}`;
    const wait = new WeakWait(context, { kind: "listener", name, location: locateCaller(once) });
    return new Promise((resolve, reject) => {
      const controller = new AbortController();
      const { signal } = controller;
      const user = options?.signal;
      const follow = (): void => controller.abort(user?.reason);
      if (user?.aborted === true) follow();
      else user?.addEventListener("abort", follow, { once: true });
      const finish = (): boolean => {
        user?.removeEventListener("abort", follow);
        return wait.finish();
      };
      // The listener of Node on the target refers to the signal, so both live equally long.
      wait.begin(signal, () => {
        finish();
        controller.abort();
      });
      real(target, event, { ...options, signal }).then(
        (values) => finish() && resolve(values),
        (error: unknown) => finish() && reject(error as Error),
      );
    });
  };
  return once;
}

function makeOn(context: EventsContext): unknown {
  const on = (target: Target, event: string | symbol, options?: Options): unknown => {
    const real = EventEmitter.on as unknown as (...values: unknown[]) => AsyncIterator<unknown>;
    const iterator = real(target, event, options);
    const end = (): void => void iterator.return?.();
    if (context.hasEnded()) {
      end();
      return iterator;
    }
    const name = `on ${String(event)}`;
    const wait = new WeakWait(context, { kind: "listener", name, location: locateCaller(on) });
    // The listener of Node on the target refers to the iterator by its queues only.
    wait.begin(iterator, end);
    const finish = iterator.return!.bind(iterator);
    iterator.return = () => {
      wait.finish();
      return finish();
    };
    return iterator;
  };
  return on;
}

function makeAddAbortListener(context: EventsContext): unknown {
  const add = (signal: AbortSignal, listener: (event: Event) => void): Disposable => {
    const real = EventEmitter.addAbortListener;
    if (typeof listener !== "function") return real(signal, listener);
    const wait = new WeakWait(context, {
      kind: "abort-listener",
      name: "abort listener",
      location: locateCaller(add),
    });
    const called = function (this: unknown, event: Event): void {
      wait.finish();
      Reflect.apply(listener, this, [event]);
    };
    const added = real(signal, called);
    const dispose = (): void => {
      wait.finish();
      added[Symbol.dispose]();
    };
    if (context.hasEnded()) dispose();
    else if (!signal.aborted) wait.begin(called, dispose);
    return { [Symbol.dispose]: dispose };
  };
  return add;
}

/** What ends something, as long as the object at which it hangs is alive. */
const ENDS = new WeakMap<object, Abort>();

interface Row {
  readonly kind: "listener" | "abort-listener";
  readonly name: string;
  readonly location: Location | undefined;
}

/** Something open to which a scope refers weakly. */
class WeakWait {
  readonly #context: EventsContext;
  readonly #row: Row;
  #isOver = false;

  constructor(context: EventsContext, row: Row) {
    this.#context = context;
    this.#row = row;
  }

  begin(anchor: object, end: Abort): void {
    ENDS.set(anchor, end);
    const ref = new WeakRef(anchor);
    const find = (): Abort | undefined => {
      const alive = ref.deref();
      return alive && ENDS.get(alive);
    };
    this.#context.open.add(this, {
      row: this.#row,
      end: () => find()?.(),
      isOver: () => find() === undefined,
    });
  }

  /** Forgets it, and returns whether it was open. */
  finish(): boolean {
    const wasOpen = !this.#isOver;
    this.#isOver = true;
    this.#context.open.forget(this);
    return wasOpen;
  }
}

/** Whether Node accepts the options. Node refuses wrong ones. */
function isPlain(options: unknown): options is Options | undefined {
  if (options === undefined) return true;
  if (typeof options !== "object" || options === null) return false;
  const { signal } = options as Options;
  return signal === undefined || signal instanceof AbortSignal;
}
