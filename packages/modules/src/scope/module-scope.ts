import type { HotTimers } from "./hot-timers.ts";
import type { LeftBehind } from "./left-behind.ts";
import { namespaceOf } from "./namespace-of.ts";
import { addRow, OpenThings } from "./open-things.ts";
import { ProcessChanges } from "./process-changes.ts";
import { makeScopedChannels } from "./scoped-channels.ts";
import { makeScopedEvents } from "./scoped-events.ts";
import { makeScopedProcess } from "./scoped-process.ts";
import { makeScopedTimerPromises, type TimerPromises } from "./scoped-timer-promises.ts";
import { makeScopedTimers, type TimerHome } from "./scoped-timers.ts";

/** Settings of a scope. */
export interface ScopeSettings {
  /** Whether timers and `process` are shadowed. */
  readonly globals: "scoped" | "shared";
  /** Called with the error of each cleanup that throws. */
  readonly onError: (error: unknown) => void;
  /** Limits the wait for cleanups; without it the scope waits as long as they take. */
  readonly schedule?: ((run: () => void, ms: number) => () => void) | undefined;
}

/** Most milliseconds to wait for all cleanups that were deferred: less than the host waits. */
const PATIENCE = 4000;
/** Most things that cleanups may open while the scope ends. */
const MOST_LATE = 1000;

/**
 * The things that one version of a module made, and that end with it: timers, listeners of
 * `process`, functions that were deferred, and a signal. Ends everything once, in reverse order.
 * After that a timer that the module starts never runs, a listener is not added, and a deferred
 * function runs at once; none of these throws.
 */
export class ModuleScope {
  readonly #settings: ScopeSettings;
  readonly #open = new OpenThings();
  readonly #builtins = new Map<string, object>();
  readonly #isScoped: boolean;
  readonly #changes: ProcessChanges;
  #globals: Readonly<Record<string, unknown>> | undefined;
  #timers: HotTimers | undefined;
  #controller: AbortController | undefined;
  #signal: WeakRef<AbortSignal> | undefined;
  #state: "open" | "ending" | "ended" = "open";
  #late = 0;

  constructor(settings: ScopeSettings) {
    this.#settings = settings;
    this.#isScoped = settings.globals === "scoped";
    this.#changes = new ProcessChanges(!this.#isScoped);
  }

