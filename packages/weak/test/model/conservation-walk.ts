import { SIZE } from "@heapwise/sizeof";
import { FakeClock, randomStream } from "@heapwise/testkit";
import { WeakCache, type Pin } from "@heapwise/weak";

/** A value that must be disposed of once after its removal. */
interface Resource {
  readonly id: number;
  isOpen: boolean;
  /** Whether a loader creates it. Then no other key may get it before the load has ended. */
  readonly isLoaded: boolean;
  /** Whether the call that should store it threw, so that it may or may not be stored. */
  isInDoubt: boolean;
  /** Whether soft mode may have dropped it, which leaves it open. */
  isGivenUp: boolean;
  [SIZE](): number;
}

interface PendingLoad {
  readonly resolve: (value: Resource) => void;
  readonly reject: (error: unknown) => void;
}

const KEYS = ["a", "b", "c", "d", "e", "f"] as const;
/** The error that callbacks throw at random. */
export const FAILURE: Error = new Error("failure");

/**
 * A random walk over all options and calls of a WeakCache, whose callbacks throw, and call the
 * cache themselves, even while the size of a value is computed. All values are held, so that none
 * is collected.
 *
 * At rest every value that the cache stores is open, and every other value was disposed of once.
 */
export class ConservationWalk {
  readonly #random: () => number;
  readonly #clock = new FakeClock();
  readonly #values: Resource[] = [];
  readonly #loads: PendingLoad[] = [];
  readonly #pins: Pin[] = [];
  readonly #hasBytes: boolean;
  readonly #max: number;
  readonly #cache: WeakCache<string, Resource | number>;
  readonly #nextTurn: () => Promise<void>;
  #depth = 0;
  /** Whether the clock calls the cache, and throws. */
  #isWild = false;
  #isQuiet = false;

