import type { CloseReport } from "@heapwise/pool";
import { asyncLoanScopes } from "@heapwise/pool/node";
import { Borrowers } from "./borrowers.ts";
import { Dice, diceOfStep } from "./dice.ts";
import type { Thing } from "./ledger.ts";
import { MachineTime } from "./machine-time.ts";
import { codeOf, Mishap } from "./mishap.ts";
import { Owner } from "./owner.ts";
import { ONLY_KEY, PoolUnderTest, type PoolKind } from "./pool-under-test.ts";
import { drawOptions } from "./walk-options.ts";
import type { WalkReport } from "./walk-report.ts";
import { Watch } from "./watch.ts";

const STEPS = {
  acquire: 26,
  tryAcquire: 6,
  use: 8,
  release: 24,
  destroy: 3,
  releaseAgain: 2,
  touch: 1,
  abort: 4,
  advance: 16,
  standstill: 2,
  sleep: 1,
  discard: 3,
  evictIdle: 2,
  resize: 2,
  replace: 2,
  suspend: 2,
  resume: 4,
  listen: 2,
  unlisten: 1,
  closeKey: 1,
  close: 0.2,
};
type Step = keyof typeof STEPS;

/** Steps that callbacks take too. */
const REENTRANT = {
  acquire: 8,
  tryAcquire: 4,
  release: 6,
  destroy: 2,
  abort: 2,
  discard: 4,
  evictIdle: 3,
  resize: 2,
  replace: 2,
  suspend: 2,
  resume: 3,
  closeKey: 1,
  close: 0.1,
};

const EVENTS = ["create", "destroy", "acquire", "release", "timeout", "leak"];

/** All operations end within this time if the walk takes no more steps, ms. */
const LONG = 2000;

/**
 * A walk over a pool with all its options, whose callbacks do anything. After every step
 * the pool is compared with the records of its callbacks and borrowers.
 */
export class PoolWalk {
  readonly #seed: number;
  readonly #kind: PoolKind;
  readonly #watch: Watch;
  readonly #owner: Owner;
  readonly #borrowers: Borrowers;
  readonly #unlisten: (() => void)[] = [];
  #machine: MachineTime | undefined;
  #dice: Dice;
  #depth = 0;
  /** Number of calls that callbacks may make in this step. */
  #budget = 0;

