import { ResourcePool, type Lease } from "@heapwise/pool";
import { FakeClock, randomStream } from "@heapwise/testkit";
import { announceSeed } from "@heapwise/testkit/vitest";
import { describe, expect, it } from "vitest";

// After deadpool's managed_cancellation.rs: every combination of what a callback may do, each with
// random loans, aborts and waits, looked at after every step.

const FAULTS = ["ok", "error", "slow", "never"] as const;
type Fault = (typeof FAULTS)[number];

const CALLBACKS = ["create", "validate", "reset", "destroy", "prepare"] as const;
type Faults = Record<(typeof CALLBACKS)[number], Fault>;

const TIMEOUT = 100;
const SLOW = 40;
const MAX = 3;
const STEP = 20;
const STEPS = 20;

interface Thing {
  readonly id: number;
  destroyCalls: number;
  isHeld: boolean;
}

/** What counts against max, as the outside sees it. */
interface Count {
  until: number;
}

class Bench {
  readonly clock = new FakeClock();
  readonly made: Thing[] = [];
  readonly counted = new Set<Count>();
  readonly leases: Lease<Thing>[] = [];
  readonly aborts: AbortController[] = [];
  readonly pool: ResourcePool<Thing>;
  readonly problems: string[] = [];
  asked = 0;
  answered = 0;
  readonly #faults: Faults;
  readonly #random: () => number;
  readonly #countOf = new Map<Thing, Count>();

