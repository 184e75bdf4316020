import type { Location } from "../paths/retaining-path.ts";

/** The kind of a handle. */
export type HandleKind =
  | "timer"
  | "immediate"
  | "listener"
  | "server"
  | "socket"
  | "watcher"
  | "channel"
  | "port"
  | "worker"
  | "process"
  | "file";

/** Something that a function left behind, and that keeps memory or the process alive. */
export interface LeftHandle {
  /** The kind of the handle. */
  readonly kind: HandleKind;
  /**
   * A name that is the same in each run, such as `Timeout 5000 ms`, `Server 127.0.0.1:*`, or
   * `listener of process "SIGUSR2"`.
   */
  readonly name: string;
  /** How many of the same name were made at the same place. */
  readonly count: number;
  /** Where it was made: the innermost place outside of Node, if known. */
  readonly location?: Location | undefined;
  /** The stack of its making without the frames of Node, a line for each frame; may be empty. */
  readonly stack: string;
}
