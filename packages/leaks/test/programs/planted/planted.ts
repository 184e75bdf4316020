import type { RootKind } from "../../../src/paths/retaining-path.ts";

/** The object that a planted program leaks. `program` finds it again in a heap snapshot. */
export class Leaked {
  readonly program: string;

  constructor(program: string) {
    this.program = program;
  }
}

/**
 * A program that keeps an object, and by whom. `plant` returns what `release` needs, or nothing.
 * Between the two calls only a weak reference to it exists, so that it cannot become a holder that
 * the program does not have.
 */
export interface Planting<Handle> {
  readonly name: string;
  /** What the printed path must contain. */
  readonly holder: RegExp;
  /** The kind of the path's root. More than one if the holder is reached in several equal ways. */
  readonly root: RootKind | readonly RootKind[];
  /** Whether this host has what the program uses. */
  readonly supported?: () => boolean;
  plant(leaked: Leaked): Handle | Promise<Handle>;
  release(handle: Handle): unknown;
}

/** A planted program of which the runner need not know the handle. */
export interface Planted {
  readonly name: string;
  readonly holder: RegExp;
  readonly roots: readonly RootKind[];
  readonly supported: boolean;
  plant(leaked: Leaked): Promise<WeakRef<WeakKey> | undefined>;
  release(handle: WeakRef<WeakKey> | undefined): Promise<void>;
}

export function planted<Handle extends WeakKey | void>(program: Planting<Handle>): Planted {
  const { name, holder, root, supported } = program;
  return {
    name,
    holder,
    roots: typeof root === "string" ? [root] : root,
    supported: supported?.() ?? true,
    async plant(leaked) {
      const handle = await program.plant(leaked);
      return handle === undefined ? undefined : new WeakRef(handle as WeakKey);
    },
    async release(reference) {
      const handle = reference?.deref();
      if (reference !== undefined && handle === undefined) {
        throw new Error(`Cannot release ${name}: its handle was collected, expected it to be held`);
      }
      await program.release(handle as Handle);
    },
  };
}
