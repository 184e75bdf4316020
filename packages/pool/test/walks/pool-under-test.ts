import {
  KeyedPool,
  ResourcePool,
  type AcquireOptions,
  type CloseReport,
  type CreateContext,
  type Holder,
  type KeyedPoolOptions,
  type Lease,
  type ResourcePoolOptions,
} from "@heapwise/pool";

/** The kind of pool that a walk uses. */
export type PoolKind = "keyed" | "resource";

/** The options of both kinds. Each kind takes its own options. */
export type EveryOption<T> = Omit<KeyedPoolOptions<string, T>, "create"> &
  Pick<ResourcePoolOptions<T>, "min"> & {
    create: (key: string, context: CreateContext) => PromiseLike<T> | T;
    minIdle?: number | undefined;
  };

/** The state of a pool or of a key. */
export interface Standing {
  readonly total: number;
  readonly idle: number;
  readonly leased: number;
  readonly creating: number;
  readonly waiting: number;
  readonly checking: number;
  readonly resetting: number;
  readonly closing: number;
  readonly acquired: number;
  readonly created: number;
  readonly destroyed: number;
  readonly waitTimes: Durations;
  readonly useTimes: Durations;
}

interface Durations {
  readonly count: number;
  readonly sum: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly max: number;
}

export type LoanOptions = AcquireOptions<never>;

type Method = (...args: unknown[]) => unknown;

const ONLY_KEYED = ["maxPerKey", "idleKeys", "maxWaitersPerKey"] as const;
const ONLY_RESOURCE = ["min", "minIdle"] as const;

/** The only key of a ResourcePool. */
export const ONLY_KEY = "a";

/** One interface for both kinds: a ResourcePool is a keyed pool with one key. */
export class PoolUnderTest<T> {
  readonly kind: PoolKind;
  readonly #pool: Record<string, Method | undefined>;

  constructor(kind: PoolKind, options: EveryOption<T>) {
    this.kind = kind;
    const known = { ...options };
    for (const name of kind === "keyed" ? ONLY_RESOURCE : ONLY_KEYED) delete known[name];
    this.#pool = (kind === "keyed"
      ? new KeyedPool<string, T>(known)
      : new ResourcePool<T>(withoutKeys(known))) as unknown as Record<string, Method>;
  }

  acquire(key: string, options: LoanOptions | undefined): Promise<Lease<T>> {
    return this.#ofKey("acquire", key, options) as Promise<Lease<T>>;
  }

  tryAcquire(key: string): Lease<T> | undefined {
    return this.#ofKey("tryAcquire", key) as Lease<T> | undefined;
  }

  use(
    key: string,
    run: (value: T, lease: Lease<T>) => Promise<void>,
    options: LoanOptions | undefined,
  ): Promise<void> {
    return this.#ofKey("use", key, run, options) as Promise<void>;
  }

  evictIdle(...key: [string?]): number {
    return this.#call("evictIdle", ...(this.kind === "keyed" ? key : [])) as number;
  }

  discard(value: unknown, reason: unknown): boolean {
    return this.#call("discard", value, reason) as boolean;
  }

  resize(bounds: Record<string, number>): void {
    this.#call("resize", bounds);
  }

  /** Replaces the resources of one key or of all keys. */
  replace(key: string | undefined, over: number): void {
    if (key === undefined) this.#call("replaceAll", { over });
    else this.#call("replaceKey", key, { over });
  }

  /** Suspends or resumes one key or all keys. */
  suspend(key: string | undefined, isSuspended: boolean): void {
    const name = isSuspended ? "suspend" : "resume";
    if (key === undefined) this.#call(name);
    else this.#call(`${name}Key`, key);
  }

  closeKey(key: string, options: object): Promise<CloseReport<T>> {
    return this.#call("closeKey", key, options) as Promise<CloseReport<T>>;
  }

  close(options: object): Promise<CloseReport<T>> {
    return this.#call("close", options) as Promise<CloseReport<T>>;
  }

  stats(): Standing {
    return this.#call("stats") as Standing;
  }

  /** The state of a key. Undefined if the pool does not have the key. */
  statsOf(key: string): Standing | undefined {
    return this.kind === "resource" ? this.stats() : (this.#call("statsOf", key) as Standing);
  }

  keys(): string[] {
    if (this.kind === "keyed") return this.#call("keys") as string[];
    const { total, waiting } = this.stats();
    return total + waiting > 0 ? [ONLY_KEY] : [];
  }

  holders(): Holder<T>[] {
    return this.#call("holders") as Holder<T>[];
  }

  on(event: string, listener: (event: never) => void): () => void {
    return this.#call("on", event, listener) as () => void;
  }

  #ofKey(name: string, key: string, ...args: unknown[]): unknown {
    return this.kind === "keyed" ? this.#call(name, key, ...args) : this.#call(name, ...args);
  }

  #call(name: string, ...args: unknown[]): unknown {
    return this.#pool[name]!(...args);
  }
}

function withoutKeys<T>(options: EveryOption<T>): ResourcePoolOptions<T> {
  const { create, validate, prepare, reset, destroy, ...rest } = options;
  return {
    ...rest,
    create: (context) => create(ONLY_KEY, context),
    ...(validate && { validate: (value) => validate(value, ONLY_KEY) }),
    ...(prepare && { prepare: (value) => prepare(value, ONLY_KEY) }),
    ...(reset && { reset: (value) => reset(value, ONLY_KEY) }),
    ...(destroy && { destroy: (value, reason) => destroy(value, reason, ONLY_KEY) }),
  };
}
