import { KeyedPool, type KeyedPoolOptions, type Lease } from "@heapwise/pool";
import { FakeClock, randomStream } from "@heapwise/testkit";
import { announceSeed } from "@heapwise/testkit/vitest";
import { expect, it } from "vitest";
import { settled } from "../resource-pool/pool-fixture.ts";

// One host of two goes down while its pool is in use, and comes back. Creations fail in all
// ways, and existing resources do too.

interface Thing {
  readonly key: Key;
  readonly id: number;
  /** The life of its host in which it was made. It works no longer than that life. */
  readonly life: number;
  destroyCalls: number;
}

type Key = "down" | "up";
type Options = Partial<KeyedPoolOptions<Key, Thing>>;

const TIMEOUT = 100;
const STEP = 5;
const MAKING = ["throws", "rejects", "fails slowly", "hangs"] as const;
const KEEPING = ["is invalid", "hangs in its check", "is discarded", "fails its borrower"] as const;
const TRYING: readonly [string, Options][] = [
  ["once", {}],
  ["again", { retry: { delay: 20 } }],
  ["with a breaker", { breaker: { failures: 2, reset: 60 } }],
];

interface Count {
  served: number;
  failed: number;
  /** ms */
  longest: number;
}

class Outage {
  readonly clock = new FakeClock();
  readonly things: Thing[] = [];
  readonly problems: string[] = [];
  readonly pool: KeyedPool<Key, Thing>;
  readonly #making: (typeof MAKING)[number];
  readonly #keeping: (typeof KEEPING)[number];
  readonly #random: () => number;
  readonly #loans: { lease: Lease<Thing>; thing: Thing }[] = [];
  #life = 1;
  #isDown = false;
  #calls = 0;

