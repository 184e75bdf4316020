import { AsyncLocalStorage } from "node:async_hooks";
import type { Lease } from "@heapwise/pool";
import type { Dice } from "./dice.ts";
import type { Thing } from "./ledger.ts";
import { CallSignal } from "./call-signal.ts";
import { codeOf, Mishap } from "./mishap.ts";
import type { LoanOptions } from "./pool-under-test.ts";
import type { Call, Held, Watch } from "./watch.ts";

/** The members of a walk that borrowers use. */
export interface BorrowerHost {
  /** The dice of the current step. */
  dice(): Dice;
  /** Calls the pool at random. */
  interject(): void;
}

/** The results of an `affinity` function. */
const AFFINITIES = ["odd", "even", "throws", "calls"] as const;

/** Borrowers that use a pool in all ways, and check the results. */
export class Borrowers {
  readonly #watch: Watch;
  readonly #host: BorrowerHost;
  /** Resources that were destroyed during their loan, because of a deadline. */
  readonly #forced: readonly Thing[];
  readonly #ended: Held[] = [];

  constructor(watch: Watch, host: BorrowerHost, forced: readonly Thing[]) {
    this.#watch = watch;
    this.#host = host;
    this.#forced = forced;
  }

  #dice(): Dice {
    return this.#host.dice();
  }

  #loanOptions(): {
    options: LoanOptions | undefined;
    signal: CallSignal;
    timeout: number;
    mayFail: boolean;
  } {
    const dice = this.#dice();
    const hostility = dice.chance(0.1) ? dice.pick(CallSignal.hostilities) : undefined;
    const signal = new CallSignal(hostility, () => this.#host.interject());
    const usual = this.#watch.walk.options.acquireTimeout!;
    if (dice.chance(0.3)) return { options: undefined, signal, timeout: usual, mayFail: false };
    const options: Record<string, unknown> = {};
    if (dice.chance(0.6)) options["signal"] = signal.signal;
    if (dice.chance(0.05)) signal.abort();
    if (dice.chance(0.2)) options["timeout"] = dice.pick([0, 23, Infinity]);
    if (dice.chance(0.3)) options["priority"] = dice.below(4) - 1;
    if (dice.chance(0.1)) options["label"] = "label";
    const affinity = dice.chance(0.2) ? dice.pick(AFFINITIES) : undefined;
    if (affinity !== undefined) {
      options["affinity"] = (thing: Thing) => this.#prefers(thing, affinity);
    }
    const { timeout = usual } = options as LoanOptions;
    const mayFail = signal.mayFail || affinity === "throws";
    return { options: options as LoanOptions, signal, timeout, mayFail };
  }

  #prefers(thing: Thing, affinity: (typeof AFFINITIES)[number]): boolean {
    const { id } = thing;
    if (thing.isLent || thing.busy !== undefined || thing.isLeaving) {
      this.#watch.fail(`affinity is asked for ${id}, which is not idle`);
    }
    if (this.#watch.clock.now() >= thing.endsBy) {
      this.#watch.fail(`affinity is asked for ${id} after its time`);
    }
    if (affinity === "throws") throw new Mishap("affinity");
    if (affinity === "calls") this.#host.interject();
    return id % 2 === (affinity === "even" ? 0 : 1);
  }

  #ask(key: string): { call: Call; options: LoanOptions | undefined } {
    const { options, ...rest } = this.#loanOptions();
    const call: Call = {
      ...rest,
      key,
      askedAt: this.#watch.clock.now(),
      isDone: false,
      closedFrom: this.#watch.isClosing(key) ? -Infinity : Infinity,
      crowd: this.#watch.crowdOf(key),
      isAsking: true,
      isDisturbed: false,
    };
    this.#watch.calls.add(call);
    return { call, options };
  }

  acquire(key: string): void {
    const { call, options } = this.#ask(key);
    const answer = this.#watch.pool.acquire(key, options);
    call.isAsking = false;
    answer.then(
      (lease) => this.#arriveAlive(call, lease),
      (error: unknown) => this.#refused(call, error),
    );
  }

  use(key: string): void {
    const outer = this.#dice().pick(this.#watch.held.length > 0 ? this.#watch.held : [undefined]);
    const ask = (): void => {
      const { call, options } = this.#ask(key);
      const fails = this.#dice().chance(0.2);
      const run = async (thing: Thing, lease: Lease<Thing>): Promise<void> => {
        const within = AsyncLocalStorage.snapshot() as (run: () => void) => void;
        await new Promise<void>((end) => this.#arrive(call, { lease, thing, end, within }));
        if (fails) throw new Mishap("use");
      };
      const answer = this.#watch.pool.use(key, run, options);
      call.isAsking = false;
      answer.catch((error: unknown) => {
        if (!call.isDone && codeOf(error) === "STALE_LEASE") this.#arriveDead(call);
        else if (!call.isDone) this.#refused(call, error);
        else if (!(error instanceof Mishap)) this.#watch.fail(`use failed: ${String(error)}`);
      });
    };
    if (outer?.within !== undefined && this.#dice().chance(0.5)) outer.within(ask);
    else ask();
  }

  tryAcquire(key: string): void {
    const isClosing = this.#watch.isClosing(key);
    try {
      const lease = this.#watch.pool.tryAcquire(key);
      if (lease === undefined) return;
      if (isClosing) this.#watch.fail("tryAcquire lends what closes");
      const thing = valueOf(lease);
      if (thing === undefined) this.#watch.loans++;
      else this.#hold({ lease, thing });
    } catch (error) {
      if (codeOf(error) !== "POOL_CLOSED" || !this.#watch.isClosing(key)) throw error;
    }
  }

  #arriveAlive(call: Call, lease: Lease<Thing>): void {
    const thing = valueOf(lease);
    if (thing === undefined) this.#arriveDead(call);
    else this.#arrive(call, { lease, thing });
  }

  #arriveDead(call: Call): void {
    this.#end(call);
    this.#watch.loans++;
  }

  #arrive(call: Call, held: Held): void {
    this.#end(call);
    if (held.thing.key !== call.key)
      this.#watch.fail(`${call.key} was asked, ${held.thing.key} came`);
    this.#hold(held);
  }

  #hold(held: Held): void {
    this.#watch.observe();
    this.#watch.loans++;
    const { thing } = held;
    if (thing.destroys === 0) this.#watch.held.push(held);
    else if (thing.isDiscarded || this.#forced.includes(thing)) held.end?.();
    else this.#watch.fail(`${thing.id} arrives dead`);
  }

  #refused(call: Call, error: unknown): void {
    this.#end(call);
    if (call.mayFail && error instanceof Mishap) return;
    const now = this.#watch.clock.now();
    const code = codeOf(error);
    const { reason } = error as { reason?: string };
    const mayBe: Record<string, boolean> = {
      stop: call.signal.isAborted,
      POOL_TIMEOUT: now >= call.askedAt + call.timeout,
      POOL_CLOSED: now >= call.closedFrom,
      CREATE_FAILED: this.#watch.walk.habits.create !== undefined,
      POOL_EXHAUSTED:
        (reason === "waiters" && this.#mayBeCrowded(call, String(error))) ||
        (reason === "overload" && this.#watch.walk.options.codel !== undefined) ||
        (reason === "deadlock" && this.#watch.walk.hasScopes),
    };
    if (mayBe[code] !== true) {
      this.#watch.fail(
        `asked at ${call.askedAt} for ${call.timeout}, refused at ${now}: ${String(error)}`,
      );
    }
  }

  /**
   * Whether the queue was full when this call came. A call made by its own signal may have changed
   * that.
   */
  #mayBeCrowded({ crowd, isDisturbed }: Call, text: string): boolean {
    const isOfKey = text.includes("maxWaitersPerKey") || this.#watch.pool.kind === "resource";
    const most = isOfKey ? crowd.mostOfKey : crowd.most;
    if (most === Infinity) return false;
    if (isDisturbed) return true;
    return !crowd.hasRoom && (isOfKey ? crowd.waitOfKey : crowd.wait) >= most;
  }

  #end(call: Call): void {
    if (call.isDone) this.#watch.fail("a call is answered twice");
    call.isDone = true;
    this.#watch.calls.delete(call);
  }

  giveBack(how: "release" | "destroy"): void {
    const [held] = this.#watch.held.splice(this.#dice().below(this.#watch.held.length), 1);
    if (held === undefined) return;
    const { lease, thing, end } = held;
    this.#watch.note(`  ${thing.id}`);
    const isDead = thing.isLeaving || thing.destroys > 0;
    // The call may run in the middle of this.
    const { isDiscarded } = thing;
    if (!isDead && how === "destroy") thing.isDiscarded = true;
    thing.isLent = false;
    thing.idleSince = this.#watch.clock.now();
    if (end !== undefined && (how === "release" || isDead)) {
      end();
      return;
    }
    this.#ended.push(held);
    if (how === "release") this.release(lease, thing);
    else this.#unlessDead(thing, () => lease.destroy("broken"));
    end?.();
    const isGone = isDiscarded || thing.isLeaving || thing.destroys > 0;
    if (how === "destroy" && !isGone) this.#watch.fail(`${thing.id} is not destroyed`);
  }

  /** Releases a resource that may have been destroyed during its loan. */
  release(lease: Lease<Thing>, thing: Thing): void {
    this.#unlessDead(thing, () => lease.release());
  }

  releaseAgain(): void {
    if (this.#ended.length === 0) return;
    const { lease, thing } = this.#dice().pick(this.#ended);
    try {
      lease.release();
    } catch (error) {
      if (codeOf(error) !== "STALE_LEASE") throw error;
      return;
    }
    if (thing.destroys === 0) this.#watch.fail(`${thing.id} is released again`);
  }

  touch({ lease, thing }: Held): void {
    this.#unlessDead(thing, () => lease.touch("note"));
  }

  /**
   * Ends or notes a loan. This may only throw that the loan has ended, if its resource is
   * destroyed.
   */
  #unlessDead(thing: Thing, run: () => void): void {
    try {
      run();
    } catch (error) {
      const isGone = thing.isLeaving || thing.destroys > 0;
      if (!isGone || codeOf(error) !== "STALE_LEASE") throw error;
    }
  }
}

/**
 * The value of a lease. Undefined if the resource was destroyed before its borrower got the lease.
 */
function valueOf(lease: Lease<Thing>): Thing | undefined {
  try {
    return lease.value;
  } catch (error) {
    if (codeOf(error) !== "STALE_LEASE") throw error;
    return undefined;
  }
}