  /** The variables that shadow globals in the code of the module, by name. */
  get globals(): Readonly<Record<string, unknown>> {
    this.#globals ??= this.#isScoped
      ? { ...this.#makeTimers(() => globalThis as never, true), process: this.#shadow("process") }
      : {};
    return this.#globals;
  }

  /** Timers that end with the scope, and are not reported: for `hot.timers`. */
  get timers(): HotTimers {
    this.#timers ??= this.#makeTimers(() => globalThis as never, false);
    return this.#timers;
  }

  /**
   * What `require` and `import` of a builtin give in place of the real one, or undefined. Always
   * the same object for the same builtin, with or without `node:`.
   */
  builtin(id: string, kind: "require" | "import" = "require"): unknown {
    const name = id.replace(/^node:/, "");
    if (!this.#isScoped || !NAMES.has(name)) return undefined;
    const exports = this.#shadow(name);
    if (kind === "require") return exports;
    const key = `import ${name}`;
    let namespace = this.#builtins.get(key);
    if (namespace === undefined) {
      namespace = namespaceOf(exports, realOf(name));
      this.#builtins.set(key, namespace);
    }
    return namespace;
  }

  /**
   * Calls a function that evaluates the module, and notes its changes of the process. If it
   * returns a promise, the evaluation goes on until that is settled.
   */
  evaluate<Result>(run: () => Result): Result {
    return this.#changes.during(run);
  }

  /** Aborted when the scope ends. */
  get signal(): AbortSignal {
    const known = this.#controller?.signal ?? this.#signal?.deref();
    if (known !== undefined) return known;
    if (this.#state !== "open") return AbortSignal.abort();
    this.#controller = new AbortController();
    return this.#controller.signal;
  }

  /** Runs a function when the scope ends, or at once if it has ended. */
  defer(cleanup: () => void | Promise<void>): void {
    if (this.#state !== "ended" && this.#mayOpen()) {
      this.#open.add({}, { end: cleanup });
      return;
    }
    const { onError } = this.#settings;
    void this.#run(cleanup)?.catch(onError);
  }

  /**
   * Ends all that is open, in reverse order of making; an error of a cleanup stops none of the
   * others. What cleanups open is ended too. Returns what had to be ended, and what stays. Later
   * calls do nothing and return nothing.
   */
  async end(): Promise<LeftBehind[]> {
    if (this.#state !== "open") return [];
    this.#state = "ending";
    const rows = new Map<string, LeftBehind>();
    const patience = new Patience(this.#settings.schedule);
    this.#abort();
    while (this.#open.size > 0) {
      for (const key of [...this.#open.keys()].reverse()) {
        const thing = this.#open.take(key);
        if (thing === undefined) continue;
        if (thing.row !== undefined) addRow(rows, thing.row);
        const cleaning = this.#run(() => thing.end());
        if (cleaning !== undefined) await patience.waitFor(cleaning, this.#settings.onError);
      }
    }
    this.#state = "ended";
    patience.end();
    this.#globals = undefined;
    this.#timers = undefined;
    this.#builtins.clear();
    return [...rows.values(), ...this.#changes.end()];
  }

  #abort(): void {
    const controller = this.#controller;
    if (controller === undefined) return;
    // Its listeners are functions of the module.
    this.#signal = new WeakRef(controller.signal);
    this.#controller = undefined;
    controller.abort();
  }

  /** Calls a cleanup, and returns its promise if it returned one. */
  #run(cleanup: () => void | Promise<void>): Promise<void> | undefined {
    try {
      const result = cleanup();
      const isPromise = typeof (result as Promise<void> | undefined)?.then === "function";
      return isPromise ? Promise.resolve(result) : undefined;
    } catch (error) {
      this.#settings.onError(error);
      return undefined;
    }
  }

  /** Whether another thing may be opened. Cleanups that go on opening must come to an end. */
  #mayOpen(): boolean {
    if (this.#state === "open") return true;
    return this.#state === "ending" && ++this.#late <= MOST_LATE;
  }

  #makeTimers(home: () => TimerHome, isReported: boolean): HotTimers {
    return makeScopedTimers({
      open: this.#open,
      hasEnded: () => !this.#mayOpen(),
      home,
      promises: () => this.#shadow("timers/promises") as TimerPromises,
      isReported,
    });
  }

  #shadow(name: string): object {
    let shadow = this.#builtins.get(name);
    if (shadow === undefined) this.#builtins.set(name, (shadow = this.#make(name)));
    return shadow;
  }

  #make(name: string): object {
    const context = {
      open: this.#open,
      hasEnded: () => !this.#mayOpen(),
      builtin: (id: string) => this.builtin(id),
    };
    const real = realOf(name);
    if (name === "process") return makeScopedProcess(context);
    if (name === "events") return makeScopedEvents(context);
    if (name === "timers/promises") return makeScopedTimerPromises(real as TimerPromises, context);
    if (name === "diagnostics_channel") return makeScopedChannels(real as never, context);
    const timers = this.#makeTimers(() => realOf(name) as TimerHome, true);
    const promises = this.#shadow("timers/promises");
    return Object.assign(Object.create(null) as object, real, timers, { promises });
  }
}

const NAMES = new Set(["process", "events", "timers", "timers/promises", "diagnostics_channel"]);

function realOf(name: string): object {
  return process.getBuiltinModule(`node:${name}` as "node:timers");
}

/** The time that all cleanups of a scope have together. */
class Patience {
  readonly #schedule: ScopeSettings["schedule"];
  #cancel: (() => void) | undefined;
  #isOver = false;
  #leave: (() => void) | undefined;

  constructor(schedule: ScopeSettings["schedule"]) {
    this.#schedule = schedule;
  }

  /** Waits for a cleanup, and reports its error, also if that comes too late. */
  async waitFor(cleaning: Promise<void>, onError: (error: unknown) => void): Promise<void> {
    const done = cleaning.catch(onError);
    if (this.#isOver) return;
    this.#cancel ??= this.#schedule?.(() => {
      this.#isOver = true;
      this.#leave?.();
    }, PATIENCE);
    const isDone = done.then(() => true);
    const isOver = new Promise<boolean>((resolve) => {
      this.#leave = () => resolve(false);
    });
    if (await Promise.race([isDone, isOver])) return;
    onError(
      new Error(
        `Cannot end scope: a deferred function has not finished for ${PATIENCE} ms, expected it to finish`,
      ),
    );
  }

  end(): void {
    this.#cancel?.();
    this.#leave = undefined;
  }
}
