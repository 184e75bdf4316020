import { CacheDisposedError, LRUCache } from "@heapwise/lru";
import { FakeClock, randomStream, TRICKY_KEYS, sameValueZero } from "@heapwise/testkit";
import { announceSeed } from "@heapwise/testkit/vitest";
import { WeakCache, type Pin, type WeakCacheOptions } from "@heapwise/weak";
import { describe, expect, it, vi } from "vitest";
import { heap, useFakeHeap } from "./fake-collector.ts";
import { WeakCacheModel, type Thing } from "./model/weak-cache-model.ts";

/**
 * The function of the host: a value that a call returned in one turn may be disposed of in the
 * next.
 */
const { setImmediate: startMacrotask } = globalThis;

useFakeHeap();

const OTHER_VALUES: readonly unknown[] = [undefined, null, 5, NaN, "text"];
const FAILURE = new Error("load failed");

interface Setup {
  readonly max: number;
  readonly hasTtl: boolean;
  readonly disposes: boolean;
  readonly hasListeners: boolean;
}

interface PendingLoad {
  readonly flight: ReturnType<WeakCacheModel["begin"]>;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
  readonly context: { ttl: number | undefined };
}

/** A walk over all operations of a cache, and of the model. */
class Walk {
  readonly #random: () => number;
  readonly #setup: Setup;
  readonly #clock = new FakeClock(1000);
  readonly #cache: WeakCache<unknown, unknown>;
  readonly #model: WeakCacheModel;
  readonly #removals: [unknown, unknown, string][] = [];
  readonly #disposed: unknown[] = [];
  readonly #collected: unknown[] = [];
  readonly #loads: PendingLoad[] = [];
  readonly #pins: { readonly pin: Pin; readonly held: WeakCacheModel["pins"][number] }[] = [];
  readonly #made: Thing[] = [];
  readonly #things: Thing[] = [];
  readonly #settled: Promise<void>[] = [];
  #lastKey: unknown = undefined;

