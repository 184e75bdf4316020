import type { LoadReport } from "../observation/cache-observer.ts";
import { createController, type LoadSignal } from "./abort-signal.ts";
import type { Deadline } from "./deadline.ts";
import type { Flight, FlightOwner } from "./flight.ts";
import { isIdentity } from "../checks/is-identity.ts";
import type { Hold } from "../removal/hold.ts";
import type { BulkLoader, LoadContext, Loader } from "./loader.ts";

/** A loader of whichever kind. */
export type Source<K, V> =
  | { readonly isBulk: false; readonly load: Loader<K, V> }
  | {
      readonly isBulk: true;
      readonly load: BulkLoader<K, V>;
      /** Whether single keys of one turn are loaded together. */
      readonly isBatched: boolean;
    };

/** Told of a load of which nobody wants the result any more: by the reason of the last who left, or by a fence. */
export type Abandon<K, V> = (
  load: Load<K, V>,
  leaving: { readonly reason: unknown } | undefined,
) => void;

/** A flight whose load is known. */
export type LoadFlight<K, V> = Flight<K, V, Load<K, V>>;

/** One call of a loader, for one key or for several. Observers are shown it as their report. */
export class Load<K, V> implements LoadReport, FlightOwner {
  keys: readonly K[];
  readonly source: Source<K, V>;
  /** Started by the cache itself, and counted against `maxRefreshes`. */
  readonly isRefresh: boolean;
  readonly context: Context = new Context();
  /** One for each key; empty when the load is over. */
  flights: LoadFlight<K, V>[] = [];
  /** Callers that wait. */
  waiting = 0;
  /** Flights that the cache itself wants. */
  kept = 0;
  isOver = false;
  /** Whether keys may be added: it is `open`, and `scheduled` if it is known when it begins. */
  state: "open" | "scheduled" | "begun" = "begun";
  /** When the loader was called, ms; undefined before. */
  startedAt: number | undefined;
  /** How many tags had been deleted before. */
  readonly deletions: number;
  /** The holds of the stale values that the loader was given, by key. */
  lent: Map<K, Hold<K, V>> | undefined;
  /** Whether they are still lent to it. */
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

  /** Calls the loader. */
  call(): unknown {
    const { source, context, keys } = this;
    if (source.isBulk) return source.load(keys, context as LoadContext<ReadonlyMap<K, V>>);
    return source.load(keys[0]!, context as LoadContext<V | undefined>);
  }

  /** Whether a value is one that was lent to the loader; a primitive one, for this key. */
  wasLent(key: K, value: V): boolean {
    if (!isIdentity(value)) return Object.is(this.lent?.get(key)?.value, value);
    for (const hold of this.lent?.values() ?? []) if (hold.value === value) return true;
    return false;
  }

  /** One caller more, or one less, waits. */
  wait(change: 1 | -1): void {
    this.waiting += change;
    if (this.deadline !== undefined) this.deadline.isAwaited = this.waiting > 0;
  }

  /** Somebody has left: the last? */
  abandonIfUnwanted(leaving: { readonly reason: unknown } | undefined): void {
    if (this.waiting + this.kept === 0 && !this.isOver) this.#abandon(this, leaving);
  }
}

/** The context of a load. Its controller is made when a loader asks for the signal: many never do. */
class Context implements LoadContext<unknown> {
  stale: unknown;
  ttl: number | undefined;
  weight: number | undefined;
  tags: Iterable<string> | undefined;
  refreshAfter: number | undefined;
  #controller: ReturnType<typeof createController> | undefined;
  #abortion: { readonly reason: unknown } | undefined;

  /** Whether the loader has said nothing of its entry. */
  get isUnset(): boolean {
    return (
      this.ttl === undefined &&
      this.weight === undefined &&
      this.tags === undefined &&
      this.refreshAfter === undefined
    );
  }

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
