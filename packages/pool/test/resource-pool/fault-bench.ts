import { ResourcePool, type Lease } from "@heapwise/pool";
import { FakeClock, randomStream } from "@heapwise/testkit";
import { expect } from "vitest";

export const FAULTS = ["ok", "error", "slow", "never"] as const;
export type Fault = (typeof FAULTS)[number];

export const CALLBACKS = ["create", "validate", "reset", "destroy", "prepare"] as const;
export type Faults = Record<(typeof CALLBACKS)[number], Fault>;

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

/** The number of resources that count against max, as the callbacks see it. */
interface Count {
  until: number;
}

/** A pool whose callbacks fail as the options say, and its users. */
export class Bench {
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
            // A late resource no longer counts.
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

  /** Runs the fault of this callback. Every fault except "never" is sometimes no fault. */
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
        this.#hold(lease);
      },
      () => this.answered++,
    );
  }

  tryAcquire(): void {
    const lease = this.pool.tryAcquire();
    if (lease !== undefined) this.#hold(lease);
  }

  #hold(lease: Lease<Thing>): void {
    const { value } = lease;
    if (value.isHeld) this.problems.push(`thing ${value.id} has two holders`);
    if (value.destroyCalls > 0) this.problems.push(`thing ${value.id} was dead`);
    value.isHeld = true;
    this.leases.push(lease);
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
    // From timer to timer, so that promises settle in between, as they would.
    for (const end = this.clock.now() + ms; this.clock.now() < end;) {
      const due = Math.min(end, this.clock.pending[0]?.dueAt ?? end);
      this.clock.advance(Math.max(0, due - this.clock.now()));
      await this.settle();
    }
  }

  /** The process stands still, and the pool is used before any timer runs. */
  async standStill(random: () => number): Promise<void> {
    this.clock.jump(this.clock.now() + TIMEOUT * Math.ceil(random() * 12));
    if (random() < 0.7) this.acquire();
    if (random() < 0.3) this.giveBack("release");
    if (random() < 0.3) this.tryAcquire();
    this.clock.advance(0);
    await this.settle();
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

  /** Uses the pool and closes it. With `standsStill` the process stands still at times. */
  async run(random: () => number, standsStill = false): Promise<void> {
    for (let step = 0; step < STEPS; step++) {
      const dice = random();
      if (standsStill && random() < 0.2) await this.standStill(random);
      else if (dice < 0.4) this.acquire();
      else if (dice < 0.6) this.giveBack("release");
      else if (dice < 0.65) this.giveBack("destroy");
      else if (dice < 0.8) this.aborts[Math.floor(random() * this.aborts.length)]?.abort();
      else await this.advance(STEP * Math.ceil(random() * 6));
      await this.settle();
    }
    while (this.leases.length > 0) this.giveBack("release");
    await this.advance(6 * TIMEOUT);
    while (this.leases.length > 0) this.giveBack("release");
    if (this.answered !== this.asked) this.problems.push("somebody waits forever");
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
