import type { LoadReport } from "../observation/cache-observer.ts";
import { createController, type LoadSignal } from "./abort-signal.ts";
import type { Deadline } from "./deadline.ts";
import type { Flight } from "./flight.ts";
import type { LoadContext } from "./loader.ts";

/** One call of a loader, for one key or for several. */
export class Load<K, V, Stale = unknown> implements LoadReport {
  readonly keys: readonly K[];
  readonly context: Context<Stale>;
  /** Calls the loader. */
  readonly call: (load: Load<K, V>) => unknown;
  readonly isBulk: boolean;
  /** Started by the cache itself, and counted against `maxRefreshes`. */
  readonly isRefresh: boolean;
  /** Tells the cache that nobody wants the result any more, by the signal of the last caller or else by a fence. */
  readonly abandon: (load: Load<K, V>, leaving: { readonly reason: unknown } | undefined) => void;
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

  constructor(
    parts: Pick<Load<K, V>, "keys" | "call" | "isBulk" | "isRefresh" | "abandon"> & {
      stale: Stale;
    },
  ) {
    this.keys = parts.keys;
    this.call = parts.call;
    this.isBulk = parts.isBulk;
    this.isRefresh = parts.isRefresh;
    this.abandon = parts.abandon;
    this.context = new Context(parts.stale);
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
