import type { RetainingPath } from "@heapwise/leaks";
import type { ModuleState, Watched } from "../instances/module-instance.ts";
import type { LeftBehind } from "../scope/left-behind.ts";

/** Gets the state that a proof found. Holds no code. */
export interface StateHolder {
  state: ModuleState;
}

/** The facts known of a version after the host let go of its code: nothing here holds it. */
export interface Remains {
  readonly module: string;
  readonly version: number;
  /** Whether its backend can unload at all. */
  readonly isUnloadable: boolean;
  readonly watched: readonly Watched[];
  readonly leftBehind: readonly LeftBehind[];
  /** The handles of the version, if it had been loaded by name. */
  readonly holder: StateHolder | undefined;
  /** When the host let go of it, in the time of the clock. */
  readonly since: number;
  /** What holds it, as far as somebody looked. */
  retained: readonly RetainingPath[];
}

/** A version that was unloaded and is still held. */
export interface Zombie {
  /** The name of the module. */
  readonly module: string;
  /** The number of the version. */
  readonly version: number;
  /** Milliseconds since the host let go of it. */
  readonly ageMs: number;
  /** What holds it, if `unload` or a refused reload looked for that; otherwise empty. */
  readonly retained: readonly RetainingPath[];
}

/** Whether all that a version was watched by is collected. */
export function isGone({ watched, isUnloadable }: Remains): boolean {
  return isUnloadable && watched.every(({ probe }) => !probe.isLive());
}
