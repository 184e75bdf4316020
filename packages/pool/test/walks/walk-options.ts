import type { Dice } from "./dice.ts";
import type { EveryOption, PoolKind } from "./pool-under-test.ts";

export const CALLBACKS = ["create", "validate", "prepare", "reset", "destroy"] as const;
export type Callback = (typeof CALLBACKS)[number];

/** The behaviour of a callback. `no` resolves with false. */
export const OUTCOMES = ["sync", "async", "slow", "throw", "reject", "no", "never"] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** Weights of the behaviours of a callback. */
export type Habits = Partial<Record<Outcome, number>>;

export interface WalkOptions {
  readonly options: Omit<EveryOption<never>, "create">;
  /** The callbacks that the pool has. */
  readonly habits: Partial<Record<Callback, Habits>>;
  /** Whether the walk replaces the machine's clock instead of passing the option `clock`. */
  readonly isMachine: boolean;
  readonly hasScopes: boolean;
  /** Chance that a callback or listener calls the pool. */
  readonly reentrancy: number;
}

/** Draws all options of a pool: either most of them are defaults, or most are not. */
export function drawOptions(dice: Dice, kind: PoolKind): WalkOptions {
  const zeal = dice.pick([0.05, 0.2, 0.5]);
  const often = (): boolean => dice.chance(zeal);
  const max = 1 + dice.below(dice.pick([1, 3, 6]));
  const min = kind === "resource" && dice.chance(0.4) ? dice.below(max + 1) : 0;
  const minIdle = kind === "resource" && often() ? dice.below(max + 1) : 0;
  const habits = drawHabits(dice, often);
  const isChecked = habits.validate !== undefined;
  const some = (options: SomeOptions): SomeOptions => (often() ? options : {});
  const options: WalkOptions["options"] = {
    max,
    ...(kind === "keyed" ? drawKeyed(dice, max, often) : { min, ...(minIdle > 0 && { minIdle }) }),
    ...some({ maxIdle: Math.max(min, minIdle, dice.below(max + 1)) }),
    idleTimeout: often() ? dice.pick([30, 110, Infinity]) : 300,
    ...some({ maxLifetime: dice.pick([1, 45, 210]) }),
    ...some({ lifetimeJitter: dice.pick([0, 0, 0.5, 1]) }),
    ...some({ maxUses: dice.pick([1, 2, 5]) }),
    ...(isChecked && some({ keepAlive: dice.pick([25, 80]) })),
    ...(isChecked && some({ validateAfter: dice.pick([10, 70, Infinity]) })),
    ...(isChecked && some({ validateOnReturn: true })),
    acquireTimeout: dice.pick([41, 157, 410]),
    createTimeout: dice.pick([31, 101]),
    validateTimeout: dice.pick([11, 53]),
    resetTimeout: dice.pick([13, 59]),
    destroyTimeout: dice.pick([17, 61]),
    ...some({ maxWaiters: dice.below(4) }),
    ...some({ aging: dice.pick([0, 10, 100]) }),
    ...some({ createConcurrency: 1 + dice.below(2) }),
    ...some({ retry: { delay: dice.pick([0, 7, 30]), attempts: dice.pick([2, Infinity]) } }),
    ...some({ breaker: { failures: 1 + dice.below(4), reset: dice.pick([0, 19, 90]) } }),
    ...some({ codel: { target: dice.pick([0, 15]), interval: dice.pick([20, 60]) } }),
    order: dice.pick(["lifo", "fifo"]),
    ...some({ leakThreshold: dice.pick([0, 35]) }),
    ...some({ sampleStacks: 1 + dice.below(3) }),
    ...some({ debug: true }),
    ...some({ name: "walk" }),
    seed: dice.below(1000),
  };
  return {
    options,
    habits,
    isMachine: dice.chance(0.3),
    hasScopes: dice.chance(zeal / 2),
    reentrancy: dice.pick([0, 0, 0.1, 0.4]),
  };
}

type SomeOptions = Partial<WalkOptions["options"]> & Record<string, unknown>;

function drawKeyed(dice: Dice, max: number, often: () => boolean): Record<string, number> {
  return {
    ...(dice.chance(0.5) && { maxPerKey: 1 + dice.below(max) }),
    ...(often() && { idleKeys: dice.below(3) }),
    ...(often() && { maxWaitersPerKey: dice.below(4) }),
  };
}

function drawHabits(dice: Dice, often: () => boolean): WalkOptions["habits"] {
  const fault = dice.pick(OUTCOMES);
  const rate = dice.pick([0, 0, 0.05, 0.3, 0.9]);
  const habits: WalkOptions["habits"] = {};
  for (const name of CALLBACKS) {
    if (name !== "create" && !(name === "destroy" ? dice.chance(0.7) : often())) continue;
    const usual = dice.pick<Habits>([{ sync: 1 }, { async: 1 }, { sync: 1, async: 1, slow: 1 }]);
    const total = Object.values(usual).length;
    habits[name] = { ...usual };
    const isFaulty = rate > 0 && dice.chance(0.6);
    if (isFaulty) habits[name]![fault] = (habits[name]![fault] ?? 0) + (total * rate) / (1 - rate);
  }
  return habits;
}