  constructor(
    { making, keeping }: { making: (typeof MAKING)[number]; keeping: (typeof KEEPING)[number] },
    options: Options,
    seed: number,
  ) {
    this.#making = making;
    this.#keeping = keeping;
    this.#random = randomStream(seed);
    this.pool = new KeyedPool<Key, Thing>({
      create: (key) => (key === "down" && this.#isDown ? this.#fail() : this.#make(key)),
      validate: (thing) => this.#check(thing),
      destroy: (thing) => {
        thing.destroyCalls++;
        const hangs = this.#isDown && thing.key === "down";
        return hangs ? new Promise<never>(() => undefined) : undefined;
      },
      max: 6,
      maxPerKey: 3,
      acquireTimeout: 3 * TIMEOUT,
      createTimeout: TIMEOUT,
      validateTimeout: TIMEOUT,
      destroyTimeout: TIMEOUT,
      validateAfter: STEP,
      clock: this.clock,
      seed,
      ...options,
    });
  }

  #make(key: Key): Promise<Thing> {
    const thing = { key, id: this.things.length, life: this.#life, destroyCalls: 0 };
    this.things.push(thing);
    return new Promise((resolve) => this.clock.schedule(() => resolve(thing), STEP));
  }

  #fail(): Promise<Thing> {
    if (this.#making === "throws") throw new Error("down");
    if (this.#making === "rejects") return Promise.reject(new Error("down"));
    return new Promise((_, reject) => {
      if (this.#making === "fails slowly") this.clock.schedule(() => reject(new Error("down")), 40);
    });
  }

  #works({ key, life }: Thing): boolean {
    return key === "up" || (!this.#isDown && life === this.#life);
  }

  #check(thing: Thing): Promise<boolean> | boolean {
    if (this.#works(thing) || this.#keeping === "fails its borrower") return true;
    if (this.#keeping === "hangs in its check") return new Promise<never>(() => undefined);
    return this.#random() < 0.5 ? false : Promise.resolve(false);
  }

  /** The host goes down, or is back. In either case all its resources have ended. */
  turn(isDown: boolean): void {
    this.#isDown = isDown;
    if (!isDown) this.#life++;
    if (this.#keeping !== "is discarded") return;
    for (const thing of this.things) if (!this.#works(thing)) this.pool.discard(thing);
  }

  /** Runs borrowers for some time. Returns the results of each key. */
  async run(ms: number): Promise<Record<Key, Count>> {
    const counts = {
      up: { served: 0, failed: 0, longest: 0 },
      down: { served: 0, failed: 0, longest: 0 },
    };
    for (const end = this.clock.now() + ms; this.clock.now() < end;) {
      if (this.#random() < 0.5) this.#acquire("up", counts.up);
      if (this.#random() < 0.5) this.#acquire("down", counts.down);
      for (let i = 0; i < 2; i++) this.#giveBack();
      this.clock.advance(STEP);
      await settled();
      this.#look();
    }
    // Later results do not count.
    return structuredClone(counts);
  }

  #acquire(key: Key, count: Count): void {
    this.#calls++;
    const since = this.clock.now();
    this.pool.acquire(key).then(
      (lease) => {
        this.#calls--;
        const thing = lease.value;
        if (thing.destroyCalls > 0) this.problems.push(`thing ${thing.id} was dead`);
        this.#loans.push({ lease, thing });
        if (!this.#works(thing)) return;
        count.served++;
        count.longest = Math.max(count.longest, this.clock.now() - since);
      },
      () => {
        this.#calls--;
        count.failed++;
      },
    );
  }

  #giveBack(): void {
    const [loan] = this.#loans.splice(Math.floor(this.#random() * this.#loans.length), 1);
    if (loan === undefined) return;
    if (this.#works(loan.thing)) loan.lease.release();
    else loan.lease.destroy("ECONNRESET");
  }

  #look(): void {
    const { total, idle, leased, creating, checking, resetting, closing, waiting } =
      this.pool.stats();
    const say = (what: string): void => void this.problems.push(`${this.clock.now()}: ${what}`);
    if (total > 6 || total < 0) say(`total ${total}`);
    if (idle + leased + creating + checking + resetting + closing !== total) say("sum");
    if (waiting !== this.#calls) say(`waiting ${waiting} of ${this.#calls}`);
    const held = this.#loans.filter(({ thing }) => thing.destroyCalls === 0).length;
    if (leased !== held) say(`leased ${leased}, held ${held}`);
    for (const { id, destroyCalls } of this.things) {
      if (destroyCalls > 1) say(`thing ${id} destroyed ${destroyCalls} times`);
    }
  }

  /** Gives everything back, and closes the pool. */
  async end(): Promise<void> {
    for (let i = 0; i < 100; i++) {
      while (this.#loans.length > 0) this.#giveBack();
      this.clock.advance(STEP);
      await settled();
    }
    this.#look();
    if (this.#calls > 0) this.problems.push(`${this.#calls} wait still`);
    const closing = this.pool.close({ deadline: TIMEOUT });
    this.clock.advance(TIMEOUT);
    await settled();
    this.clock.advance(TIMEOUT);
    const { left, abandoned } = await closing;
    if (left.length + abandoned > 0) this.problems.push("something is left");
    const { total, keys } = this.pool.stats();
    if (total + keys > 0) this.problems.push(`${total} of ${keys} keys after close`);
    for (const { id, destroyCalls } of this.things) {
      if (destroyCalls !== 1) this.problems.push(`thing ${id} destroyed ${destroyCalls} times`);
    }
  }
}

const CASES = MAKING.flatMap((making) => KEEPING.map((keeping) => ({ making, keeping })));

it.each(CASES)(
  "A pool recovers from an outage: create $making, and an existing resource $keeping",
  async (kind) => {
    const seed = announceSeed();
    for (const [at, [trying, options]] of TRYING.entries()) {
      const order = (seed + at) % 2 === 0 ? "lifo" : "fifo";
      const outage = new Outage(kind, { ...options, order }, seed);
      const before = await outage.run(300);
      expect(before.up.failed + before.down.failed).toBe(0);
      outage.turn(true);
      const during = await outage.run(600);
      outage.turn(false);
      // Hanging calls run into their timeouts, and a breaker tries again.
      await outage.run(3 * TIMEOUT);
      const after = await outage.run(300);
      await outage.end();
      const name = `${trying}, ${order}`;
      expect(outage.problems.slice(0, 3), name).toEqual([]);
      expect(during.down.served, name).toBe(0);
      // The other host has its own room.
      expect(during.up.failed, name).toBe(0);
      expect(during.up.longest, name).toBeLessThanOrEqual(TIMEOUT);
      expect([after.up.failed, after.down.failed], name).toEqual([0, 0]);
      expect(after.up.served, name).toBeGreaterThan(10);
      expect(after.down.served, name).toBeGreaterThan(10);
    }
  },
);
