import { sameValueZero } from "@heapwise/testkit";

/** An object that the test may let die. */
export interface Thing {
  readonly id: number;
}

interface Entry {
  readonly key: unknown;
  readonly value: unknown;
  deadline: number;
}

interface Flight {
  readonly key: unknown;
  fencedBy: string | undefined;
}

/** The options that the model follows. */
export interface ModelOptions {
  readonly max: number;
  readonly ttl: number;
  readonly disposes: boolean;
}

function isObject(value: unknown): value is Thing {
  return typeof value === "object" && value !== null;
}

/**
 * The entries, calls and counts that a WeakCache of strict LRU must have. Entries are in two lists;
 * the list of the front is ordered from the most to the least recently used. The model reports an
 * event at once, and the cache reports it at some time in the same macrotask.
 */
export class WeakCacheModel {
  front: Entry[] = [];
  tail: Entry[] = [];
  readonly pins: { readonly key: unknown; readonly value: unknown; count: number }[] = [];
  flights: Flight[] = [];
  readonly dead = new Set<unknown>();
  now = 0;
  /** Removals that the test has not compared yet. */
  removals: [unknown, unknown, string][] = [];
  disposed: unknown[] = [];
  collected: unknown[] = [];
  /** Keys whose collection was not reported yet. */
  found: unknown[] = [];
  readonly counts = {
    hits: 0,
    misses: 0,
    revivals: 0,
    collections: 0,
    demotions: 0,
    evictions: 0,
    expirations: 0,
    loads: 0,
    loadFailures: 0,
    coalesced: 0,
  };
  readonly #options: ModelOptions;

  constructor(options: ModelOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.front.length + this.tail.length;
  }

