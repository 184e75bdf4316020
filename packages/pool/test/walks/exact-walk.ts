import type { Lease } from "@heapwise/pool";
import { FakeClock } from "@heapwise/testkit";
import { diceOfStep, Dice } from "./dice.ts";
import { ExactModel, type Answer, type ModelKey, type ModelOptions } from "./exact-model.ts";
import { ONLY_KEY, PoolUnderTest, type PoolKind, type Standing } from "./pool-under-test.ts";
import type { WalkReport } from "./walk-report.ts";

interface Thing {
  readonly id: number;
  readonly key: string;
}

interface Pending<R> {
  readonly resolve: (value: R) => void;
  readonly reject: (error: unknown) => void;
}

const STEPS = {
  acquire: 30,
  tryAcquire: 6,
  release: 20,
  destroy: 3,
  abort: 5,
  made: 20,
  failed: 2,
  gone: 14,
  tick: 10,
  evictIdle: 2,
  resize: 2,
  suspend: 3,
  resume: 4,
  replace: 2,
  discard: 3,
  closeKey: 1,
};

type Step = keyof typeof STEPS;

/** After more failures in a row the pool waits for a moment. */
const MOST_FAILURES = 4;

/**
 * A walk over a pool without checks, compared with the model: order and time of service, and
 * destroyed resources.
 */
export class ExactWalk {
  readonly log: string[] = [];
  readonly #seed: number;
  readonly #kind: PoolKind;
  readonly #clock = new FakeClock();
  readonly #keys: readonly string[];
  readonly #aging: number;
  readonly #destroysAtOnce: boolean;
  readonly #model: ExactModel;
  readonly #pool: PoolUnderTest<Thing>;
  readonly #creations = new Map<string, Pending<Thing>[]>();
  readonly #destructions = new Map<number, Pending<void>>();
  readonly #leases = new Map<number, Lease<Thing>>();
  readonly #aborts = new Map<number, AbortController>();
  readonly #answers = new Map<number, Answer>();
  readonly #destroyed: number[] = [];
  readonly #errors: string[] = [];
  readonly #things = new Map<number, Thing>();
  readonly #failures = new Map<string, number>();
  #calls = 0;
  #made = 0;
  #served = 0;

