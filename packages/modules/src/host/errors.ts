import type { RetainingPath } from "@heapwise/leaks";

/** The step of a load or reload that failed. */
export type LoadPhase =
  "resolve" | "read" | "transform" | "compile" | "link" | "evaluate" | "worker";

/** A lease, or another holder of a version. */
export interface Holder {
  /** The label that was passed to `acquire`, or the name of the export that runs. */
  readonly label: string;
  /** The version that is held. */
  readonly version: number;
  /** Milliseconds since the lease began. */
  readonly heldMs: number;
}

/**
 * A module could not be loaded. Nothing of it is left behind: its scope is ended, and a version
 * that was active before stays active. `cause` is the error that was thrown.
 */
export class ModuleLoadError extends Error {
  override readonly name = "ModuleLoadError";
  readonly code = "MODULE_LOAD";
  /** Name of the module that failed, which may be a dependency of the one that was asked for. */
  readonly module: string;
  /** The version that was to be made. */
  readonly version: number;
  /** The step that failed. */
  readonly phase: LoadPhase;

  constructor(
    message: string,
    details: { module: string; version: number; phase: LoadPhase; cause?: unknown },
  ) {
    super(message, "cause" in details ? { cause: details.cause } : undefined);
    this.module = details.module;
    this.version = details.version;
    this.phase = details.phase;
    writeStack(this);
    writeStack(details.cause);
  }
}

/**
 * Makes the engine write the stack of an error now. Until somebody reads it, it holds the functions
 * and objects of its frames, and with them the code of modules.
 */
export function writeStack(error: unknown): void {
  try {
    if (error instanceof Error) void error.stack;
  } catch {
    // It has a getter of its own.
  }
}

/** A handle, a proxy or a lease of a version was used after that version was unloaded. */
export class ModuleUnloadedError extends Error {
  override readonly name = "ModuleUnloadedError";
  readonly code = "MODULE_UNLOADED";
  /** The name of the module. */
  readonly module: string;
  /** The version that is unloaded; 0 if no version is loaded. */
  readonly version: number;

  constructor(action: string, module: string, version: number) {
    const found = version === 0 ? "is not loaded" : `version ${version} is unloaded`;
    super(`Cannot ${action}: module "${module}" ${found}, expected a version that is loaded`);
    this.module = module;
    this.version = version;
    writeStack(this);
  }
}

/** Old versions of a module are still held, and another one would exceed a bound. */
export class ModuleRetainedError extends Error {
  override readonly name = "ModuleRetainedError";
  readonly code = "MODULE_RETAINED";
  /** The name of the module. */
  readonly module: string;
  /** The version that is active; 0 if there is none. */
  readonly version: number;
  /** The leases that hold versions of the module. */
  readonly holders: readonly Holder[];
  /** What holds versions that should be gone, if that is known. */
  readonly retained: readonly RetainingPath[];

  constructor(
    message: string,
    details: {
      module: string;
      version: number;
      holders?: readonly Holder[];
      retained?: readonly RetainingPath[];
    },
  ) {
    super(message);
    this.module = details.module;
    this.version = details.version;
    this.holders = details.holders ?? [];
    this.retained = details.retained ?? [];
    writeStack(this);
  }
}

/** A host was used after it was disposed of. Loads that were under way get this error too. */
export class ModuleHostDisposedError extends Error {
  override readonly name = "ModuleHostDisposedError";
  readonly code = "MODULE_HOST_DISPOSED";

  constructor(action: string) {
    super(`Cannot ${action}: the host is disposed of, expected a host in use`);
    writeStack(this);
  }
}