  constructor(faults: Faults, seed: number, extra: { min: number; retry: boolean }) {
    this.#faults = faults;
    this.#random = randomStream(seed);
    this.pool = new ResourcePool<Thing>({
      create: () => {
        const count = { until: this.clock.now() + TIMEOUT };
        this.counted.add(count);
        this.#forgetTimedOut();
        if (this.counted.size > MAX) this.problems.push(`${this.counted.size} at create`);
        return this.#run<Thing>(
          "create",
          () => {
            const thing = { id: this.made.length, destroyCalls: 0, isHeld: false };
            this.made.push(thing);
            // One that is late has left the count already.
            if (this.clock.now() < count.until) {
              count.until = Infinity;
              this.#countOf.set(thing, count);
            }
            return thing;
          },
          () => this.counted.delete(count),
        );
      },
      validate: () => this.#run("validate", () => true),
      reset: () => this.#run("reset", () => undefined),
      prepare: () => this.#run("prepare", () => undefined),
      destroy: (thing) => {
        thing.destroyCalls++;
        const count = this.#countOf.get(thing);
        if (count !== undefined) count.until = this.clock.now() + TIMEOUT;
        const gone = (): void => {
          if (count !== undefined) this.counted.delete(count);
        };
        return this.#run("destroy", gone, gone);
      },
      min: extra.min,
      max: MAX,
      validateAfter: 10,
      validateOnReturn: seed % 2 === 0,
      acquireTimeout: 4 * TIMEOUT,
      createTimeout: TIMEOUT,
      validateTimeout: TIMEOUT,
      resetTimeout: TIMEOUT,
      destroyTimeout: TIMEOUT,
      idleTimeout: 3 * TIMEOUT,
      maxLifetime: 10 * TIMEOUT,
      ...(extra.retry && { retry: { delay: 10 } }),
      clock: this.clock,
      seed,
    });
  }

  /** Does what the fault of this callback says; sometimes, for all faults but never, it is well. */
  #run<R>(name: keyof Faults, make: () => R, fail: () => void = () => undefined): Promise<R> | R {
    const fault = this.#random() < 0.3 ? "ok" : this.#faults[name];
    const isSync = this.#random() < 0.3;
    if (fault === "never") return new Promise<R>(() => undefined);
    if (fault === "ok") return isSync ? make() : Promise.resolve().then(make);
    if (fault === "slow") {
      return new Promise<R>((resolve) => this.clock.schedule(() => resolve(make()), SLOW));
    }
    if (isSync) {
      fail();
      throw new Error(`${name} failed`);
    }
    return Promise.resolve().then(() => {
      fail();
      throw new Error(`${name} failed`);
    });
  }

  acquire(): void {
    const controller = new AbortController();
    const isHasty = this.#random() < 0.2;
    this.aborts.push(controller);
    this.asked++;
    const { signal } = controller;
    const priority = Math.floor(this.#random() * 3);
    this.pool.acquire({ signal, priority, ...(isHasty && { timeout: 20 }) }).then(
      (lease) => {
        this.answered++;
        if (lease.value.isHeld) this.problems.push(`thing ${lease.value.id} has two holders`);
        if (lease.value.destroyCalls > 0) this.problems.push(`thing ${lease.value.id} was dead`);
        lease.value.isHeld = true;
        this.leases.push(lease);
      },
      () => this.answered++,
    );
  }

  giveBack(how: "release" | "destroy"): void {
    const [lease] = this.leases.splice(Math.floor(this.#random() * this.leases.length), 1);
    if (lease === undefined) return;
    lease.value.isHeld = false;
    lease[how]();
    expect(() => lease.release()).toThrow("has ended");
  }

  async settle(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    this.check();
  }

  async advance(ms: number): Promise<void> {
    // In small steps, so that what a promise does comes between two timers, as it would.
    for (let passed = 0; passed < ms; passed += STEP) {
      this.clock.advance(STEP);
      await this.settle();
    }
  }

  #forgetTimedOut(): void {
    for (const count of this.counted) {
      if (count.until <= this.clock.now()) this.counted.delete(count);
    }
  }

  check(): void {
    this.#forgetTimedOut();
    const { total, idle, leased, creating, checking, resetting, closing, waiting } =
      this.pool.stats();
    const say = (what: string): void => void this.problems.push(`${this.clock.now()}: ${what}`);
    if (total > MAX || total < 0) say(`total ${total}`);
    if (idle + leased + creating + checking + resetting + closing !== total) say("sum");
    if (leased !== this.leases.length) say(`leased ${leased}, held ${this.leases.length}`);
    if (waiting !== this.asked - this.answered) say(`waiting ${waiting}`);
    if (this.counted.size > MAX) say(`${this.counted.size} counted`);
    if (this.counted.size !== total) say(`total ${total}, counted ${this.counted.size}`);
    if (waiting > checking && idle > 0) say("somebody waits beside an idle one");
    for (const thing of this.made) {
      if (thing.destroyCalls > 1) say(`thing ${thing.id} destroyed ${thing.destroyCalls} times`);
    }
  }

  async run(random: () => number): Promise<void> {
    for (let step = 0; step < STEPS; step++) {
      const dice = random();
      if (dice < 0.4) this.acquire();
      else if (dice < 0.6) this.giveBack("release");
      else if (dice < 0.65) this.giveBack("destroy");
      else if (dice < 0.8) this.aborts[Math.floor(random() * this.aborts.length)]?.abort();
      else await this.advance(STEP * Math.ceil(random() * 6));
      await this.settle();
    }
    while (this.leases.length > 0) this.giveBack("release");
    await this.advance(6 * TIMEOUT);
    while (this.leases.length > 0) this.giveBack("release");
    if (this.answered !== this.asked) this.problems.push("somebody waits for ever");
    const closed = this.pool.close({ deadline: TIMEOUT });
    await this.advance(3 * TIMEOUT);
    await closed;
    await this.settle();
    if (this.counted.size > 0) this.problems.push("something counts after close");
    for (const { id, destroyCalls } of this.made) {
      if (destroyCalls !== 1) this.problems.push(`thing ${id} destroyed ${destroyCalls} times`);
    }
  }
}

function* combinations(): Generator<Faults> {
  for (let at = 0; at < FAULTS.length ** CALLBACKS.length; at++) {
    let rest = at;
    const faults = {} as Faults;
    for (const name of CALLBACKS) {
      faults[name] = FAULTS[rest % FAULTS.length]!;
      rest = Math.floor(rest / FAULTS.length);
    }
    yield faults;
  }
}

describe("Whatever create, validate, reset, destroy and prepare do", () => {
  it.each([
    { min: 0, retry: false },
    { min: 2, retry: true },
  ])(
    "the pool keeps its word, with %o",
    async (extra) => {
      const seed = announceSeed();
      let at = 0;
      for (const faults of combinations()) {
        at++;
        const bench = new Bench(faults, seed * 10_000 + at, extra);
        await bench.run(randomStream(seed * 20_000 + at));
        expect(bench.problems.slice(0, 3), `combination ${at}, ${JSON.stringify(faults)}`).toEqual(
          [],
        );
      }
      expect(at).toBe(1024);
    },
    180_000,
  );
});
