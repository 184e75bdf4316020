import type { LoadReport } from "../observation/cache-observer.ts";
import { createController, type LoadSignal } from "./abort-signal.ts";
import type { Deadline } from "./deadline.ts";
import type { Flight } from "./flight.ts";
import type { BulkLoader, LoadContext, Loader } from "./loader.ts";

/** A loader of whichever kind. */
export type Source<K, V> =
  | { readonly isBulk: false; readonly load: Loader<K, V> }
  | { readonly isBulk: true; readonly load: BulkLoader<K, V> };

/** One call of a loader, for one key or for several. Observers are shown it as their report. */
export class Load<K, V> implements LoadReport {
  readonly keys: readonly K[];
  readonly source: Source<K, V>;
  readonly context: Context<unknown>;
  /** Started by the cache itself, and counted against `maxRefreshes`. */
  readonly isRefresh: boolean;
  /** One for each key, in their order; empty when the load is over. */
  flights: readonly Flight<K, V>[] = [];
  /** Flights that somebody wants. */
  held = 0;
  /** Callers that wait. */
  waiting = 0;
  isOver = false;
  /** When the loader was called, ms; undefined before. */
  startedAt: number | undefined = undefined;
  deadline: Deadline | undefined = undefined;
  outcome: LoadReport["outcome"] = undefined;
  durationMs = 0;
  error: unknown = undefined;

  constructor(keys: readonly K[], source: Source<K, V>, stale: unknown, isRefresh: boolean) {
    this.keys = keys;
    this.source = source;
    this.context = new Context(stale);
    this.isRefresh = isRefresh;
  }

  /** Calls the loader. */
  call(): unknown {
    const { source, context, keys } = this;
    if (source.isBulk) return source.load(keys, context as LoadContext<ReadonlyMap<K, V>>);
    return source.load(keys[0]!, context as LoadContext<V | undefined>);
  }

  /** One caller more, or one less, waits. */
  wait(change: 1 | -1): void {
    this.waiting += change;
    if (this.deadline !== undefined) this.deadline.isAwaited = this.waiting > 0;
  }
}

/** The context of a load. Its controller is made when a loader asks for the signal: many never do. */
class Context<Stale> implements LoadContext<Stale> {
  readonly stale: Stale;
  ttl: number | undefined = undefined;
  weight: number | undefined = undefined;
  #controller: ReturnType<typeof createController> | undefined;
  #abortion: { readonly reason: unknown } | undefined;

  constructor(stale: Stale) {
    this.stale = stale;
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
