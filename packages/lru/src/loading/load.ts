import type { LoadReport } from "../observation/cache-observer.ts";
import { createController, type LoadSignal } from "./abort-signal.ts";
import type { Deadline } from "./deadline.ts";
import type { Flight, FlightOwner } from "./flight.ts";
import { isIdentity } from "../checks/is-identity.ts";
import type { Hold } from "../removal/hold.ts";
import type { BulkLoader, LoadContext, Loader } from "./loader.ts";

/** The loader of a load. */
export type Source<K, V> =
  | { readonly isBulk: false; readonly load: Loader<K, V> }
  | {
      readonly isBulk: true;
      readonly load: BulkLoader<K, V>;
      /** Whether keys that are asked for one by one in the same turn are loaded in one call. */
      readonly isBatched: boolean;
    };

/**
 * Called with a load whose result is no longer wanted. `leaving` has the reason of the last caller
 * that left; undefined if a fence was the cause.
 */
export type Abandon<K, V> = (
  load: Load<K, V>,
  leaving: { readonly reason: unknown } | undefined,
) => void;

/** A flight whose load is known. */
export type LoadFlight<K, V> = Flight<K, V, Load<K, V>>;

/** One call of a loader, for one key or for several. Observers get it as their report. */
export class Load<K, V> implements LoadReport, FlightOwner {
  keys: readonly K[];
  readonly source: Source<K, V>;
  /** Whether the cache itself has started the load, which counts against `maxRefreshes`. */
  readonly isRefresh: boolean;
  readonly context: Context = new Context();
  /** One flight for each key; empty if the load is over. */
  flights: LoadFlight<K, V>[] = [];
  waiting = 0;
  kept = 0;
  isOver = false;
  /** `open` if keys may be added, `scheduled` if keys may be added and the start is planned. */
  state: "open" | "scheduled" | "begun" = "begun";
  /** The time of the call of the loader, ms; undefined before the call. */
  startedAt: number | undefined;
  /** The number of tags that were deleted before this load was created. */
  readonly deletions: number;
  /**
   * The holds of the stale values that the loader was given, by key. Undefined if nothing was lent.
   */
  lent: Map<K, Hold<K, V>> | undefined;
  /** Whether the load still has these holds. */
  isLent = false;
  deadline: Deadline | undefined;
  outcome: LoadReport["outcome"];
  durationMs = 0;
  error: unknown;
  readonly #abandon: Abandon<K, V>;

  constructor(
    keys: readonly K[],
    source: Source<K, V>,
    isRefresh: boolean,
    deletions: number,
    abandon: Abandon<K, V>,
  ) {
    this.keys = keys;
    this.source = source;
    this.isRefresh = isRefresh;
    this.deletions = deletions;
    this.#abandon = abandon;
  }

  /** Whether a value was lent to the loader. A primitive value counts only under its own key. */
  wasLent(key: K, value: V): boolean {
    if (!isIdentity(value)) return Object.is(this.lent?.get(key)?.value, value);
    for (const hold of this.lent?.values() ?? []) if (hold.value === value) return true;
    return false;
  }

  abandonIfUnwanted(leaving: { readonly reason: unknown } | undefined): void {
    if (this.waiting + this.kept === 0 && !this.isOver) this.#abandon(this, leaving);
  }
}

/**
 * The context of a load. The controller is created when a loader reads the signal: many never do.
 */
class Context implements LoadContext<unknown> {
  stale: unknown;
  ttl: number | undefined;
  weight: number | undefined;
  tags: Iterable<string> | undefined;
  refreshAfter: number | undefined;
  #controller: ReturnType<typeof createController> | undefined;
  #abortion: { readonly reason: unknown } | undefined;

  get signal(): LoadSignal {
    if (this.#controller === undefined) {
      this.#controller = createController();
      if (this.#abortion !== undefined) this.#controller.abort(this.#abortion.reason);
    }
    return this.#controller.signal;
  }

  abort(reason: unknown): void {
    this.#abortion = { reason };
    this.#controller?.abort(reason);
  }
}
