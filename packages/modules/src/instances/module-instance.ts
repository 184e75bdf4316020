import { track, type Probe } from "@heapwise/leaks";
import type { BackendName, ModuleSpec } from "../resolution/module-spec.ts";
import type { HotControl } from "../scope/hot.ts";
import type { ModuleScope } from "../scope/module-scope.ts";

/** The state of a version of a module. */
export type ModuleState =
  "loading" | "active" | "draining" | "unverified" | "unloaded" | "reclaimed" | "retained";

/** A dependency that has to be prepared before a module runs. */
export interface Need {
  readonly instance: ModuleInstance;
  /** Whether an error of its preparation waits until the module asks for it, as by `require`. */
  readonly isOptional: boolean;
}

/** What a backend made of the text of a module. */
export interface ModuleBody {
  /** The static imports of the module. The linker prepares it, and in turn its needs. */
  readonly needs?: readonly Need[];
  /**
   * What importers get: `module.exports`, or a namespace. Before the end of the evaluation, what
   * is there already, as in a cycle.
   */
  readonly exports: unknown;
  /**
   * Runs the code, after that of its static dependencies. Runs once: later calls return the same
   * promise.
   */
  evaluate(): Promise<void>;
  /**
   * Runs the code without waiting, for `require`. Throws if something has to be waited for, as for
   * `await` outside of functions.
   */
  evaluateNow?(): void;
  /** Ends what lives outside of this heap, and drops all references to the code. */
  release(): void | Promise<void>;
}

/** A load or reload under way: the versions that it makes, and those that it must not use. */
export interface Batch {
  /** Versions made by this batch, by address. */
  readonly fresh: Map<string, ModuleInstance>;
  /** All versions made by this batch, with those that failed and were made again. */
  readonly made: ModuleInstance[];
  /** Addresses of which a new version is made although one is active. */
  readonly renewed: ReadonlySet<string>;
  /** The data that the versions before wrote in their `dispose` callbacks, by address. */
  readonly handover: ReadonlyMap<string, Record<string, unknown>>;
}

/** An object that has to be collected after its version is unloaded. */
export interface Watched {
  readonly probe: Probe;
  readonly ref: WeakRef<WeakKey>;
}

/** Watches an object without holding it. */
export function watch(object: WeakKey, label: string | undefined): Watched {
  return { probe: track(object, label), ref: new WeakRef(object) };
}

/** One version of one file. Nodes of the graph of a host. */
export class ModuleInstance {
  readonly spec: ModuleSpec;
  readonly version: number;
  readonly backend: BackendName;
  readonly scope: ModuleScope;
  readonly hot: HotControl;
  /** Dependencies that the host owns, by address, in the order in which they were asked for. */
  readonly dependencies: Map<string, ModuleInstance> = new Map();
  readonly importers: Set<ModuleInstance> = new Set();
  /** Names of the modules of the process that this one asked for. */
  readonly shared: Set<string> = new Set();
  /** Objects that have to be collected after this version is unloaded. */
  readonly watched: Watched[] = [];
  state: ModuleState = "loading";
  /** Digest of the text, to see whether it changed. */
  digest: string | undefined;
  /** Position in the order in which evaluations began; 0 before. */
  order = 0;
  body: ModuleBody | undefined;
  /** The same promise for all that ask for the text to be read and compiled. */
  preparation: Promise<void> | undefined;
  /** The load or reload under way that made this version; undefined once it is active. */
  batch: Batch | undefined;
  /** Whether its evaluation threw, so that new importers need another version. */
  hasFailed = false;
  /** Whether its `dispose` callbacks have run for the last time, or must not run. */
  isDisposed = false;
  /** Whether no root reaches it any more, and it is being ended. */
  isDoomed = false;

  constructor(parts: {
    spec: ModuleSpec;
    version: number;
    backend: BackendName;
    scope: ModuleScope;
    hot: HotControl;
  }) {
    this.spec = parts.spec;
    this.version = parts.version;
    this.backend = parts.backend;
    this.scope = parts.scope;
    this.hot = parts.hot;
  }

  /** Notes that this module uses another one. */
  dependOn(dependency: ModuleInstance): void {
    const { url } = dependency.spec;
    this.dependencies.get(url)?.importers.delete(this);
    this.dependencies.set(url, dependency);
    dependency.importers.add(this);
  }

  /** Watches an object that has to be collected after this version is unloaded. */
  prove(object: WeakKey, label?: string): void {
    this.watched.push(watch(object, label));
  }
}