  constructor(seed: number, setup: Setup) {
    this.#random = randomStream(seed);
    this.#setup = setup;
    const { max, hasTtl, disposes, hasListeners } = setup;
    const options: WeakCacheOptions<unknown, unknown> = {
      strong: { max },
      clock: this.#clock,
      onError: (error) => expect.fail(String(error)),
      load: (key, context) =>
        new Promise((resolve, reject) => {
          this.#loads.push({ flight: this.#model.begin(key), resolve, reject, context });
        }),
      ...(hasTtl && { ttl: 50 }),
      ...(disposes && { dispose: (value) => void this.#disposed.push(value) }),
      ...(hasListeners && {
        onRemoval: (key, value, cause) => void this.#removals.push([key, value, cause]),
        onCollect: (key) => void this.#collected.push(key),
      }),
    };
    this.#cache = new WeakCache(options);
    this.#model = new WeakCacheModel({ max, disposes, ttl: hasTtl ? 50 : Infinity });
    this.#model.now = this.#clock.now();
  }

  #below(count: number): number {
    return Math.floor(this.#random() * count);
  }

  #key(): unknown {
    // Often the same key: much may happen between two steps of one key.
    if (this.#random() < 0.2) return this.#lastKey;
    const key =
      this.#random() < 0.1 ? TRICKY_KEYS[this.#below(TRICKY_KEYS.length)] : this.#below(9);
    return (this.#lastKey = key);
  }

  /**
   * One of 12 values that are alive at the same time, so that a value has several keys; or a
   * primitive.
   */
  #value(): unknown {
    if (this.#setup.max > 0 && this.#random() < 0.2) {
      return OTHER_VALUES[this.#below(OTHER_VALUES.length)];
    }
    const id = this.#below(12);
    const known = this.#things[id];
    if (known !== undefined && !this.#model.dead.has(known)) return known;
    const made = heap().track({ id });
    this.#things[id] = made;
    this.#made.push(made);
    return made;
  }

  #ttl(): number | undefined {
    return this.#random() < 0.15 ? [1, 20, 200, Infinity][this.#below(4)] : undefined;
  }

  async run(steps: number): Promise<void> {
    for (let i = 0; i < steps; i++) {
      const name = this.#step();
      await this.#compare(name);
    }
    await this.#end();
  }

  #step(): string {
    const cache = this.#cache;
    const model = this.#model;
    const at = this.#random();
    const key = this.#key();
    if (at < 0.2) {
      const value = this.#value();
      const ttl = this.#ttl();
      cache.set(key, value, ttl === undefined ? undefined : { ttl });
      model.set(key, value, ttl);
      return "set";
    }
    if (at < 0.36) {
      expect(cache.get(key)).toBe(model.get(key));
      return "get";
    }
    if (at < 0.4) {
      expect([cache.peek(key), cache.has(key)]).toEqual([model.peek(key), model.has(key)]);
      return "peek";
    }
    if (at < 0.45) {
      const value = this.#value();
      const had = model.has(key);
      const expected = model.get(key);
      expect(cache.getOrInsert(key, value)).toBe(had ? expected : value);
      if (!had) model.set(key, value);
      return "getOrInsert";
    }
    if (at < 0.51) {
      expect(cache.delete(key)).toBe(model.delete(key));
      return "delete";
    }
    if (at < 0.56) return this.#pin(key);
    if (at < 0.6) return this.#unpin();
    if (at < 0.68) return this.#load(key);
    if (at < 0.75) return this.#land();
    if (at < 0.85) return this.#collect();
    if (at < 0.9) {
      this.#clock.advance([1, 5, 25, 60][this.#below(4)]!);
      model.now = this.#clock.now();
      // A timer removes due entries a little later, and this getter removes them at once.
      expect(cache.size).toBe((model.expire(), model.size));
      return "advance";
    }
    if (at < 0.93) {
      expect(sorted(cache)).toEqual(sorted(model.live()));
      return "iterate";
    }
    if (at < 0.94) {
      cache.clear();
      model.clear();
      return "clear";
    }
    this.#sweep();
    return "sweep";
  }

  #pin(key: unknown): string {
    const pin = this.#cache.pin(key);
    expect(pin !== undefined).toBe(this.#model.pin(key));
    if (pin === undefined) return "no pin";
    const held = this.#model.pins.find((each) => sameValueZero(each.key, key))!;
    this.#pins.push({ pin, held });
    return "pin";
  }

  #unpin(): string {
    const at = this.#below(this.#pins.length);
    const chosen = this.#pins[at];
    if (chosen === undefined) return "no unpin";
    // Sometimes the pin stays here, to be released again.
    if (this.#random() < 0.8) this.#pins.splice(at, 1);
    else this.#pins[at] = { ...chosen, held: { ...chosen.held } };
    if (this.#random() < 0.5) chosen.pin.release();
    else chosen.pin[Symbol.dispose]();
    this.#model.unpin(chosen.held);
    return "unpin";
  }

  #load(key: unknown): string {
    const model = this.#model;
    const isFlying = model.flightOf(key) !== undefined;
    const isThere = model.has(key);
    const expected = model.get(key);
    const before = this.#loads.length;
    const promise = this.#cache.getOrLoad(key);
    if (isThere) {
      expect(this.#loads.length).toBe(before);
      this.#settled.push(promise.then((value) => expect(value).toBe(expected)));
      return "load of what is there";
    }
    if (isFlying) model.counts.coalesced++;
    expect(this.#loads.length).toBe(before + (isFlying ? 0 : 1));
    const flight = model.flightOf(key)!;
    this.#waiting.set(flight, [...(this.#waiting.get(flight) ?? []), promise]);
    // Checked when the flight has landed.
    promise.catch(() => {});
    return isFlying ? "join" : "load";
  }

  readonly #waiting = new Map<object, Promise<unknown>[]>();

  #land(): string {
    const [load] = this.#loads.splice(this.#below(this.#loads.length), 1);
    if (load === undefined) return "no landing";
    const model = this.#model;
    const { flight } = load;
    const promises = this.#waiting.get(flight)!;
    if (this.#random() < 0.2) {
      load.reject(FAILURE);
      model.fail(flight);
      for (const each of promises) this.#settled.push(expect(each).rejects.toBe(FAILURE));
      return "failure";
    }
    const value = this.#random() < 0.1 ? undefined : this.#random() < 0.1 ? 7 : this.#value();
    const ttl = this.#random() < 0.1 ? 0 : this.#ttl();
    load.context.ttl = ttl;
    load.resolve(value);
    const isFine = model.land(flight, value, ttl);
    for (const each of promises) {
      this.#settled.push(
        isFine
          ? each.then((loaded) => expect(loaded).toBe(value))
          : expect(each).rejects.toThrow(TypeError),
      );
    }
    return `landing of ${String(value)}`;
  }

  #collect(): string {
    if (this.#random() < 0.4) heap().endJob();
    const value = this.#made[this.#below(this.#made.length)];
    const isFree = value !== undefined && !this.#model.isStrong(value);
    if (isFree && heap().collect(value)) this.#model.dead.add(value);
    return "collect";
  }

  #sweep(): void {
    heap().majorCollection();
    heap().runCallbacks();
    vi.runAllTimers();
    heap().endJob();
    this.#model.sweep();
    this.#model.report();
  }

  async #compare(name: string): Promise<void> {
    // A value that lands in the first turn may be disposed of in the next.
    for (let turn = 0; turn < 3; turn++) {
      await new Promise((resolve) => void startMacrotask(resolve));
    }
    await Promise.all(this.#settled.splice(0));
    const cache = this.#cache;
    const model = this.#model;
    model.report();
    expect(cache.size, name).toBe(model.size);
    const { dropped, hitRate, loadTimeMs, inFlight, pinned, ...counts } = cache.stats();
    expect(counts, name).toEqual(model.counts);
    expect([dropped, inFlight, pinned], name).toEqual([0, model.flights.length, model.pins.length]);
    expect(hitRate).toBe(counts.hits === 0 ? 0 : counts.hits / (counts.hits + counts.misses));
    expect(loadTimeMs).toBeGreaterThanOrEqual(0);
    const { hasListeners, disposes } = this.#setup;
    if (hasListeners) expect(bag(this.#removals), name).toEqual(bag(model.removals));
    if (disposes) expect(bag(this.#disposed), name).toEqual(bag(model.disposed));
    if (hasListeners) expect(bag(this.#collected), name).toEqual(bag(model.collected));
    this.#collected.length = model.collected.length = 0;
    this.#removals.length = this.#disposed.length = 0;
    model.removals = [];
    model.disposed = [];
  }

  async #end(): Promise<void> {
    const model = this.#model;
    heap().endJob();
    for (const value of this.#made) {
      if (!model.isStrong(value) && heap().collect(value)) model.dead.add(value);
    }
    this.#sweep();
    await this.#compare("sweep");
    expect(
      model.tail.every(({ value }) => typeof value !== "object" || model.isStrong(value)),
    ).toBe(true);
    const left = this.#loads.map(({ flight }) => this.#waiting.get(flight)!).flat();
    this.#cache[Symbol.dispose]();
    model.clear();
    for (const each of left) await expect(each).rejects.toThrow(CacheDisposedError);
    await this.#compare("end");
    for (const { pin } of this.#pins) pin.release();
    await this.#compare("after the end");
  }
}

/** Ignores the order: one step may report several removals. */
function bag(items: readonly unknown[]): string[] {
  return items.map((item) => JSON.stringify(item, (_, value) => showOf(value))).sort();
}

function showOf(value: unknown): unknown {
  if (typeof value === "object" && value !== null) return value;
  return typeof value === "string" ? value : `${typeof value} ${String(value)}`;
}

/** Sorts the entries, because the tail has no order. */
function sorted(entries: Iterable<readonly [unknown, unknown]>): unknown[] {
  const orderOf = (each: unknown): string => {
    const at = TRICKY_KEYS.findIndex((tricky) => sameValueZero(tricky, each));
    return at < 0 ? String(each) : `tricky ${at}`;
  };
  return Array.from(entries, ([each, value]) => [orderOf(each), value]).sort((a, b) =>
    String(a[0]) < String(b[0]) ? -1 : 1,
  );
}

describe("A WeakCache against the model, with collection at any point", () => {
  const setups = [0, 1, 3, 6].flatMap((max) =>
    [
      [false, false, false],
      [false, true, true],
      [true, false, true],
      [true, true, true],
      [true, true, false],
    ].map(([hasTtl, disposes, hasListeners]) => ({ max, hasTtl, disposes, hasListeners }) as Setup),
  );
  it.each(setups)(
    "agrees with a front of $max (ttl: $hasTtl, dispose: $disposes, listeners: $hasListeners)",
    async (setup) => {
      const seed = announceSeed();
      const runs = 3 * Number(process.env["HEAPWISE_RUNS"] ?? 1);
      for (let run = 0; run < runs; run++) await new Walk(seed + run, setup).run(120);
    },
  );

  it("has a front that behaves as an LRUCache", () => {
    const front = new LRUCache<unknown, unknown>({ max: 3 });
    const model = new WeakCacheModel({ max: 3, ttl: Infinity, disposes: false });
    for (const each of [1, 2, 3, 4, 2, 5]) {
      front.set(each, each);
      model.set(each, each);
    }
    expect([...front]).toEqual(model.front.map(({ key, value }) => [key, value]));
  });
});