  #take(list: Entry[], key: unknown): Entry | undefined {
    const at = list.findIndex((entry) => sameValueZero(entry.key, key));
    return at < 0 ? undefined : list.splice(at, 1)[0];
  }

  #bury(entry: Entry): void {
    this.counts.collections++;
    this.found.push(entry.key);
  }

  /** Takes out the entry of a key. If its value is dead, counts it as collected. */
  #takeLive(key: unknown): Entry | undefined {
    const entry = this.#take(this.front, key);
    if (entry !== undefined) return entry;
    const behind = this.#take(this.tail, key);
    if (behind === undefined || !this.dead.has(behind.value)) return behind;
    this.#bury(behind);
    return undefined;
  }

  /** Reports a value that no entry of the key holds any more. */
  tell(key: unknown, value: unknown, cause: string): void {
    this.removals.push([key, value, cause]);
    const isHeld = [...this.front, ...this.tail].some((entry) => entry.value === value);
    if (this.#options.disposes && !(isObject(value) && isHeld)) this.disposed.push(value);
  }

  #endPins(key: unknown): void {
    const at = this.pins.findIndex((pin) => sameValueZero(pin.key, key));
    if (at >= 0) this.pins.splice(at, 1);
  }

  #leave({ key, value }: Entry, cause: string): void {
    this.#endPins(key);
    this.tell(key, value, cause);
  }

  #isPinned({ key, value }: Entry): boolean {
    return this.pins.some((pin) => sameValueZero(pin.key, key) && Object.is(pin.value, value));
  }

  #demote(entry: Entry): void {
    if (isObject(entry.value) || this.#isPinned(entry)) {
      this.tail.push(entry);
      this.counts.demotions++;
    } else {
      this.counts.evictions++;
      this.#leave(entry, "evicted");
    }
  }

  #put(entry: Entry): void {
    this.front.unshift(entry);
    if (this.front.length > this.#options.max) this.#demote(this.front.pop()!);
  }

  find(key: unknown): Entry | undefined {
    const entry = [...this.front, ...this.tail].find((each) => sameValueZero(each.key, key));
    return entry === undefined || this.dead.has(entry.value) ? undefined : entry;
  }

  peek(key: unknown): unknown {
    return this.find(key)?.value;
  }

  has(key: unknown): boolean {
    return this.find(key) !== undefined;
  }

  get(key: unknown): unknown {
    const isAhead = this.front.some((entry) => sameValueZero(entry.key, key));
    const entry = this.#takeLive(key);
    if (entry === undefined) {
      this.counts.misses++;
      return undefined;
    }
    this.counts.hits++;
    if (!isAhead) this.counts.revivals++;
    if (this.#options.max === 0) this.tail.push(entry);
    else this.#put(entry);
    return entry.value;
  }

  set(key: unknown, value: unknown, ttl = this.#options.ttl): void {
    this.#fence(key, "replaced");
    const old = this.#takeLive(key);
    const entry = { key: Object.is(key, -0) ? 0 : key, value, deadline: this.now + ttl };
    const isSame = old !== undefined && Object.is(old.value, value);
    if (old !== undefined && !isSame) {
      this.#endPins(key);
      // The new value may be the old value of another key.
      this.front.push(entry);
      this.tell(entry.key, old.value, "replaced");
      this.front.pop();
    }
    if (isSame && this.#options.max === 0) this.tail.push(entry);
    else this.#put(entry);
  }

  delete(key: unknown): boolean {
    this.#fence(key, "deleted");
    const entry = this.#takeLive(key);
    if (entry !== undefined) this.#leave(entry, "deleted");
    return entry !== undefined;
  }

  clear(): void {
    for (const flight of this.flights) flight.fencedBy ??= "deleted";
    this.flights = [];
    this.sweep();
    for (const list of [this.tail, this.front]) {
      while (list.length > 0) this.#leave(list.pop()!, "deleted");
    }
  }

  /** Finds all dead entries. */
  sweep(): void {
    for (const entry of this.tail.filter(({ value }) => this.dead.has(value))) {
      this.#take(this.tail, entry.key);
      this.#bury(entry);
    }
  }

  /** Removes expired entries. */
  expire(): void {
    for (const { key, deadline } of [...this.front, ...this.tail]) {
      if (deadline > this.now) continue;
      const entry = this.#takeLive(key);
      if (entry === undefined) continue;
      this.counts.expirations++;
      this.#leave(entry, "expired");
    }
  }

  /** Calls `onCollect`. */
  report(): void {
    for (const key of this.found.splice(0)) if (!this.has(key)) this.collected.push(key);
  }

  /** Returns whether there is a pin now. */
  pin(key: unknown): boolean {
    const entry = this.find(key);
    if (entry?.value === undefined) return false;
    const pin = this.pins.find((each) => sameValueZero(each.key, key));
    if (pin === undefined) this.pins.push({ key: entry.key, value: entry.value, count: 1 });
    else pin.count++;
    return true;
  }

  /** Releases a pin that was created for this value. */
  unpin(pin: WeakCacheModel["pins"][number]): void {
    if (!this.pins.includes(pin) || --pin.count > 0) return;
    this.#endPins(pin.key);
    const entry = this.tail.find(({ key }) => sameValueZero(key, pin.key));
    if (entry === undefined || isObject(entry.value)) return;
    this.#take(this.tail, pin.key);
    this.counts.evictions++;
    this.#leave(entry, "evicted");
  }

  flightOf(key: unknown): Flight | undefined {
    return this.flights.find((flight) => sameValueZero(flight.key, key));
  }

  begin(key: unknown): Flight {
    const flight: Flight = { key, fencedBy: undefined };
    this.flights.push(flight);
    this.counts.loads++;
    return flight;
  }

  /** Called if no caller waits for the flight any more. */
  abandon(flight: Flight): void {
    flight.fencedBy ??= "evicted";
    this.flights = this.flights.filter((each) => each !== flight);
  }

  fail(flight: Flight): void {
    this.counts.loadFailures++;
    this.flights = this.flights.filter((each) => each !== flight);
  }

  /** Returns whether the value may be stored. */
  land(flight: Flight, value: unknown, ttl = this.#options.ttl): boolean {
    this.flights = this.flights.filter((each) => each !== flight);
    if (value === undefined) return true;
    const key = Object.is(flight.key, -0) ? 0 : flight.key;
    const isWeak = isObject(value) || this.#options.max > 0;
    if (flight.fencedBy === undefined && isWeak) {
      if (ttl > 0) this.set(key, value, ttl);
      else {
        this.counts.expirations++;
        this.tell(key, value, "expired");
      }
      return true;
    }
    const isHeld = [...this.front, ...this.tail].some((entry) => entry.value === value);
    if (this.#options.disposes && !(isObject(value) && isHeld)) {
      this.tell(key, value, flight.fencedBy ?? "evicted");
    }
    return flight.fencedBy !== undefined;
  }

  #fence(key: unknown, cause: string): void {
    const flight = this.flightOf(key);
    if (flight === undefined) return;
    flight.fencedBy = cause;
    this.flights = this.flights.filter((each) => each !== flight);
  }

  live(): [unknown, unknown][] {
    return [...this.front, ...this.tail]
      .filter(({ value }) => !this.dead.has(value))
      .map(({ key, value }) => [key, value]);
  }

  /** Whether the cache itself keeps the value alive. */
  isStrong(value: unknown): boolean {
    return [...this.front, ...this.pins].some((each) => each.value === value);
  }
}
