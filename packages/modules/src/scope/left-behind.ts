import type { Location } from "@heapwise/leaks";

/** The kind of a thing that a module left behind. */
export type LeftBehindKind =
  | "timer"
  | "listener"
  | "subscriber"
  | "abort-listener"
  | "global"
  | "symbol"
  | "prototype"
  | "prepare-stack-trace";

/** Something that a module made and did not end itself. */
export interface LeftBehind {
  /** Its kind. */
  readonly kind: LeftBehindKind;
  /** In words, such as `setInterval 1000 ms` or `listener of process "SIGUSR2"`. */
  readonly name: string;
  /** Whether the host ended it; what a module put on `globalThis` or a prototype stays. */
  readonly ended: boolean;
  /** How many equal ones there are. */
  readonly count: number;
  /** Where it was made, if known. */
  readonly location?: Location | undefined;
}