  constructor(kind: PoolKind, seed: number) {
    this.#seed = seed;
    this.#kind = kind;
    const dice = (this.#dice = new Dice(seed));
    const walk = drawOptions(dice, kind);
    const keys = kind === "keyed" ? ["a", "b", "c"].slice(dice.below(2)) : [ONLY_KEY];
    this.#watch = new Watch(walk, keys);
    const host = { dice: (): Dice => this.#dice, interject: (): void => this.#interject() };
    this.#owner = new Owner(this.#watch, host);
    this.#borrowers = new Borrowers(this.#watch, host, this.#owner.forced);
  }

  /** Takes these steps and ends the pool. */
  async run(steps: readonly number[]): Promise<WalkReport> {
    if (this.#watch.walk.isMachine) this.#machine = new MachineTime(this.#watch.clock);
    let taken = 0;
    try {
      this.#begin();
      for (const step of steps) {
        if (
          this.#watch.errors.length > 0 ||
          this.#watch.closings.some(({ key }) => key === undefined)
        )
          break;
        taken++;
        await this.#step(step);
      }
      if (this.#watch.errors.length === 0) await this.#finish();
    } finally {
      this.#machine?.restore();
    }
    return {
      steps: taken,
      errors: this.#watch.errors,
      log: this.#watch.log,
      loans: this.#watch.loans,
    };
  }

  #begin(): void {
    const { options, hasScopes, isMachine } = this.#watch.walk;
    this.#watch.note(`${this.#kind} pool, ${JSON.stringify(this.#watch.walk)}`);
    this.#watch.pool = new PoolUnderTest<Thing>(this.#kind, {
      ...(options as object),
      max: options.max,
      ...this.#owner.callbacks,
      ...(hasScopes && { scopes: asyncLoanScopes() }),
      ...(!isMachine && { clock: this.#watch.clock }),
    });
    const { onLeaving } = this.#owner;
    this.#watch.pool.on("create", ({ value }: { value: Thing }) => (value.isKnown = true));
    this.#watch.pool.on("destroy", ({ value }: { value: Thing }) => onLeaving(value));
    this.#watch.pool.on("error", ({ error }: { error: unknown }) => this.#judgeError(error));
  }

  async #step(step: number): Promise<void> {
    const dice = (this.#dice = diceOfStep(this.#seed, step));
    this.#budget = 6;
    this.#owner.calls = 0;
    const name = dice.weighted(STEPS);
    this.#watch.note(`${step}: ${name} at ${this.#now()}`);
    if (name === "advance") await this.#advance(dice.pick([3, 15, 60, 130]));
    else if (name === "standstill") await this.#standstill();
    else if (name === "sleep") await this.#sleep();
    else this.#take(name);
    const rest = dice.next();
    if (rest < 0.2) this.#watch.look();
    else if (rest < 0.35) {
      for (let i = dice.below(4); i >= 0; i--) await Promise.resolve();
      this.#watch.look();
    } else await this.#settle();
  }

  #take(name: Exclude<Step, "advance" | "standstill" | "sleep">): void {
    const dice = this.#dice;
    const key = dice.pick(this.#watch.keys);
    const maybeKey = this.#kind === "keyed" && dice.chance(0.6) ? key : undefined;
    // A loan may have begun by now, or its event may be under way.
    this.#watch.observe();
    try {
      this.#perform(name, key, maybeKey);
    } catch (error) {
      this.#watch.fail(`${name} threw ${String(error)}`);
    }
    this.#watch.observe();
  }

  #perform(
    name: Exclude<Step, "advance" | "standstill" | "sleep">,
    key: string,
    maybeKey: string | undefined,
  ): void {
    const dice = this.#dice;
    switch (name) {
      case "acquire":
        return this.#borrowers.acquire(key);
      case "tryAcquire":
        return this.#borrowers.tryAcquire(key);
      case "use":
        return this.#borrowers.use(key);
      case "release":
      case "destroy":
        return this.#borrowers.giveBack(name);
      case "releaseAgain":
        return this.#borrowers.releaseAgain();
      case "touch":
        if (this.#watch.held.length > 0) this.#borrowers.touch(dice.pick(this.#watch.held));
        return;
      case "abort": {
        const calls = [...this.#watch.calls];
        if (calls.length > 0) dice.pick(calls).signal.abort();
        return;
      }
      case "discard":
        return this.#discard();
      case "evictIdle":
        return void this.#watch.pool.evictIdle(...(maybeKey === undefined ? [] : [maybeKey]));
      case "resize":
        return this.#resize();
      case "replace":
        return this.#replace(maybeKey);
      case "suspend":
      case "resume":
        return this.#suspend(maybeKey, name === "suspend");
      case "listen":
        return this.#listen();
      case "unlisten":
        return this.#unlisten.splice(dice.below(this.#unlisten.length), 1)[0]?.();
      case "closeKey":
        return this.#kind === "keyed" ? this.#close(key) : undefined;
      case "close":
        return this.#close(undefined);
    }
  }

  /** Calls the pool from one of its callbacks. */
  #interject(): void {
    if (this.#depth >= 2 || this.#budget <= 0) return;
    this.#depth++;
    this.#budget--;
    for (const call of this.#watch.calls) call.isDisturbed ||= call.isAsking;
    const name = this.#dice.weighted(REENTRANT);
    this.#watch.note(`  in a callback: ${name}`);
    this.#take(name);
    this.#depth--;
  }

  // Administration

  #discard(): void {
    const { pool, ledger } = this.#watch;
    const thing = ledger.things[this.#dice.below(ledger.things.length + 1)];
    if (thing === undefined || thing.isLate) {
      if (pool.discard(thing ?? { id: 0 }, "gone")) this.#watch.fail("discards an unknown value");
      return;
    }
    this.#watch.note(`  ${thing.id}`);
    const isThere = !thing.isLeaving;
    if (isThere) thing.isDiscarded = true;
    const found = pool.discard(thing, "gone");
    if (found && !isThere) this.#watch.fail(`discards ${thing.id}, which is destroyed`);
    if (found && thing.destroys === 0) this.#watch.fail(`${thing.id} is discarded, not destroyed`);
    // The creation that made it may not have reached the pool.
    if (!found && isThere && thing.loan !== undefined) this.#watch.fail(`misses ${thing.id}`);
    if (!found && isThere) thing.isDiscarded = false;
  }

  #resize(): void {
    const dice = this.#dice;
    const max = 1 + dice.below(6);
    const { total } = this.#watch.pool.stats();
    this.#watch.ceiling = Math.max(max, total);
    const { minIdle = 0 } = this.#watch.walk.options;
    if (this.#kind === "keyed") {
      const maxPerKey = 1 + dice.below(max);
      this.#watch.bounds = { max, maxPerKey, min: 0 };
      this.#watch.pool.resize({ max, maxPerKey });
    } else if (max >= minIdle) {
      const min = dice.chance(0.5) ? dice.below(max + 1) : Math.min(max, this.#watch.bounds.min);
      this.#watch.bounds = { max, maxPerKey: max, min };
      this.#watch.pool.resize({ min, max });
    }
  }

  #replace(key: string | undefined): void {
    const over = this.#dice.pick([0, 0, 70]);
    this.#watch.ledger.endBy(key, this.#now() + over);
    this.#watch.pool.replace(key, over);
  }

  #suspend(key: string | undefined, isSuspended: boolean): void {
    this.#watch.suspensions++;
    if (key !== undefined) {
      if (isSuspended) this.#watch.suspended.add(key);
      else {
        this.#watch.suspended.delete(key);
        this.#watch.maybeSuspended.delete(key);
      }
    } else if (isSuspended) this.#watch.suspended.add("*");
    else {
      this.#watch.suspended.delete("*");
      for (const each of this.#watch.suspended) this.#watch.maybeSuspended.add(each);
      this.#watch.suspended.clear();
    }
    this.#watch.pool.suspend(key, isSuspended);
  }

  #listen(): void {
    const event = this.#dice.pick(EVENTS);
    const does = this.#dice.pick(["nothing", "throws", "rejects", "calls"]);
    this.#watch.note(`  to ${event}: ${does}`);
    this.#unlisten.push(
      this.#watch.pool.on(event, () => {
        if (does === "throws") throw new Mishap("listener");
        if (does === "calls") this.#interject();
        return does === "rejects" ? Promise.reject(new Mishap("listener")) : undefined;
      }),
    );
  }

