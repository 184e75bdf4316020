import type { Location } from "@heapwise/leaks";
import type { LeftBehind, LeftBehindKind } from "./left-behind.ts";

/** Something that has to end with a scope. */
export interface OpenThing {
  /** The row that it makes in a report, or undefined if it ends with the scope by design. */
  readonly row?:
    | {
        readonly kind: LeftBehindKind;
        readonly name: string;
        readonly location: Location | undefined;
      }
    | undefined;
  /** Ends it. */
  end(): void | Promise<void>;
  /** Whether it has ended in a way that nobody told. */
  isOver?(): boolean;
}

/** From this size on things that are over are looked for. */
const LEAST_SWEEP = 64;

/** The open things of a scope, in the order of making. Keeps nothing that was forgotten. */
export class OpenThings {
  readonly #things = new Map<unknown, OpenThing>();
  #sweepAt = LEAST_SWEEP;

  /** Adds a thing under a key that is unique among the open ones, such as a timer. */
  add(key: unknown, thing: OpenThing): void {
    this.#things.delete(key);
    this.#things.set(key, thing);
    if (this.#things.size > this.#sweepAt) this.#sweep();
  }

  get size(): number {
    return this.#things.size;
  }

  has(key: unknown): boolean {
    return this.#things.has(key);
  }

  /** Forgets a thing that has ended, and returns whether it was open. */
  forget(key: unknown): boolean {
    return this.#things.delete(key);
  }

  keys(): Iterable<unknown> {
    return this.#things.keys();
  }

  /** Removes a thing and returns it, or undefined if it is not open, or over. */
  take(key: unknown): OpenThing | undefined {
    const thing = this.#things.get(key);
    this.#things.delete(key);
    return thing?.isOver?.() === true ? undefined : thing;
  }

  /** Half of the map is over at most, at a cost that is constant for each thing added. */
  #sweep(): void {
    for (const [key, thing] of this.#things) {
      if (thing.isOver?.() === true) this.#things.delete(key);
    }
    this.#sweepAt = Math.max(LEAST_SWEEP, 2 * this.#things.size);
  }
}

/** Adds a row to others, or one to the count of an equal row. */
export function addRow(
  rows: Map<string, LeftBehind>,
  { kind, name, location }: NonNullable<OpenThing["row"]>,
): void {
  const key = [kind, name, location?.url, location?.line, location?.column].join();
  const count = (rows.get(key)?.count ?? 0) + 1;
  rows.set(key, { kind, name, ended: true, count, location });
}
