import type { RemovalCause } from "@heapwise/lru";

/** The time options of a cache that loads, ms; undefined for an option that is not set. */
export interface LoadingTimes {
  readonly ttl: number;
  readonly refreshAfter: number | undefined;
  readonly staleWhileRevalidate: number | undefined;
  readonly staleIfError: number | undefined;
  readonly negativeTtl: number | undefined;
  readonly hardTimeout: number | undefined;
  readonly maxRefreshes: number;
}

/** How a loader ends. */
export type LoadEnd = { readonly value: string | undefined } | { readonly error: unknown };

/** The state of a call. */
export type Outcome = LoadEnd | "pending" | "timeout";

interface Entry {
  readonly value: string | undefined;
  readonly writtenAt: number;
  readonly deadline: number;
}

interface ModelLoad {
  readonly key: string;
  readonly startedAt: number;
  readonly isRefresh: boolean;
  readonly callers: Set<number>;
  isKept: boolean;
  isFenced: boolean;
  state: "running" | "over" | "aborted";
}

/**
 * A cache that loads, in the simplest and slowest way: without a bound, and with one method for
 * each event.
 */
export class LoadingModel {
  readonly #times: LoadingTimes;
  now = 0;
  readonly entries = new Map<string, Entry>();
  readonly #failures = new Map<string, { error: unknown; deadline: number }>();
  readonly loads: ModelLoad[] = [];
  readonly outcomes: Outcome[] = [];
  removals: [string, string | undefined, RemovalCause][] = [];

  constructor(times: LoadingTimes) {
    this.#times = times;
  }

  /** Keys that a new call would find in flight. */
  get flying(): string[] {
    return this.loads.filter((load) => this.#isFlying(load)).map(({ key }) => key);
  }

  /** The live content. */
  get content(): Map<string, string | undefined> {
    const live = [...this.entries].filter(([, { deadline }]) => this.now < deadline);
    return new Map(live.map(([key, { value }]) => [key, value]));
  }

  getOrLoad(key: string): void {
    const { refreshAfter, staleWhileRevalidate, staleIfError } = this.#times;
    const caller = this.outcomes.push("pending") - 1;
    const entry = this.entries.get(key);
    const age = entry === undefined ? 0 : this.now - entry.writtenAt;
    if (entry !== undefined && this.now < entry.deadline) {
      this.outcomes[caller] = { value: entry.value };
      if (refreshAfter !== undefined && age >= refreshAfter) this.#refresh(key);
    } else if (this.#isWithin(entry, staleWhileRevalidate)) {
      this.outcomes[caller] = { value: entry!.value };
      this.#refresh(key);
    } else {
      const flying = this.loads.find((load) => load.key === key && this.#isFlying(load));
      const failure = this.#failureOf(key);
      if (flying === undefined && failure !== undefined) {
        const standsIn = this.#isWithin(entry, staleIfError);
        this.outcomes[caller] = standsIn ? { value: entry!.value } : { error: failure.error };
      } else {
        (flying ?? this.#start(key, false)).callers.add(caller);
      }
    }
  }

  abort(caller: number, reason: unknown): void {
    if (this.outcomes[caller] !== "pending") return;
    this.outcomes[caller] = { error: reason };
    for (const load of this.loads) if (load.callers.delete(caller)) this.#abandon(load);
  }

  settle(at: number, end: LoadEnd): void {
    const load = this.loads[at];
    if (load?.state !== "running") return;
    load.state = "over";
    const { key } = load;
    const { ttl, negativeTtl, staleIfError } = this.#times;
    let answer: Outcome = end;
    if (!load.isFenced && "value" in end) {
      if (end.value !== undefined) this.#store(key, end.value, ttl);
      else if (negativeTtl !== undefined) this.#store(key, undefined, negativeTtl);
      else this.#remove(key, "deleted");
    }
    if (!load.isFenced && "error" in end) {
      if (negativeTtl !== undefined) {
        this.#failures.set(key, { error: end.error, deadline: this.now + negativeTtl });
      }
      const entry = this.entries.get(key);
      if (this.#isWithin(entry, staleIfError)) answer = { value: entry!.value };
    }
    for (const caller of load.callers) this.outcomes[caller] = answer;
  }

  set(key: string, value: string): void {
    this.#fence(key);
    this.#store(key, value, this.#times.ttl);
  }

  delete(key: string): void {
    this.#fence(key);
    this.#remove(key, "deleted");
  }

  clear(): void {
    for (const { key } of this.loads) this.#fence(key);
    this.#failures.clear();
    for (const key of this.entries.keys()) this.#remove(key, "deleted");
  }

  advance(ms: number): void {
    const end = this.now + ms;
    const { hardTimeout = Infinity } = this.#times;
    this.loads.forEach((load, at) => {
      const due = load.startedAt + hardTimeout;
      if (load.state !== "running" || due > end) return;
      this.now = due;
      this.#dropExpired();
      this.settle(at, { error: "timeout" });
    });
    this.now = end;
    this.#dropExpired();
  }

  #dropExpired(): void {
    const { staleWhileRevalidate = 0, staleIfError = 0 } = this.#times;
    const window = Math.max(staleWhileRevalidate, staleIfError);
    for (const [key, { deadline, value }] of this.entries) {
      const end = deadline + (value === undefined ? 0 : window);
      if (this.now >= end) this.#remove(key, "expired");
    }
  }

  #isFlying(load: ModelLoad): boolean {
    return load.state === "running" && !load.isFenced;
  }

  #isWithin(entry: Entry | undefined, window: number | undefined): boolean {
    if (entry?.value === undefined || window === undefined) return false;
    return this.now >= entry.deadline && this.now < entry.deadline + window;
  }

  #failureOf(key: string): { error: unknown } | undefined {
    const failure = this.#failures.get(key);
    return failure !== undefined && this.now < failure.deadline ? failure : undefined;
  }

  #refresh(key: string): void {
    if (this.flying.includes(key) || this.#failureOf(key) !== undefined) return;
    const running = this.loads.filter(({ isRefresh, state }) => isRefresh && state === "running");
    if (running.length < this.#times.maxRefreshes) this.#start(key, true);
  }

  #start(key: string, isRefresh: boolean): ModelLoad {
    const load: ModelLoad = {
      key,
      startedAt: this.now,
      isRefresh,
      callers: new Set(),
      isKept: isRefresh,
      isFenced: false,
      state: "running",
    };
    this.loads.push(load);
    return load;
  }

  #fence(key: string): void {
    this.#failures.delete(key);
    for (const load of this.loads) {
      if (load.key !== key || !this.#isFlying(load)) continue;
      load.isFenced = true;
      load.isKept = false;
      this.#abandon(load);
    }
  }

  #abandon(load: ModelLoad): void {
    if (load.callers.size === 0 && !load.isKept && load.state === "running") load.state = "aborted";
  }

  #store(key: string, value: string | undefined, ttl: number): void {
    const old = this.entries.get(key);
    if (old !== undefined && !Object.is(old.value, value)) {
      this.removals.push([key, old.value, "replaced"]);
    }
    this.entries.set(key, { value, writtenAt: this.now, deadline: this.now + ttl });
    this.#failures.delete(key);
  }

  #remove(key: string, cause: RemovalCause): void {
    const entry = this.entries.get(key);
    if (!this.entries.delete(key)) return;
    this.removals.push([key, entry!.value, cause]);
  }
}