  constructor(seed: number, nextTurn: () => Promise<void>) {
    this.#random = randomStream(seed);
    this.#nextTurn = nextTurn;
    this.#hasBytes = this.#chance(0.5);
    this.#max = this.#below(4);
    const hasTimers = this.#chance(0.8);
    this.#cache = new WeakCache<string, Resource | number>({
      strong: this.#hasBytes ? { maxBytes: 20_000 } : { max: this.#max },
      ...(this.#chance(0.5) && { ttl: 50 }),
      ...(this.#chance(0.3) && { softLimit: 1000 }),
      clock: { now: this.#now, ...(hasTimers && { schedule: this.#clock.schedule }) },
      onError: () => {},
      load: (_key, context) => {
        if (this.#chance(0.1)) context.ttl = 10 * this.#below(3);
        if (this.#chance(0.3)) return this.#open(true);
        return new Promise((resolve, reject) => void this.#loads.push({ resolve, reject }));
      },
      onRemoval: (_key, value, cause) => {
        if (cause === "evicted" && typeof value === "object") value.isGivenUp = true;
        this.#disturb(0.3);
      },
      dispose: (value) => {
        if (typeof value === "object") {
          if (!value.isOpen && !value.isInDoubt) fail(`${value.id} is disposed of twice`);
          value.isOpen = false;
        }
        this.#disturb(0.2);
      },
    });
    this.#isWild = this.#chance(0.5);
  }

  /** May call the cache, and may throw. */
  readonly #now = (): number => {
    if (this.#isWild) this.#disturb(0.02);
    return this.#clock.now();
  };

  #chance(part: number): boolean {
    return this.#random() < part;
  }

  #below(count: number): number {
    return Math.floor(this.#random() * count);
  }

  #open(isLoaded: boolean): Resource {
    const made: Resource = {
      id: this.#values.length,
      isOpen: true,
      isLoaded,
      isInDoubt: false,
      isGivenUp: false,
      [SIZE]: () => {
        this.#disturb(0.1);
        return [100, 3000, 9000, 30_000][this.#below(4)]!;
      },
    };
    this.#values.push(made);
    return made;
  }

  /**
   * Sometimes returns a value that is stored already, unless a value may be disposed of while it is
   * stored.
   */
  #value(): Resource {
    const known = this.#values[this.#below(this.#values.length)];
    const isShared = known?.isOpen === true && !known.isLoaded && !known.isInDoubt;
    if (isShared && !this.#hasBytes && !this.#isWild && this.#chance(0.4)) return known;
    return this.#open(false);
  }

  /** Acts as a callback does in addition to its work. */
  #disturb(part: number): void {
    if (this.#isQuiet) return;
    if (this.#depth < 3 && this.#chance(part)) this.#step();
    if (this.#chance(0.04)) throw FAILURE;
  }

  /** Takes this number of steps, and checks the cache at random. */
  async run(steps: number): Promise<void> {
    for (let i = 0; i < steps; i++) {
      this.#isQuiet = false;
      this.#step();
      if (this.#chance(0.3)) await this.#rest();
    }
    await this.#rest();
    const cache = this.#cache;
    cache[Symbol.dispose]();
    if (cache.size > 0 || cache.stats().pinned > 0)
      fail("the cache that was disposed of is not empty");
    await this.#nextTurn();
    this.#check();
  }

  #step(): void {
    this.#depth++;
    try {
      this.#act(KEYS[this.#below(KEYS.length)]!);
    } catch (error) {
      if (error !== FAILURE) throw error;
    } finally {
      this.#depth--;
    }
  }

  #act(key: string): void {
    const cache = this.#cache;
    const at = this.#random();
    if (at < 0.05 && (this.#hasBytes || this.#max > 0)) cache.set(key, this.#below(3));
    else if (at < 0.3) this.#set(key);
    else if (at < 0.5) cache.get(key);
    else if (at < 0.6) cache.delete(key);
    else if (at < 0.62) cache.clear();
    else if (at < 0.75) cache.getOrLoad(key).catch(() => {});
    else if (at < 0.8) {
      const controller = new AbortController();
      cache.getOrLoad(key, undefined, { signal: controller.signal }).catch(() => {});
      if (this.#chance(0.5)) controller.abort();
    } else if (at < 0.85) {
      const [load] = this.#loads.splice(this.#below(this.#loads.length), 1);
      if (this.#chance(0.2)) load?.reject(FAILURE);
      else load?.resolve(this.#open(true));
    } else if (at < 0.9) {
      const pin = cache.pin(key);
      if (pin !== undefined) this.#pins.push(pin);
    } else if (at < 0.94) this.#pins.splice(this.#below(this.#pins.length), 1)[0]?.release();
    else this.#clock.advance(this.#below(30));
  }

  #set(key: string): void {
    const value = this.#value();
    try {
      this.#cache.set(key, value, this.#chance(0.1) ? { ttl: 5 } : undefined);
    } catch (error) {
      value.isInDoubt = true;
      throw error;
    }
  }

  /** Waits until all running work has ended, and compares. */
  async #rest(): Promise<void> {
    this.#isQuiet = true;
    for (let turn = 0; turn < 4; turn++) {
      void this.#cache.size;
      await this.#nextTurn();
    }
    this.#check();
  }

  #check(): void {
    const stored = new Set<unknown>(this.#cache.values());
    const entries = [...this.#cache].length;
    if (entries !== this.#cache.size) fail(`${this.#cache.size} entries, ${entries} in a loop`);
    // A value that was written while its load was about to begin is lent to that load.
    const isLent = this.#isWild && this.#loads.length > 0;
    for (const value of this.#values) {
      if (value.isInDoubt) continue;
      if (stored.has(value) && !value.isOpen) fail(`${value.id} is stored and disposed of`);
      if (!stored.has(value) && value.isOpen && !value.isGivenUp && !isLent)
        fail(`${value.id} is left open`);
    }
  }
}

function fail(what: string): never {
  throw new Error(`Cannot go on: ${what}`);
}