  #close(key: string | undefined): void {
    const options = drawClose(this.#dice);
    const { deadline, waiters } = options;
    this.#watch.note(`  ${key ?? "all"} by ${deadline} ms, ${waiters} waiters`);
    const closing = this.#watch.close(key, deadline, waiters === "serve");
    const report =
      key === undefined ? this.#watch.pool.close(options) : this.#watch.pool.closeKey(key, options);
    report.then(
      () => (closing.isOver = true),
      (error: unknown) => this.#watch.fail(`close failed: ${String(error)}`),
    );
  }

  // Time

  #now(): number {
    return this.#watch.clock.now();
  }

  async #advance(ms: number): Promise<void> {
    await this.#settle();
    const end = this.#now() + ms;
    for (let hops = 0; this.#now() < end && this.#watch.errors.length === 0; hops++) {
      this.#owner.calls = 0;
      const due = Math.min(end, this.#watch.clock.pending[0]?.dueAt ?? end);
      // Short, because no promise settles within a hop, and a timeout would come before it.
      const to = hops > 500 ? Math.min(end, Math.max(due, this.#now() + 4)) : due;
      this.#watch.clock.advance(Math.max(0, to - this.#now()));
      // A sum of fractions may be a little less.
      if (this.#watch.clock.pending[0]?.dueAt === due && due <= end)
        this.#watch.clock.advance(1e-9);
      this.#watch.observe();
      await this.#settle();
    }
  }

  /** The process stands still, and the pool is used before any timer runs. */
  async #standstill(): Promise<void> {
    if (this.#watch.closings.some(({ isOver }) => !isOver)) return;
    await this.#settle();
    this.#watch.clock.jump(this.#now() + this.#dice.pick([20, 60, 400]));
    this.#watch.note(`  until ${this.#now()}`);
    await this.#useAtOnce();
  }

  /** The machine sleeps: its monotonic clock stands still, and the time of day goes on. */
  async #sleep(): Promise<void> {
    if (this.#machine === undefined) return;
    await this.#settle();
    const ms = this.#dice.pick([1500, 60_000]);
    this.#machine.slept += ms;
    for (const thing of this.#watch.ledger.things) {
      thing.endsBy -= ms;
      thing.idleSince -= ms;
    }
    await this.#useAtOnce();
  }

  async #useAtOnce(): Promise<void> {
    for (let uses = this.#dice.below(4); uses > 0; uses--) {
      this.#take(this.#dice.pick(["acquire", "tryAcquire", "release"]));
    }
    this.#watch.clock.advance(0);
    this.#watch.observe();
    await this.#settle();
  }

  async #settle(): Promise<void> {
    await turn();
    if (this.#machine !== undefined) await turn();
    this.#watch.observe();
    this.#watch.look();
    this.#watch.compare();
  }

  // The end

  async #finish(): Promise<void> {
    const dice = (this.#dice = diceOfStep(this.#seed, -7));
    this.#budget = 0;
    this.#watch.note(`finish at ${this.#now()}`);
    for (const unlisten of this.#unlisten.splice(0)) unlisten();
    if (this.#kind === "keyed") for (const key of this.#watch.keys) this.#suspend(key, false);
    this.#suspend(undefined, false);
    this.#watch.maybeSuspended.clear();
    await this.#settle();
    const isClosed = this.#watch.closings.some(({ key }) => key === undefined);
    if (!isClosed && dice.chance(0.6)) await this.#drain();
    if (this.#watch.errors.length > 0) return;
    if (isClosed && dice.chance(0.5)) this.#close(undefined);
    const timers = isClosed ? 0 : await this.#closeAll(dice);
    if (this.#watch.errors.length === 0) await this.#afterClose();
    this.#watch.same("timers after close", timers, 0);
  }

  /** Gives everything back, and lets time pass. */
  async #drain(): Promise<void> {
    for (let round = 0; round < 12 && this.#watch.errors.length === 0; round++) {
      this.#budget = 0;
      while (this.#watch.held.length > 0) this.#take("release");
      await this.#advance(round < 8 ? 60 : LONG);
    }
    while (this.#watch.held.length > 0) this.#take("release");
    await this.#settle();
    if (this.#watch.errors.length > 0) return;
    const isDone = [...this.#watch.calls].every(({ timeout }) => timeout === Infinity);
    if (!isDone) this.#watch.fail("somebody waits forever");
    const { idleTimeout, minIdle = 0 } = this.#watch.walk.options;
    const { total, waiting } = this.#watch.pool.stats();
    const isEmpty =
      this.#watch.bounds.min + minIdle === 0 && idleTimeout !== Infinity && waiting === 0;
    if (isEmpty && total > 0) this.#watch.fail(`${total} are left of a pool that nobody uses`);
  }

  async #closeAll(dice: Dice): Promise<number> {
    const { ledger, forced } = this.#owner;
    const options = drawClose(dice);
    const { deadline, waiters } = options;
    const before = ledger.destroyed;
    const failuresBefore = ledger.destroyFailures;
    ledger.abandoned = 0;
    forced.length = 0;
    let report: CloseReport<Thing> | undefined;
    const wasClosing = this.#watch.closings.some(({ isOver }) => !isOver);
    this.#watch.note(`close by ${deadline} ms, ${waiters} waiters`);
    const closing = this.#watch.close(undefined, deadline, waiters === "serve");
    this.#watch.pool.close(options).then(
      (value) => {
        closing.isOver = true;
        report = value;
        this.#watch.same("total after close", this.#watch.pool.stats().total, 0);
        // The report of a key that was closing before counts from its own close on.
        if (wasClosing) return;
        this.#watch.same("destroyed by close", value.destroyed, ledger.destroyed - before);
        this.#watch.same("left", ids(value.left.map((holder) => holder.value)), ids(forced));
        this.#watch.same("abandoned", value.abandoned, ledger.abandoned);
        ledger.forgetTimedOut(this.#now());
        this.#watch.same(
          "failures",
          value.failures.length,
          ledger.destroyFailures - failuresBefore,
        );
      },
      (error: unknown) => this.#watch.fail(`close failed: ${String(error)}`),
    );
    this.#watch.observe();
    await this.#settle();
    if (dice.chance(0.5)) {
      await this.#advance(5);
      if (report === undefined) this.#close(undefined);
    }
    for (let i = 0; i < 40 && report === undefined && this.#watch.errors.length === 0; i++) {
      await this.#advance(20);
    }
    if (report === undefined) this.#watch.fail("close does not end");
    // Checked last, so that it hides no other problem.
    const timers = this.#watch.clock.pending.length - this.#owner.timers;
    return this.#machine === undefined && this.#owner.lateDestructions === 0 ? timers : 0;
  }

  async #afterClose(): Promise<void> {
    await this.#advance(LONG);
    for (const { thing, lease, end } of this.#watch.held.splice(0)) {
      if (end !== undefined) end();
      else this.#borrowers.release(lease, thing);
      thing.isLent = false;
    }
    await this.#advance(LONG);
    if (this.#watch.calls.size > 0)
      this.#watch.fail(`${this.#watch.calls.size} wait in a closed pool`);
    for (const { id, destroys } of this.#watch.ledger.things) {
      if (destroys !== 1) this.#watch.fail(`${id} was destroyed ${destroys} times`);
    }
    this.#watch.same("timers at the end", this.#watch.clock.pending.length, this.#owner.timers);
  }

  #judgeError(error: unknown): void {
    const isMeant =
      error instanceof Mishap || ["POOL_TIMEOUT", "POOL_CLOSED"].includes(codeOf(error));
    if (!isMeant) this.#watch.fail(`an error event: ${String(error)}`);
  }
}

function drawClose(dice: Dice): { deadline: number; waiters: "serve" | "reject" } {
  // With a fraction nothing else is due at the same time.
  const deadline = dice.pick([0, 9, 83]);
  return { deadline: deadline && deadline + dice.next(), waiters: dice.pick(["serve", "reject"]) };
}

function ids(things: readonly Thing[]): string {
  return things
    .map(({ id }) => id)
    .sort((a, b) => a - b)
    .join();
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
