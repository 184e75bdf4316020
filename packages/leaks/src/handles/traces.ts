import type { HandleKind } from "./left-handle.ts";
import type { Stack } from "./stacks.ts";

/** The description of a trace that is still open. */
export interface Finding {
  readonly kind: HandleKind;
  /** A name that is the same in each run: without ports, process ids and file descriptors. */
  readonly name: string;
  readonly stack: Stack;
  /** Whether it may end by itself soon, such as a socket whose other end was closed. */
  readonly mayEnd: boolean;
}

/** Something that was made while a census watched. */
export interface Trace {
  /** Returns undefined if the handle was closed, or if its maker need not close it. */
  find(): Finding | undefined;
}

/** A census that is told what was made in its context. */
export interface Census {
  readonly isWatching: boolean;
  add(trace: Trace): void;
  remove(trace: Trace): void;
}
