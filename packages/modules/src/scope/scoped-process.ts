import type { Location } from "@heapwise/leaks";
import { locateCaller } from "./locate-caller.ts";
import type { OpenThings } from "./open-things.ts";

type Listener = (...values: unknown[]) => void;
type Key = string | symbol;

/** The data that a `process` needs from its scope. */
export interface ProcessContext {
  readonly open: OpenThings;
  readonly hasEnded: () => boolean;
  /** What `process.getBuiltinModule` gives in place of the real one. */
  readonly builtin: (id: string) => unknown;
}

/** One listener of `process`. */
interface ProcessListener {
  readonly event: Key;
  readonly listener: Listener;
  /** What Node calls, which for `once` is a function around the listener. */
  readonly called: Listener;
}

/**
 * The `process` of one scope: a proxy of the real one. Listeners that are added through it end with
 * the scope; `removeAllListeners` removes only these. What a module assigns to the functions for
 * listeners stays in the module.
 */
export function makeScopedProcess(context: ProcessContext): NodeJS.Process {
  const listeners = new ScopedListeners(context);
  const bound = new WeakMap<object, unknown>();
  const own = new Map<Key, unknown>(Object.entries(listeners.methods(() => scoped)));
  own.set("getBuiltinModule", (id: string) => context.builtin(id) ?? process.getBuiltinModule(id));
  const scoped: NodeJS.Process = new Proxy(process, {
    get(target, key) {
      if (own.has(key)) return own.get(key);
      const value: unknown = Reflect.get(target, key, target);
      if (typeof value !== "function" || Object.hasOwn(target, key)) return value;
      // Methods of EventEmitter use fields of their `this`, and pass it on.
      if (key === "constructor") return value;
      if (!bound.has(value))
        bound.set(
          value,
          withThis(value as Listener, () => scoped),
        );
      return bound.get(value);
    },
    set(target, key, value) {
      if (own.has(key)) own.set(key, value);
      else return Reflect.set(target, key, value, target);
      return true;
    },
    defineProperty(target, key, descriptor) {
      if (!own.has(key) || !("value" in descriptor)) {
        return Reflect.defineProperty(target, key, descriptor);
      }
      if (descriptor.configurable === false) return false;
      own.set(key, descriptor.value);
      return true;
    },
  });
  return scoped;
}

/** A function that is called with the real `process` if it is called with that of a scope. */
function withThis(real: Listener, scoped: () => unknown): unknown {
  return new Proxy(real, {
    apply: (target, self: unknown, values) =>
      Reflect.apply(target, self === scoped() ? process : self, values),
  });
}

/** The listeners of `process` that a module added. */
class ScopedListeners {
  readonly #context: ProcessContext;
  readonly #open: OpenThings;
  /** The open ones, the newest last. */
  readonly #records = new Set<ProcessListener>();

  constructor(context: ProcessContext) {
    this.#context = context;
    this.#open = context.open;
  }

  /** The functions of `process` that add and remove listeners. */
  methods(self: () => unknown): Record<string, unknown> {
    const adder = (name: "on" | "prependListener", isOnce: boolean): unknown => {
      const add = (event: Key, listener: unknown): unknown => {
        this.#add(name, event, listener as Listener, { isOnce, location: locateCaller(add) });
        return self();
      };
      return add;
    };
    const remove = (event: Key, listener: Listener): unknown => {
      this.#remove(event, listener);
      return self();
    };
    return {
      on: adder("on", false),
      addListener: adder("on", false),
      once: adder("on", true),
      prependListener: adder("prependListener", false),
      prependOnceListener: adder("prependListener", true),
      off: remove,
      removeListener: remove,
      removeAllListeners: (...events: Key[]) => {
        for (const record of [...this.#records].reverse()) {
          if (events.length === 0 || record.event === events[0]) this.#end(record);
        }
        return self();
      },
      setUncaughtExceptionCaptureCallback: this.#capture(),
    };
  }

  #capture(): unknown {
    const key = {};
    const set = (callback: (() => void) | null): void => {
      process.setUncaughtExceptionCaptureCallback(callback);
      this.#open.forget(key);
      if (callback === null) return;
      const end = (): void => process.setUncaughtExceptionCaptureCallback(null);
      if (this.#context.hasEnded()) return end();
      const name = "uncaught exception capture callback of process";
      this.#open.add(key, { row: { kind: "listener", name, location: locateCaller(set) }, end });
    };
    return set;
  }

  #add(
    name: "on" | "prependListener",
    event: Key,
    listener: Listener,
    { isOnce, location }: { isOnce: boolean; location: Location | undefined },
  ): void {
    if (this.#context.hasEnded() && typeof listener === "function") return;
    const isWrapped = isOnce && typeof listener === "function";
    const called = isWrapped ? this.#once(event, listener) : listener;
    process[name](event as "exit", called);
    const record: ProcessListener = { event, listener, called };
    if (isWrapped) this.#ofOnce.set(called, record);
    this.#records.add(record);
    this.#open.add(record, {
      row: { kind: "listener", name: `listener of process ${print(event)}`, location },
      end: () => this.#end(record),
      isOver: () => {
        if (process.rawListeners(event).includes(called)) return false;
        this.#records.delete(record);
        return true;
      },
    });
  }

  readonly #ofOnce = new WeakMap<Listener, ProcessListener>();

  /** As the function of Node around a listener of `once`. */
  #once(event: Key, listener: Listener): Listener {
    const { removeListener } = process;
    let hasRun = false;
    const forget = (): void => this.#forget(this.#ofOnce.get(called));
    function called(this: unknown, ...values: unknown[]): unknown {
      if (hasRun) return undefined;
      hasRun = true;
      Reflect.apply(removeListener, process, [event, called]);
      forget();
      return Reflect.apply(listener, this, values);
    }
    called.listener = listener;
    return called;
  }

  #remove(event: Key, listener: Listener): void {
    const record = [...this.#records]
      .reverse()
      .find(
        (each) => each.event === event && (each.listener === listener || each.called === listener),
      );
    process.removeListener(event as "exit", record?.called ?? listener);
    this.#forget(record);
  }

  #end(record: ProcessListener): void {
    process.removeListener(record.event as "exit", record.called);
    this.#forget(record);
  }

  #forget(record: ProcessListener | undefined): void {
    if (record === undefined) return;
    this.#records.delete(record);
    this.#open.forget(record);
  }
}

function print(event: Key): string {
  return typeof event === "symbol" ? String(event) : JSON.stringify(event);
}