  constructor(kind: PoolKind, seed: number) {
    this.#seed = seed;
    this.#kind = kind;
    const dice = new Dice(seed);
    this.#keys = kind === "resource" ? [ONLY_KEY] : ["a", "b", "c", "d"].slice(dice.below(2));
    const max = 1 + dice.below(5);
    const options: ModelOptions = {
      max,
      maxPerKey: kind === "keyed" && dice.chance(0.5) ? 1 + dice.below(max) : max,
      idleKeys: kind === "keyed" && dice.chance(0.3) ? dice.below(3) : Infinity,
      order: dice.pick(["lifo", "fifo"]),
      destroysAtOnce: dice.chance(0.5),
    };
    this.#aging = dice.pick([1, 10, 1000]);
    this.#destroysAtOnce = options.destroysAtOnce;
    this.#model = new ExactModel(options);
    this.#note(`${kind} pool, ${JSON.stringify({ ...options, aging: this.#aging })}`);
    this.#pool = new PoolUnderTest<Thing>(kind, {
      create: (key) => this.#create(key),
      destroy: ({ id }) => this.#destroy(id),
      max,
      maxPerKey: options.maxPerKey,
      idleKeys: options.idleKeys,
      order: options.order,
      aging: this.#aging,
      idleTimeout: Infinity,
      acquireTimeout: Infinity,
      createTimeout: Infinity,
      destroyTimeout: Infinity,
      clock: this.#clock,
      seed,
    });
  }

  /** Takes these steps, and compares after each step. */
  async run(steps: readonly number[]): Promise<WalkReport> {
    let taken = 0;
    for (const step of steps) {
      if (this.#errors.length > 0) break;
      taken++;
      const dice = diceOfStep(this.#seed, step);
      const name = dice.weighted(STEPS);
      this.#note(`${step}: ${name}`);
      this.#take(name, dice);
      await turn();
      this.#compare();
    }
    return { steps: taken, errors: this.#errors, log: this.log, loans: this.#served };
  }

  #take(name: Step, dice: Dice): void {
    const key = dice.pick(this.#keys);
    const maybeKey = this.#kind === "keyed" && dice.chance(0.6) ? key : undefined;
    switch (name) {
      case "acquire":
        return this.#acquire(key, dice);
      case "tryAcquire":
        return this.#tryAcquire(key);
      case "release":
      case "destroy":
        return this.#giveBack(name, dice);
      case "abort":
        return this.#abort(dice);
      case "made":
      case "failed":
        return this.#settleCreation(name, key);
      case "gone":
        return this.#settleDestruction(dice);
      case "tick":
        return this.#clock.advance(dice.next() * 5);
      case "evictIdle": {
        const count = this.#pool.evictIdle(...(maybeKey === undefined ? [] : [maybeKey]));
        return this.#same("evicted", count, this.#model.evictIdle(maybeKey));
      }
      case "resize":
        return this.#resize(dice);
      case "suspend":
      case "resume":
        return this.#suspend(maybeKey, name === "suspend");
      case "replace":
        this.#pool.replace(maybeKey, 0);
        return this.#model.replace(maybeKey);
      case "discard":
        return this.#discard(dice);
      case "closeKey":
        return this.#closeKey(key);
    }
  }

  #create(key: string): Promise<Thing> {
    return new Promise((resolve, reject) => {
      const pending = this.#creations.get(key) ?? [];
      this.#creations.set(key, pending);
      pending.push({ resolve, reject });
    });
  }

  #destroy(id: number): Promise<void> | undefined {
    this.#destroyed.push(id);
    this.#leases.delete(id);
    if (this.#destroysAtOnce) return undefined;
    return new Promise((resolve, reject) => this.#destructions.set(id, { resolve, reject }));
  }

  #acquire(key: string, dice: Dice): void {
    const call = this.#calls++;
    const controller = new AbortController();
    this.#aborts.set(call, controller);
    const priority = dice.chance(0.7) ? 0 : dice.below(4) - 1;
    const { signal } = controller;
    const wanted = dice.chance(0.2) ? dice.below(2) : undefined;
    this.#note(`  call ${call} for ${key}, priority ${priority}, ${wanted ?? "no"} preference`);
    const prefers = wanted === undefined ? undefined : (id: number) => id % 2 === wanted;
    const affinity = prefers && (({ id }: Thing) => prefers(id));
    this.#pool.acquire(key, { signal, priority, affinity }).then(
      (lease) => {
        const { id } = lease.value;
        if (this.#leases.has(id)) this.#fail(`${id} has two holders`);
        if (lease.value.key !== key) this.#fail(`${id} is of ${lease.value.key}, wanted ${key}`);
        this.#leases.set(id, lease);
        this.#answers.set(call, id);
        this.#served++;
      },
      (error: unknown) => this.#answers.set(call, nameOf(error)),
    );
    this.#model.acquire(call, key, this.#clock.now() - priority * this.#aging, prefers);
  }

  #tryAcquire(key: string): void {
    if (this.#model.keys.get(key)?.isClosing === true) {
      this.#same("tryAcquire", this.#isRefused(key), true);
      return;
    }
    const lease = this.#pool.tryAcquire(key);
    this.#same("tryAcquire", lease?.value.id, this.#model.tryAcquire(key));
    if (lease !== undefined) this.#leases.set(lease.value.id, lease);
  }

  #isRefused(key: string): boolean {
    try {
      this.#pool.tryAcquire(key);
      return false;
    } catch (error) {
      return nameOf(error) === "closed";
    }
  }

  #giveBack(how: "release" | "destroy", dice: Dice): void {
    const held = [...this.#leases.keys()];
    if (held.length === 0) return;
    const id = dice.pick(held);
    this.#note(`  ${id}`);
    const lease = this.#leases.get(id)!;
    this.#leases.delete(id);
    lease[how]();
    this.#model.giveBack(id, how);
  }

  #abort(dice: Dice): void {
    if (this.#model.waiters.length === 0) return;
    const { call } = dice.pick(this.#model.waiters);
    this.#note(`  call ${call}`);
    this.#aborts.get(call)!.abort("stop");
    this.#model.abort(call);
  }

  #settleCreation(how: "made" | "failed", key: string): void {
    const failures = this.#failures.get(key) ?? 0;
    if (how === "failed" && failures >= MOST_FAILURES) return;
    const creation = this.#creations.get(key)?.shift();
    if (creation === undefined) return;
    this.#note(`  of ${key}`);
    if (how === "failed") {
      this.#failures.set(key, failures + 1);
      creation.reject(new Error("no"));
      this.#model.failed(key);
    } else {
      this.#failures.set(key, 0);
      const id = ++this.#made;
      const thing = { id, key };
      this.#things.set(id, thing);
      creation.resolve(thing);
      this.#model.made(key, id);
    }
  }

  #settleDestruction(dice: Dice): void {
    const ids = [...this.#destructions.keys()];
    if (ids.length === 0) return;
    const id = dice.pick(ids);
    this.#note(`  ${id}`);
    this.#destructions.get(id)!.resolve();
    this.#destructions.delete(id);
    this.#model.gone(id);
  }

  #resize(dice: Dice): void {
    const max = 1 + dice.below(5);
    const maxPerKey = this.#kind === "keyed" ? 1 + dice.below(max) : max;
    this.#note(`  to ${max}, of a key ${maxPerKey}`);
    this.#pool.resize(this.#kind === "keyed" ? { max, maxPerKey } : { max });
    this.#model.resize(max, maxPerKey);
  }

  #suspend(key: string | undefined, isSuspended: boolean): void {
    if (key !== undefined && this.#model.keys.get(key)?.isClosing === true) return;
    this.#note(`  ${key ?? "all"}`);
    this.#pool.suspend(key, isSuspended);
    this.#model.suspend(key, isSuspended);
  }

  #discard(dice: Dice): void {
    // With a thing that the pool has, had, or never had.
    const id = dice.below(this.#made + 2);
    const thing = this.#things.get(id) ?? { id, key: "none" };
    this.#note(`  ${id}`);
    this.#same("discard", this.#pool.discard(thing, "discarded"), this.#model.discard(id));
  }

  #closeKey(key: string): void {
    if (this.#kind === "resource" || this.#model.suspendedKeys.has(key)) return;
    this.#note(`  ${key}`);
    void this.#pool.closeKey(key, { deadline: Infinity });
    this.#model.closeKey(key);
  }

  #compare(): void {
    const model = this.#model;
    const stats = this.#pool.stats();
    this.#same("max", stats.total > model.max && stats.total > model.total, false);
    this.#sameStanding("all", stats, [...model.keys.values()], model.waiters.length);
    this.#same(
      "keys",
      this.#pool.keys(),
      this.#kind === "keyed" ? [...model.keys.keys()] : this.#pool.keys(),
    );
    for (const key of this.#keys) {
      const standing = this.#pool.statsOf(key);
      const state = model.keys.get(key);
      if (this.#kind === "keyed") {
        this.#same(`knows ${key}`, standing !== undefined, state !== undefined);
      }
      if (standing === undefined) continue;
      const waiting = model.waiters.filter((waiter) => waiter.key === key).length;
      this.#sameStanding(key, standing, state === undefined ? [] : [state], waiting);
    }
    const sorted = (ids: Iterable<number>): number[] => [...ids].sort((a, b) => a - b);
    const leased = sorted([...model.keys.values()].flatMap((state) => state.leased));
    this.#same("leases", sorted(this.#leases.keys()), leased);
    this.#same("holders", sorted(this.#pool.holders().map(({ value }) => value.id)), leased);
    this.#same("destroyed", this.#destroyed.splice(0), model.destroyed.splice(0));
    this.#same("answers", byCall(this.#answers), byCall(model.answers));
    this.#answers.clear();
    model.answers.clear();
    for (const key of this.#keys) {
      const creating = model.keys.get(key)?.creating.length ?? 0;
      this.#same(`calls of create for ${key}`, this.#creations.get(key)?.length ?? 0, creating);
    }
  }

  #sameStanding(
    whose: string,
    { total, idle, leased, creating, waiting }: Standing,
    states: readonly ModelKey[],
    isWaiting: number,
  ): void {
    const count = (name: "idle" | "leased" | "creating" | "closing"): number =>
      states.reduce((sum, state) => sum + state[name].length, 0);
    this.#same(
      `stats of ${whose}`,
      { total, idle, leased, creating, waiting },
      {
        total: count("idle") + count("leased") + count("creating") + count("closing"),
        idle: count("idle"),
        leased: count("leased"),
        creating: count("creating"),
        waiting: isWaiting,
      },
    );
  }

  #same(what: string, found: unknown, expected: unknown): void {
    const [a, b] = [JSON.stringify(found), JSON.stringify(expected)];
    if (a !== b) this.#fail(`${what}: found ${a}, expected ${b}`);
  }

  #fail(what: string): void {
    this.#errors.push(what);
    this.#note(`! ${what}`);
  }

  #note(line: string): void {
    this.log.push(line);
  }
}

function byCall(answers: ReadonlyMap<number, Answer>): unknown {
  return [...answers].sort(([a], [b]) => a - b);
}

function nameOf(error: unknown): Answer {
  if (error === "stop") return "aborted";
  return (error as { code?: string }).code === "POOL_CLOSED" ? "closed" : "failed";
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
