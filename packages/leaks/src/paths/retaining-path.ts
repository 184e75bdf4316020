/**
 * What keeps the first object of a path alive. `stack` and `handle` are the engine's own;
 * `cache` is V8's compilation cache.
 */
export type RootKind =
  | "global"
  | "module"
  | "timer"
  | "listener"
  | "promise"
  | "async-context"
  | "stack"
  | "handle"
  | "cache"
  | "other";

/** A place in a source file. Line and column count from 1. */
export interface Location {
  /** The file as the engine names it: an address, a path, or a name without a folder. */
  readonly url: string;
  /** Line, from 1. */
  readonly line: number;
  /** Column, from 1. */
  readonly column: number;
}

/** One edge of a path, and the node to which it leads. */
export interface PathStep {
  /** How the node before this one refers to it, as source code would: `.name`, `[3]`. */
  readonly edge: string;
  /** A description of the node, such as `Map`, `closure onExit` or `Session`. */
  readonly node: string;
  /** The id of the node in the snapshot, `@id` in DevTools. Differs between runs. */
  readonly id?: number;
  /** Where a closure or class is defined, or the class of the object, if known. */
  readonly location?: Location;
}

/** A chain of references from a root to an object, without weak ones. */
export interface RetainingPath {
  /** The kind of the first step that the program can influence. */
  readonly root: RootKind;
  /** From the root to the object. */
  readonly steps: readonly PathStep[];
  /** The path as lines of text, for people. Long paths are cut in the middle. */
  toString(): string;
}
