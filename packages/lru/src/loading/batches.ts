import { afterMicrotasks } from "../host/after-microtasks.ts";
import { Deadline } from "./deadline.ts";
import type { Load } from "./load.ts";
import type { BatchOptions } from "./loader.ts";
import type { LoadingSettings } from "./loading-settings.ts";

/**
 * The loads that collect keys: the keys that are asked for one by one in the same turn, or within
 * `batch.delay`, are loaded in one call of `loadMany`. Callers and refreshes have loads of their
 * own.
 */
export class Batches<K, V> {
  readonly #batch: BatchOptions;
  readonly #clock: LoadingSettings<K, V>["clock"];
  /** The loads to which single keys are added: for callers at 0, for refreshes at 1. */
  readonly #loads: (Load<K, V> | undefined)[] = [];

  constructor({ batch, clock }: LoadingSettings<K, V>) {
    this.#batch = batch || {};
    this.#clock = clock;
  }

  /** The load to which keys may be added, or undefined. */
  find(isRefresh: boolean): Load<K, V> | undefined {
    const load = this.#loads[Number(isRefresh)];
    return load?.isOver ? undefined : load;
  }

  /** Opens a load without keys, so that keys may be added to it. */
  open(load: Load<K, V>): void {
    load.state = "open";
    this.#loads[Number(load.isRefresh)] = load;
  }

  /** Whether a load has `batch.maxSize` keys, and must not wait for more. */
  isFull(load: Load<K, V>): boolean {
    return load.flights.length >= (this.#batch.maxSize ?? Infinity);
  }

  /** Calls `begin` when the time to collect keys is over, unless the load has begun before. */
  schedule(load: Load<K, V>, begin: () => void): void {
    if (load.state === "scheduled") return;
    load.state = "scheduled";
    const { delay } = this.#batch;
    const end = (): void => {
      if (!load.isOver && load.state !== "begun") begin();
    };
    if (delay === undefined) afterMicrotasks(end);
    else {
      const { schedule } = this.#clock;
      load.deadline = new Deadline(schedule, end, delay, load.waiting > 0);
    }
  }

  /** Closes a load for further keys, and drops the keys that are no longer wanted. */
  close(load: Load<K, V>): void {
    load.state = "begun";
    const at = Number(load.isRefresh);
    if (this.#loads[at] === load) this.#loads[at] = undefined;
    load.deadline?.cancel();
    load.deadline = undefined;
    load.flights = load.flights.filter(({ isWanted }) => isWanted);
    load.keys = load.flights.map(({ key }) => key);
  }
}
