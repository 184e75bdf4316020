import { fileURLToPath, pathToFileURL } from "node:url";
import { resolve as resolvePath } from "node:path";
import {
  checkFunction,
  integerFrom,
  oneOf,
  print,
  readOptions,
  refuse,
} from "../checks/arguments.ts";
import type { BackendName, ModuleSpec } from "../resolution/module-spec.ts";
import type { Transform } from "../source/transform.ts";

/** The context of a `resolve` of the options, and may use. */
export interface ResolveContext {
  /** The address of the module that asks, or of the root. */
  readonly parent: string;
  /** Whether an `import` or a `require` asks, which choose conditions of `exports`. */
  readonly kind: "import" | "require";
  /** The resolution of the host. */
  readonly next: (specifier: string) => ModuleSpec;
}

/** Limits of the worker in which a module runs, as in `worker_threads`. */
export interface ResourceLimits {
  /** Megabytes of the old generation. */
  readonly maxOldGenerationSizeMb?: number | undefined;
  /** Megabytes of the young generation. */
  readonly maxYoungGenerationSizeMb?: number | undefined;
  /** Megabytes of code. */
  readonly codeRangeSizeMb?: number | undefined;
  /** Megabytes of the stack. */
  readonly stackSizeMb?: number | undefined;
}

/** The time of a host, for tests. */
export interface Clock {
  /** Milliseconds from any beginning. */
  now(): number;
  /** Runs a function after some milliseconds; the result cancels it. */
  schedule(run: () => void, ms: number): () => void;
}

/** Options of `ModuleHost`. */
export interface ModuleHostOptions {
  /**
   * What runs the code: `function`, `vm-module`, `worker` or `native`. `auto`, the default, chooses
   * for each file the best one that can unload it.
   */
  readonly backend?: "auto" | BackendName | undefined;
  /** Folder to which relative specifiers and names refer. The working directory by default. */
  readonly root?: string | URL | undefined;
  /** Turns an ES module into a function body. `moduleRunnerTransform` of `vite` by default. */
  readonly transform?: Transform | undefined;
  /** Replaces the resolution of specifiers, for example for aliases. */
  readonly resolve?:
    ((specifier: string, context: ResolveContext) => string | URL | ModuleSpec) | undefined;
  /** Specifiers or names that come from the process, as one copy for all. */
  readonly shared?: readonly (string | RegExp)[] | undefined;
  /** Most versions of a module that are active or leased at a time, 2 by default, as in Erlang. */
  readonly maxVersions?: number | undefined;
  /** Most unloaded versions that are not reclaimed. 8 by default. */
  readonly maxZombies?: number | undefined;
  /** `bypass`, the default, keeps sources out of V8's compilation cache. */
  readonly codeCache?: "bypass" | "keep" | undefined;
  /** `scoped`, the default, gives modules timers and a `process` whose handles the host can end. */
  readonly globals?: "scoped" | "shared" | undefined;
  /** Limits of each worker. */
  readonly resourceLimits?: ResourceLimits | undefined;
  /** Called with errors that no call can report. They become uncaught exceptions by default. */
  readonly onError?: ((error: unknown) => void) | undefined;
  /** Replaces the time, in tests. */
  readonly clock?: Clock | undefined;
}

/** The options with their defaults. */
export interface Settings {
  readonly backend: "auto" | BackendName;
  /** Absolute path of the root. */
  readonly root: string;
  /** Address of the root, with a slash at its end. */
  readonly rootUrl: string;
  readonly transform: Transform | undefined;
  readonly resolve: ModuleHostOptions["resolve"];
  readonly shared: readonly (string | RegExp)[];
  readonly maxVersions: number;
  readonly maxZombies: number;
  readonly codeCache: "bypass" | "keep";
  readonly globals: "scoped" | "shared";
  readonly resourceLimits: ResourceLimits | undefined;
  readonly onError: (error: unknown) => void;
  readonly clock: Clock;
}

const CHECKS = {
  backend: oneOf("auto", "function", "vm-module", "worker", "native"),
  root: checkRoot,
  transform: checkFunction,
  resolve: checkFunction,
  shared: checkShared,
  maxVersions: integerFrom(1),
  maxZombies: integerFrom(0),
  codeCache: oneOf("bypass", "keep"),
  globals: oneOf("scoped", "shared"),
  resourceLimits: checkLimits,
  onError: checkFunction,
  clock: checkClock,
};

/** Checks the options of a host, and fills in the defaults. */
export function readSettings(options: ModuleHostOptions): Settings {
  const read = readOptions<ModuleHostOptions>("make module host", options, CHECKS);
  const root = resolvePath(rootPath(read.root));
  return {
    backend: read.backend ?? "auto",
    root,
    rootUrl: `${pathToFileURL(root).href.replace(/\/$/, "")}/`,
    transform: read.transform,
    resolve: read.resolve,
    shared: [...(read.shared ?? [])],
    maxVersions: read.maxVersions ?? 2,
    maxZombies: read.maxZombies ?? 8,
    codeCache: read.codeCache ?? "bypass",
    globals: read.globals ?? "scoped",
    resourceLimits: read.resourceLimits && { ...read.resourceLimits },
    onError: read.onError ?? reportUncaught,
    clock: read.clock ?? realClock,
  };
}

function rootPath(root: string | URL | undefined): string {
  if (root === undefined) return process.cwd();
  if (typeof root === "string" && !root.startsWith("file:")) return root;
  return fileURLToPath(root);
}

function reportUncaught(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}

const realClock: Clock = {
  now: () => performance.now(),
  schedule(run, ms) {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};

function checkRoot(action: string, name: string, value: unknown): void {
  if (typeof value === "string" || (value instanceof URL && value.protocol === "file:")) return;
  refuse(action, `${name} is ${print(value)}`, "a path or a file: URL");
}

function checkShared(action: string, name: string, value: unknown): void {
  const isList = Array.isArray(value);
  if (isList && value.every((each) => typeof each === "string" || each instanceof RegExp)) return;
  refuse(action, `${name} is ${print(value)}`, "an array of strings and regular expressions");
}

function checkLimits(action: string, name: string, value: unknown): void {
  if (typeof value !== "object" || value === null) {
    refuse(action, `${name} is ${print(value)}`, "an object");
  }
  for (const [limit, amount] of Object.entries(value)) {
    if (amount === undefined || (typeof amount === "number" && amount > 0)) continue;
    refuse(action, `${name}.${limit} is ${print(amount)}`, "a number above 0", RangeError);
  }
}

function checkClock(action: string, name: string, value: unknown): void {
  const clock = value as Partial<Clock> | null | undefined;
  if (typeof clock?.now === "function" && typeof clock.schedule === "function") return;
  refuse(action, `${name} is ${print(value)}`, "an object with now() and schedule()");
}
