import type { Dice } from "./dice.ts";
import type { Ledger, Thing } from "./ledger.ts";
import { Mishap } from "./mishap.ts";
import type { EveryOption } from "./pool-under-test.ts";
import type { Callback, Outcome } from "./walk-options.ts";
import type { Watch } from "./watch.ts";

/** The members of a walk that callbacks use. */
export interface OwnerHost {
  /** The dice of the current step. */
  dice(): Dice;
  /** Calls the pool back at random. */
  interject(): void;
}

/** More calls of callbacks than any step should cause. */
const MOST_CALLS = 1000;

/**
 * The owner of a pool: its callbacks, which follow their habits, and a ledger of the resources they
 * see.
 */
export class Owner {
  readonly ledger: Ledger;
  readonly callbacks: Pick<EveryOption<Thing>, Callback>;
  /** Resources that were destroyed during their loan, because of a deadline. */
  readonly forced: Thing[] = [];
  /** Callbacks of the walk that wait for their time. */
  timers = 0;
  /** Open calls of `destroy` for late resources. */
  lateDestructions = 0;
  /** Calls of callbacks in this step of the walk. */
  calls = 0;
  readonly #watch: Watch;
  readonly #host: OwnerHost;

  constructor(watch: Watch, host: OwnerHost) {
    this.#watch = watch;
    this.ledger = watch.ledger;
    this.#host = host;
    const { habits } = watch.walk;
    this.callbacks = {
      create: (key) => this.#create(key),
      ...(habits.validate && { validate: (thing) => this.#check("validate", thing, true) }),
      ...(habits.prepare && { prepare: (thing) => this.#check("prepare", thing, undefined) }),
      ...(habits.reset && { reset: (thing) => this.#check("reset", thing, undefined) }),
      ...(habits.destroy && { destroy: (thing) => this.#destroy(thing) }),
    };
  }

  /** Handles the destroy event, which is the only report of a pool without `destroy`. */
  readonly onLeaving = (thing: Thing): void => {
    thing.isLeaving = true;
    if (this.callbacks.destroy !== undefined) return;
    this.#beginDestruction(thing);
    this.ledger.endDestruction(thing, false);
  };

  #create(key: string): PromiseLike<Thing> | Thing {
    const { clock } = this.#watch;
    const { createTimeout, maxLifetime = Infinity } = this.#watch.walk.options;
    this.ledger.forgetTimedOut(clock.now());
    this.#watch.force();
    const room = this.ledger.beginCreation(key, clock.now() + createTimeout!);
    const { max, maxPerKey } = this.#watch.bounds;
    const [all, ofKey] = [this.ledger.rooms.size, this.ledger.roomsOf(key)];
    if (all > max) this.#watch.fail(`${all} of ${max} at a call of create`);
    if (ofKey > maxPerKey) this.#watch.fail(`${ofKey} of ${key} at a call of create`);
    const make = (): Thing => this.ledger.endCreation(room, clock.now(), maxLifetime);
    return this.#run("create", make, () => this.ledger.failCreation(room));
  }

  #check<R>(name: Callback, thing: Thing, result: R): PromiseLike<R> | R {
    if (thing.destroys > 0) this.#watch.fail(`${name} of ${thing.id}, which is destroyed`);
    if (thing.isLent) this.#watch.fail(`${name} of ${thing.id}, which is lent`);
    if (thing.busy !== undefined)
      this.#watch.fail(`${name} of ${thing.id} during its ${thing.busy}`);
    thing.busy = name;
    const end = (): void => {
      if (thing.busy === name) thing.busy = undefined;
      thing.idleSince = this.#watch.clock.now();
    };
    return this.#run(
      name,
      () => {
        end();
        return result;
      },
      end,
    );
  }

  #destroy(thing: Thing): PromiseLike<void> | void {
    this.#beginDestruction(thing);
    if (thing.isLate) this.lateDestructions++;
    const end = (hasFailed: boolean): void => {
      if (thing.isLate) this.lateDestructions--;
      this.ledger.endDestruction(thing, hasFailed);
    };
    return this.#run(
      "destroy",
      () => end(false),
      () => end(true),
    );
  }

  #beginDestruction(thing: Thing): void {
    const { clock } = this.#watch;
    if (thing.destroys > 0) this.#watch.fail(`${thing.id} is destroyed again`);
    if (thing.isLent && !thing.isDiscarded) {
      if (this.#watch.mayForce(thing.key)) this.forced.push(thing);
      else this.#watch.fail(`${thing.id} is destroyed under its holder`);
    }
    thing.isLent = false;
    this.ledger.beginDestruction(thing, clock.now() + this.#watch.walk.options.destroyTimeout!);
  }

  /** Follows the habits of a callback. */
  #run<R>(name: Callback, make: () => R, failed: () => void): PromiseLike<R> | R {
    const { clock } = this.#watch;
    if (++this.calls > MOST_CALLS) {
      // A failure ends the loop of the pool, so that the walk can report it.
      if (this.calls === MOST_CALLS + 1) this.#watch.fail("the pool calls back without end");
      failed();
      throw new Mishap(name);
    }
    const dice = this.#host.dice();
    const outcome: Outcome = dice.weighted(
      this.#watch.walk.habits[name] as Record<Outcome, number>,
    );
    // With a fraction nothing else is due at the same time. The timers of the machine have no
    // fractions.
    const delay = dice.pick([5, 20, 90]) + (this.#watch.walk.isMachine ? 0 : dice.next());
    if (dice.chance(this.#watch.walk.reentrancy)) this.#host.interject();
    const no = (): R => {
      const result = make();
      return name === "validate" ? (false as R) : result;
    };
    switch (outcome) {
      case "sync":
        return make();
      case "async":
        return Promise.resolve().then(make);
      case "no":
        return dice.chance(0.5) ? no() : Promise.resolve().then(no);
      case "slow":
        this.timers++;
        return new Promise((resolve) =>
          clock.schedule(() => {
            this.timers--;
            resolve(make());
          }, delay),
        );
      case "never":
        return new Promise(() => undefined);
      case "throw":
        failed();
        throw new Mishap(name);
      case "reject":
        return Promise.resolve().then(() => {
          failed();
          throw new Mishap(name);
        });
    }
  }
}
