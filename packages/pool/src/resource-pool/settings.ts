import {
  checkInteger,
  checkNames,
  checkNumber,
  checkType,
  readOptions,
  refuse,
} from "../checks.ts";
import { checkClock, type Clock } from "../time/clock.ts";
import type { ResourcePoolOptions, RetryOptions } from "./options.ts";
import type { LoanScopes } from "./waiting/loan-scopes.ts";

type Optional =
  "validate" | "prepare" | "reset" | "destroy" | "breaker" | "codel" | "clock" | "scopes";

type Retry = Required<{ [Name in keyof RetryOptions]: number }> & { isSet: boolean };

/** The options of a pool with their defaults. */
export type Settings<T> = {
  -readonly [Name in Exclude<keyof ResourcePoolOptions<T>, Optional | "retry" | "seed">]-?: Exclude<
    ResourcePoolOptions<T>[Name],
    undefined
  >;
} & Pick<ResourcePoolOptions<T>, Optional> & {
    retry: Retry;
    seed: number;
    /** Whether all options that a loan looks at have their defaults: see `LOAN_PATH`. */
    isFast: boolean;
  };

/** Throws unless `value`, the option of this name, is valid. */
type Check = (name: string, value: unknown, settings: Settings<unknown>) => void;

/** The default of an option, its check, and whether a loan or a return looks at it. */
type OptionRow = readonly [initial: unknown, check: Check, isOnLoanPath: boolean];

type Table = Readonly<Record<string, readonly [initial: unknown, check: Check, ...unknown[]]>>;

/**
 * A loan or a return of an idle resource looks at the option. The pool leaves the fast path unless
 * the option has its default.
 */
const LOAN_PATH = true;

/**
 * The option works elsewhere: in creations, waits and upkeep, or under a bound that `refresh`
 * of PoolCore compares by itself (`max`, `maxIdle`).
 */
const BACKGROUND = false;

const ACTION = "create pool";

const checkFunction: Check = (name, value) => checkType(ACTION, name, value, "function");
const checkFlag: Check = (name, value) => checkType(ACTION, name, value, "boolean");
const checkText: Check = (name, value) => checkType(ACTION, name, value, "string");
const checkShare: Check = (name, value) => checkNumber(ACTION, name, value, 0, 1);
/** A time in ms, or another amount. */
const checkAmount: Check = (name, value) => checkNumber(ACTION, name, value, 0, Infinity);
const checkCount: Check = (name, value) => checkInteger(ACTION, name, value, 0, Infinity);
const checkPositive: Check = (name, value) => checkInteger(ACTION, name, value, 1, Infinity);

const checkCallback: Check = (name, value, settings) => {
  if (value !== undefined) checkFunction(name, value, settings);
};

/** An amount that has no effect without `validate`. */
const checkValidateAmount: Check = (name, value, settings) => {
  checkAmount(name, value, settings);
  expectValidate(name, value, settings);
};

const checkValidateFlag: Check = (name, value, settings) => {
  checkFlag(name, value, settings);
  expectValidate(name, value, settings);
};

function expectValidate(name: string, value: unknown, { validate }: Settings<unknown>): void {
  const [initial] = POOL_OPTIONS[name as keyof typeof POOL_OPTIONS];
  if (value !== initial && validate === undefined) {
    throw new TypeError(`Cannot create pool: ${name} is set without validate, expected both`);
  }
}

const RETRY = {
  delay: [100, checkAmount],
  maxDelay: [5_000, checkAmount],
  jitter: [0.5, checkShare],
  attempts: [Infinity, checkPositive],
} as const;

const BREAKER = {
  failures: [undefined, checkPositive],
  reset: [undefined, checkAmount],
} as const;

const CODEL = {
  target: [undefined, checkAmount],
  interval: [undefined, checkAmount],
} as const;

/**
 * All options of a pool. An option that is added here needs a line in ResourcePoolOptions, and the
 * place that uses it; `settings.test.ts` names what else it needs.
 */
