import type { HotTimers } from "./hot-timers.ts";
import type { ModuleScope } from "./module-scope.ts";

/** Events of a module: see {@link Hot.on}. */
export interface HotEvents {
  /** The next version could not be evaluated, and this one stays. */
  readonly restore: { readonly error: unknown };
  /** Before this version is replaced. */
  readonly beforeUpdate: undefined;
}

/**
 * The words of a module about its own reloads: `module.hot` in CommonJS, `import.meta.hot` in ES
 * modules. The names are those of Vite; `signal`, `defer`, `timers` and `track` are added.
 */
export interface Hot {
  /** What the version before this one wrote in its `dispose` callbacks, or `load` was given. */
  readonly data: Record<string, unknown>;
  /** Lets this module be reloaded without its importers. */
  accept(callback?: (next: unknown) => void): void;
  /** Lets dependencies be reloaded without this module; the callback gets their new exports. */
  accept(dependency: string, callback?: (next: unknown) => void): void;
  /** The callback gets undefined for each dependency that has no new version. */
  accept(dependencies: readonly string[], callback?: (next: readonly unknown[]) => void): void;
  /**
   * Called before the version is replaced or unloaded. Writes the data for the next version into
   * `data`.
   */
  dispose(callback: (data: Record<string, unknown>) => void | Promise<void>): void;
  /** Called when the module is unloaded and no new version replaces it. */
  prune(callback: (data: Record<string, unknown>) => void | Promise<void>): void;
  /** Refuses reloads by `watch`. */
  decline(): void;
  /** Asks for a reload of the importers, for example if `accept` cannot take the new version. */
  invalidate(message?: string): void;
  /** Adds a listener of an event of this version. Events that are not known never happen. */
  on<Name extends keyof HotEvents>(event: Name, callback: (payload: HotEvents[Name]) => void): void;
  /** Removes a listener. */
  off<Name extends keyof HotEvents>(
    event: Name,
    callback: (payload: HotEvents[Name]) => void,
  ): void;
  /** Aborted when this version ends. */
  readonly signal: AbortSignal;
  /** Runs a function when this version ends, after all that were deferred later. */
  defer(cleanup: () => void | Promise<void>): void;
  /** Timers that end with this version, also if the option `globals` is `shared`. */
  readonly timers: HotTimers;
  /** Adds an object to the proof: it should be collected after the version is unloaded. */
  track<T extends WeakKey>(object: T, label?: string): T;
}

/** The host's side of a `Hot`. */
export interface HotControl {
  readonly hot: Hot;
  /** Whether the module accepts its own new versions. */
  readonly acceptsItself: boolean;
  readonly declines: boolean;
  /** Whether it accepts new versions of a dependency, by absolute path. */
  accepts(file: string): boolean;
  /** Runs the callbacks of `accept` for dependencies that have new versions, by absolute path. */
  deliver(next: ReadonlyMap<string, unknown>): void;
  /** Runs the callbacks of `accept` of the module itself. */
  deliverItself(next: unknown): void;
  /** Runs the callbacks of `dispose`, and of `prune` too if nothing replaces the version. */
  dispose(data: Record<string, unknown>, isPruned: boolean): Promise<void>;
  emit<Name extends keyof HotEvents>(event: Name, payload: HotEvents[Name]): void;
  /** Objects of `track` that are alive, with their labels. */
  tracked(): readonly { readonly ref: WeakRef<WeakKey>; readonly label: string | undefined }[];
  /** Drops all callbacks and data. */
  clear(): void;
}

/** The data that a `Hot` needs from the host. */
export interface HotContext {
  readonly scope: ModuleScope;
  readonly data: Record<string, unknown>;
  readonly onError: (error: unknown) => void;
  /** The absolute path of a specifier of the module, or undefined if it cannot be resolved. */
  readonly fileOf: (specifier: string) => string | undefined;
  readonly onInvalidate: (message: string | undefined) => void;
}
