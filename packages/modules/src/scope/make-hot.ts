import { print, refuse } from "../checks/arguments.ts";
import type { Hot, HotContext, HotControl, HotEvents } from "./hot.ts";

type Callback = (value: unknown) => unknown;

/** One call of `accept` for dependencies. */
interface Acceptance {
  readonly specifiers: readonly string[];
  readonly callback: Callback | undefined;
  /** With an array the callback gets one too. */
  readonly isList: boolean;
}

/** Makes the `hot` of a module and the host's side of it. */
export function makeHot(context: HotContext): HotControl {
  return new HotState(context);
}

/** The words of a module by its `hot`. */
class HotState implements HotControl {
  readonly hot: Hot;
  readonly #context: Omit<HotContext, "data">;
  #data: Record<string, unknown>;
  readonly #selfAcceptances: (Callback | undefined)[] = [];
  readonly #acceptances: Acceptance[] = [];
  readonly #disposers: Callback[] = [];
  readonly #pruners: Callback[] = [];
  readonly #listeners = new Map<string, Callback[]>();
  readonly #tracked: { readonly ref: WeakRef<WeakKey>; readonly label: string | undefined }[] = [];
  #declines = false;

  constructor(context: HotContext) {
    const { data, ...others } = context;
    this.#context = others;
    this.#data = data;
    this.hot = this.#make();
  }

  get acceptsItself(): boolean {
    return this.#selfAcceptances.length > 0;
  }

  get declines(): boolean {
    return this.#declines;
  }

  accepts(file: string): boolean {
    return this.#acceptances.some(({ specifiers }) =>
      specifiers.some((specifier) => this.#context.fileOf(specifier) === file),
    );
  }

  deliver(next: ReadonlyMap<string, unknown>): void {
    for (const { specifiers, callback, isList } of this.#acceptances.slice()) {
      const files = specifiers.map((specifier) => this.#context.fileOf(specifier) ?? "");
      if (callback === undefined || !files.some((file) => next.has(file))) continue;
      const exports = files.map((file) => next.get(file));
      this.#call(callback, isList ? exports : exports[0]);
    }
  }

  deliverItself(next: unknown): void {
    for (const callback of this.#selfAcceptances.slice()) {
      if (callback !== undefined) this.#call(callback, next);
    }
  }

  async dispose(data: Record<string, unknown>, isPruned: boolean): Promise<void> {
    const callbacks = [...this.#disposers].reverse();
    if (isPruned) callbacks.push(...[...this.#pruners].reverse());
    for (const callback of callbacks) {
      try {
        await callback(data);
      } catch (error) {
        this.#context.onError(error);
      }
    }
  }

  emit<Name extends keyof HotEvents>(event: Name, payload: HotEvents[Name]): void {
    for (const callback of this.#listeners.get(event)?.slice() ?? []) this.#call(callback, payload);
  }

  tracked(): { readonly ref: WeakRef<WeakKey>; readonly label: string | undefined }[] {
    return this.#tracked.filter(({ ref }) => ref.deref() !== undefined);
  }

  clear(): void {
    for (const list of [
      this.#selfAcceptances,
      this.#acceptances,
      this.#disposers,
      this.#pruners,
      this.#tracked,
    ]) {
      list.length = 0;
    }
    this.#listeners.clear();
    this.#data = {};
  }

  #make(): Hot {
    const { scope, onInvalidate } = this.#context;
    const data = (): Record<string, unknown> => this.#data;
    const hot = {
      get data() {
        return data();
      },
      get signal() {
        return scope.signal;
      },
      get timers() {
        return scope.timers;
      },
      accept: (...values: unknown[]) => this.#accept(values[0], values[1]),
      dispose: (callback: unknown) => add(this.#disposers, "dispose", callback),
      prune: (callback: unknown) => add(this.#pruners, "prune", callback),
      decline: () => void (this.#declines = true),
      invalidate(message?: unknown) {
        if (message !== undefined) checkText("invalidate module", "message", message);
        onInvalidate(message);
      },
      on: (event: unknown, callback: unknown) => this.#on(event, callback),
      off: (event: unknown, callback: unknown) => this.#off(event, callback),
      defer(cleanup: unknown) {
        checkCallback("defer", cleanup);
        scope.defer(cleanup as () => void);
      },
      track: (object: unknown, label: unknown) => this.#track(object, label),
    };
    return hot as Hot;
  }

  #accept(dependencies: unknown, callback: unknown): void {
    const action = "accept";
    if (dependencies === undefined || typeof dependencies === "function") {
      this.#selfAcceptances.push(dependencies as Callback | undefined);
      return;
    }
    if (callback !== undefined) checkCallback(action, callback);
    const isList = Array.isArray(dependencies);
    const specifiers = isList ? [...(dependencies as unknown[])] : [dependencies];
    const wrong = specifiers.find((specifier) => typeof specifier !== "string");
    if (wrong !== undefined || specifiers.includes(undefined)) {
      const expected = "a string, an array of strings or a function";
      refuse(action, `dependencies are ${print(isList ? wrong : dependencies)}`, expected);
    }
    this.#acceptances.push({
      specifiers: specifiers as string[],
      callback: callback as Callback | undefined,
      isList,
    });
  }

  #on(event: unknown, callback: unknown): void {
    checkText("listen to module", "event", event);
    checkCallback("listen to module", callback);
    const callbacks = this.#listeners.get(event);
    if (callbacks === undefined) this.#listeners.set(event, [callback]);
    else callbacks.push(callback);
  }

  #off(event: unknown, callback: unknown): void {
    checkText("remove listener", "event", event);
    const callbacks = this.#listeners.get(event);
    const index = callbacks?.indexOf(callback as Callback) ?? -1;
    if (index >= 0) callbacks?.splice(index, 1);
  }

  #track(object: unknown, label: unknown): unknown {
    const isObject = typeof object === "object" && object !== null;
    if (!isObject && typeof object !== "function") {
      refuse("track object", `it is ${print(object)}`, "an object or a function");
    }
    if (label !== undefined) checkText("track object", "label", label);
    this.#tracked.push({ ref: new WeakRef(object as WeakKey), label: label as string | undefined });
    return object;
  }

  /** Calls a callback of the module, and reports its error, also that of a promise. */
  #call(callback: Callback, value: unknown): void {
    const { onError } = this.#context;
    try {
      const result = callback(value) as Promise<unknown> | undefined;
      if (typeof result?.then === "function") void Promise.resolve(result).catch(onError);
    } catch (error) {
      onError(error);
    }
  }
}

function add(callbacks: Callback[], action: string, callback: unknown): void {
  checkCallback(action, callback);
  callbacks.push(callback);
}

function checkCallback(action: string, callback: unknown): asserts callback is Callback {
  if (typeof callback === "function") return;
  refuse(action, `callback is ${print(callback)}`, "a function");
}

function checkText(action: string, name: string, text: unknown): asserts text is string {
  if (typeof text !== "string") refuse(action, `${name} is ${print(text)}`, "a string");
}