export const POOL_OPTIONS: {
  readonly [Name in keyof ResourcePoolOptions<unknown>]-?: OptionRow;
} = {
  create: [undefined, checkFunction, BACKGROUND],
  validate: [undefined, checkCallback, LOAN_PATH],
  prepare: [undefined, checkCallback, LOAN_PATH],
  reset: [undefined, checkCallback, LOAN_PATH],
  destroy: [undefined, checkCallback, BACKGROUND],
  min: [0, checkAmount, BACKGROUND],
  max: [undefined, (_, max, { min }) => checkPoolBounds(ACTION, min, max), BACKGROUND],
  minIdle: [
    0,
    (name, value, { max }) =>
      checkInteger(ACTION, name, value, 0, Math.min(max, Number.MAX_SAFE_INTEGER)),
    LOAN_PATH,
  ],
  maxIdle: [
    Infinity,
    (name, value, { min, minIdle }) =>
      checkInteger(ACTION, name, value, Math.max(min, minIdle), Infinity),
    BACKGROUND,
  ],
  idleTimeout: [30_000, checkAmount, BACKGROUND],
  // A resource that is over at once would be replaced without end.
  maxLifetime: [
    Infinity,
    (name, value) => checkNumber(ACTION, name, value, 1, Infinity),
    BACKGROUND,
  ],
  lifetimeJitter: [0.1, checkShare, BACKGROUND],
  maxUses: [Infinity, checkPositive, LOAN_PATH],
  keepAlive: [Infinity, checkValidateAmount, BACKGROUND],
  validateAfter: [0, checkValidateAmount, LOAN_PATH],
  validateOnReturn: [false, checkValidateFlag, LOAN_PATH],
  acquireTimeout: [30_000, checkAmount, BACKGROUND],
  createTimeout: [30_000, checkAmount, BACKGROUND],
  validateTimeout: [5_000, checkAmount, BACKGROUND],
  resetTimeout: [5_000, checkAmount, BACKGROUND],
  destroyTimeout: [5_000, checkAmount, BACKGROUND],
  maxWaiters: [Infinity, checkCount, BACKGROUND],
  aging: [1_000, checkAmount, BACKGROUND],
  createConcurrency: [Infinity, checkPositive, BACKGROUND],
  retry: [
    undefined,
    (name, value = {}, settings) => {
      const isSet = settings[name as "retry"] !== undefined;
      settings.retry = { ...(readTable(value as object, RETRY, `${name}.`) as Retry), isSet };
    },
    BACKGROUND,
  ],
  breaker: [undefined, (name, value) => checkGroup(name, value, BREAKER), BACKGROUND],
  codel: [undefined, (name, value) => checkGroup(name, value, CODEL), BACKGROUND],
  order: ["lifo", (name, value) => checkEither(ACTION, name, value, "lifo", "fifo"), LOAN_PATH],
  leakThreshold: [Infinity, checkAmount, BACKGROUND],
  sampleStacks: [0, checkCount, LOAN_PATH],
  name: ["pool", checkText, BACKGROUND],
  debug: [false, checkFlag, LOAN_PATH],
  scopes: [undefined, checkScopes, LOAN_PATH],
  clock: [undefined, checkGivenClock, LOAN_PATH],
  seed: [
    undefined,
    (name, value = (Math.random() * 2 ** 31) | 0, settings) => {
      checkInteger(ACTION, name, value, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
      settings.seed = value as number;
    },
    BACKGROUND,
  ],
};

/** The names of all options. */
export function poolOptionNames(): string[] {
  return Object.keys(POOL_OPTIONS);
}

/** Checks the options of a new pool and fills in the defaults. */
export function readSettings<T>(options: ResourcePoolOptions<T>): Settings<T> {
  const settings = readTable(options, POOL_OPTIONS) as Settings<T>;
  settings.isFast = Object.entries(POOL_OPTIONS).every(
    ([name, [initial, , isOnLoanPath]]) => !isOnLoanPath || settings[name as never] === initial,
  );
  if (settings.debug) settings.sampleStacks = 1;
  return settings;
}

/**
 * The options, with the defaults of a table. Throws if an option is not in the table, or invalid.
 */
function readTable(options: object, table: Table, prefix = ""): object {
  const rows = Object.entries(table);
  const defaults = Object.fromEntries(rows.map(([name, [initial]]) => [name, initial]));
  const settings: Record<string, unknown> = readOptions(ACTION, options, defaults);
  for (const [name, [, check]] of rows) {
    check(prefix + name, settings[name], settings as never);
  }
  return settings;
}

/** Checks an option that is an object, or an instance of a class, with the options of a table. */
function checkGroup(name: string, value: unknown, table: Table): void {
  if (value === undefined) return;
  checkNames(ACTION, value as object, Object.keys(table));
  for (const [key, [, check]] of Object.entries(table)) {
    check(`${name}.${key}`, (value as Readonly<Record<string, unknown>>)[key], value as never);
  }
}

function checkGivenClock(_: string, value: unknown): void {
  if (value !== undefined) checkClock(ACTION, value as Clock);
}

function checkScopes(name: string, value: unknown): void {
  if (value === undefined) return;
  const scopes = value as Partial<LoanScopes> | null;
  if (typeof scopes !== "object" || scopes === null) {
    refuse(ACTION, name, scopes, "{ current, run }");
  }
  checkType(ACTION, "scopes.current", scopes.current, "function");
  checkType(ACTION, "scopes.run", scopes.run, "function");
}

/** Throws a RangeError unless the value is `a` or `b`. */
export function checkEither(
  action: string,
  name: string,
  value: unknown,
  a: string,
  b: string,
): void {
  if (value !== a && value !== b) refuse(action, name, value, `"${a}" or "${b}"`, RangeError);
}

/** Throws unless `min` and `max` are integers with 0 <= min <= max and max >= 1. */
export function checkPoolBounds(action: string, min: unknown, max: unknown): void {
  checkInteger(action, "max", max, 1, Infinity);
  const most = max === Infinity ? Number.MAX_SAFE_INTEGER : (max as number);
  checkInteger(action, "min", min, 0, most);
}
