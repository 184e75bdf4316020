import { CacheDisposedError } from "../checks/errors.ts";
import { checkKeys } from "../checks/read-options.ts";
import type { Disposal } from "../removal/disposal.ts";
import type { Caller } from "./caller.ts";
import { Flight } from "./flight.ts";
import type { Found } from "./found.ts";
import { Gathering } from "./gathering.ts";
import type { LoadFlight, Source } from "./load.ts";
import type { LoadOptions } from "./loader.ts";
import type { LoadingSettings } from "./loading-settings.ts";

/** The loads of single keys, as the calls for several keys use them. */
export interface KeyLoads<K, V> {
  readonly options: LoadingSettings<K, V>;
  readonly isDisposed: boolean;
  /** The values so far of the calls that wait. */
  readonly gatherings: Set<Gathering<K, V>>;
  readonly answers: { readonly disposal: Disposal<K, V> | undefined };
  /** What a call can have for a key without another load: a value, or a flight to join. */
  find(key: K): Found<V> | LoadFlight<K, V> | undefined;
  /** Notes that the load that asks waits for this flight. Throws if it would wait for itself. */
  join(flight: LoadFlight<K, V>): LoadFlight<K, V>;
  /** Creates flights for keys that have none. `startAll` starts their loads. */
  createFlights(
    keys: readonly K[],
    source: Source<K, V>,
    isRefresh: boolean,
  ): readonly LoadFlight<K, V>[];
  startAll(flights: readonly LoadFlight<K, V>[]): void;
  /** Loads keys again in the background. */
  refreshDue(keys: readonly K[], source: Source<K, V>): void;
  /** Creates a caller that waits for flights, and that may leave. */
  createCaller(
    flights: readonly LoadFlight<K, V>[],
    signal: LoadOptions["signal"],
    gathering: Gathering<K, V>,
  ): Caller<K, V>;
}

/**
 * Gathers the values of several keys, in their order, with a hold of each. Serves the calls for
 * several keys, and the calls for leases.
 */
export async function gather<K, V>(
  loads: KeyLoads<K, V>,
  keys: Iterable<K>,
  source: Source<K, V>,
  signal: LoadOptions["signal"],
): Promise<Gathering<K, V>> {
  checkKeys("load entries", "keys", keys);
  const wanted = [...new Set(keys)];
  if (signal?.aborted) throw signal.reason;
  const { negativeTtl = 0, keepsUndefined } = loads.options;
  const gathering = new Gathering<K, V>(wanted, keepsUndefined || negativeTtl !== 0);
  const due: K[] = [];
  const missing: K[] = [];
  const flights: LoadFlight<K, V>[] = [];
  let failure: { readonly error: unknown } | undefined;
  for (const key of wanted) {
    try {
      const found = loads.find(key);
      if (found === undefined) missing.push(key);
      else if (found instanceof Flight) flights.push(loads.join(found));
      else {
        gathering.addFound(key, found.value, loads.answers.disposal);
        if (found.isDue) due.push(key);
      }
    } catch (error) {
      // The other keys are loaded for the cache all the same.
      failure ??= { error };
    }
  }
  if (loads.isDisposed && missing.length > 0) {
    failure ??= { error: new CacheDisposedError("load entries") };
    missing.length = 0;
  }
  // A function of the program, such as `staleIfError.when`, may have ended a load.
  for (const flight of flights.filter(({ load }) => load.isOver)) {
    missing.push(flight.key);
    flights.splice(flights.indexOf(flight), 1);
  }
  const taken = loads.createFlights(missing, source, false);
  for (const flight of taken) {
    if (failure === undefined) flights.push(loads.join(flight));
    else flight.keep();
  }
  const isWaiting = failure === undefined && flights.length > 0;
  const caller = isWaiting ? loads.createCaller(flights, signal, gathering) : undefined;
  if (due.length > 0) loads.refreshDue(due, source);
  loads.startAll(taken);
  try {
    if (failure !== undefined) throw failure.error;
    if (caller !== undefined) {
      loads.gatherings.add(gathering);
      await caller.promise;
    }
    return gathering;
  } catch (error) {
    gathering.release(loads.answers.disposal);
    throw error;
  } finally {
    loads.gatherings.delete(gathering);
  }
}
