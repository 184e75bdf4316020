/** A waiter of the model. */
export interface ModelWaiter {
  readonly call: number;
  readonly key: string;
  /** The begin of the wait, less the value of its priority. The smallest is next. */
  readonly rank: number;
}

/** The state of a key. */
export interface ModelKey {
  /** The longest idle first. */
  idle: number[];
  leased: number[];
  /** Creations, the oldest first: whether their resource is replaced at once. */
  creating: { isStale: boolean }[];
  closing: number[];
  isClosing: boolean;
}

export interface ModelOptions {
  readonly max: number;
  readonly maxPerKey: number;
  readonly idleKeys: number;
  readonly order: "lifo" | "fifo";
  /** Whether `destroy` is done at once. */
  readonly destroysAtOnce: boolean;
}

/** The result of a call: the number of the resource, or the reason of its refusal. */
export type Answer = number | "aborted" | "failed" | "closed";

/**
 * A simple model of a keyed pool without checks and without time. After each event it looks at all
 * waiters, the longest waiting first. A waiter takes an idle resource of its key, or counts on a
 * creation for its key or on free room. If there is no room, and its key may have more, an idle
 * resource is destroyed for it, of the key whose last return is the oldest.
 */
export class ExactModel {
  max: number;
  maxPerKey: number;
  readonly #options: ModelOptions;
  /** The least recently used key first. */
  readonly keys = new Map<string, ModelKey>();
  /** Keys with an idle resource, in the order of their last return. */
  readonly #idle = new Set<string>();
  /** Keys without a loan, the longest idle first. */
  readonly quiet = new Set<string>();
  waiters: ModelWaiter[] = [];
  /** Results of calls. Cleared by the code that compares them. */
  readonly answers = new Map<number, Answer>();
  /** Numbers of destroyed resources, in their order. Cleared likewise. */
  readonly destroyed: number[] = [];
  readonly stale = new Set<number>();
  readonly suspendedKeys = new Set<string>();
  isSuspended = false;

  constructor(options: ModelOptions) {
    this.#options = options;
    this.max = options.max;
    this.maxPerKey = options.maxPerKey;
  }

  get total(): number {
    let total = 0;
    for (const key of this.keys.values()) total += totalOf(key);
    return total;
  }

  acquire(
    call: number,
    key: string,
    rank: number,
    prefers: ((id: number) => boolean) | undefined,
  ): void {
    const state = this.#open(key);
    if (state.isClosing) {
      this.answers.set(call, "closed");
      return;
    }
    const isNext = !this.#isSuspended(key) && !this.waiters.some((waiter) => waiter.key === key);
    if (isNext && prefers !== undefined) this.#prefer(state, prefers);
    const at = this.waiters.findIndex((other) => other.rank > rank);
    this.waiters.splice(at === -1 ? this.waiters.length : at, 0, { call, key, rank });
    this.pump();
  }

  /** Moves the first preferred resource to the place from which the next one is taken. */
  #prefer(state: ModelKey, prefers: (id: number) => boolean): void {
    const isLifo = this.#options.order === "lifo";
    const id = isLifo ? state.idle.filter(prefers).pop() : state.idle.find(prefers);
    if (id === undefined) return;
    const others = state.idle.filter((other) => other !== id);
    state.idle = isLifo ? [...others, id] : [id, ...others];
  }

  /** The result of `tryAcquire`. */
  tryAcquire(key: string): number | undefined {
    const state = this.keys.get(key);
    if (state === undefined || this.#isSuspended(key)) return undefined;
    if (this.waiters.some((waiter) => waiter.key === key)) return undefined;
    const id = this.#takeIdle(state);
    if (id === undefined) return undefined;
    state.leased.push(id);
    this.#use(key);
    return id;
  }

  /** Ends the loan of a resource. */
  giveBack(id: number, how: "release" | "destroy"): void {
    const [key, state] = this.#ownerOf(id, "leased");
    state.leased = state.leased.filter((other) => other !== id);
    if (how === "destroy") this.#destroy(state, id);
    else this.#arrive(key, state, id);
    this.pump();
  }

  abort(call: number): void {
    this.waiters = this.waiters.filter((waiter) => waiter.call !== call);
    this.answers.set(call, "aborted");
    this.pump();
  }

  /** The oldest creation of a key has made a resource. */
  made(key: string, id: number): void {
    const state = this.keys.get(key)!;
    const { isStale } = state.creating.shift()!;
    if (isStale) this.stale.add(id);
    this.#arrive(key, state, id);
    this.pump();
  }

  /** The oldest creation of a key has failed. */
  failed(key: string): void {
    this.keys.get(key)!.creating.shift();
    const at = this.waiters.findIndex((waiter) => waiter.key === key);
    if (at !== -1) this.answers.set(this.waiters.splice(at, 1)[0]!.call, "failed");
    this.pump();
  }

  /** A resource has been destroyed. */
  gone(id: number): void {
    const [, state] = this.#ownerOf(id, "closing");
    state.closing = state.closing.filter((other) => other !== id);
    this.pump();
  }

  discard(id: number): boolean {
    for (const state of this.keys.values()) {
      for (const list of ["idle", "leased"] as const) {
        if (!state[list].includes(id)) continue;
        state[list] = state[list].filter((other) => other !== id);
        this.#destroy(state, id);
        this.pump();
        return true;
      }
    }
    return false;
  }

  /** Destroys the idle resources of one key or of all keys. Returns their number. */
  evictIdle(key: string | undefined): number {
    const states = key === undefined ? [...this.keys.values()] : [this.keys.get(key)];
    let count = 0;
    for (const state of states) {
      for (const id of state?.idle.splice(0) ?? []) {
        this.#destroy(state!, id);
        count++;
      }
    }
    this.pump();
    return count;
  }

  replace(key: string | undefined): void {
    for (const [name, state] of this.keys) {
      if (key !== undefined && name !== key) continue;
      for (const creation of state.creating) creation.isStale = true;
      for (const id of state.leased) this.stale.add(id);
      for (const id of state.idle.splice(0)) this.#destroy(state, id);
    }
    this.pump();
  }

  suspend(key: string | undefined, isSuspended: boolean): void {
    if (key === undefined) this.isSuspended = isSuspended;
    else if (isSuspended) this.suspendedKeys.add(key);
    else this.suspendedKeys.delete(key);
    this.pump();
  }

  closeKey(key: string): void {
    const state = this.keys.get(key);
    if (state === undefined) return;
    state.isClosing = true;
    for (const { call } of this.waiters.filter((waiter) => waiter.key === key)) {
      this.answers.set(call, "closed");
    }
    this.waiters = this.waiters.filter((waiter) => waiter.key !== key);
    for (const id of state.idle.splice(0)) this.#destroy(state, id);
    this.pump();
  }

  resize(max: number, maxPerKey: number): void {
    this.max = max;
    this.maxPerKey = maxPerKey;
    for (const state of this.keys.values()) {
      while (totalOf(state) - state.closing.length > maxPerKey && state.idle.length > 0) {
        this.#destroy(state, state.idle.shift()!);
      }
    }
    while (this.total - this.#closing() > max && this.#makeRoom(undefined));
    this.pump();
  }

  /** Serves waiters, begins creations and destroys idle resources, in the order of all waiters. */
  pump(): void {
    const promised = new Map<string, { creations: number; rooms: number }>();
    let leaving = 0;
    for (const waiter of Array.from(this.waiters)) {
      const { key } = waiter;
      const state = this.keys.get(key)!;
      if (this.#isSuspended(key)) continue;
      let own = promised.get(key);
      if (own === undefined) promised.set(key, (own = { creations: 0, rooms: 0 }));
      const id = this.#takeIdle(state);
      if (id !== undefined) this.#serve(waiter, state, id);
      else if (own.creations < state.creating.length) own.creations++;
      else if (totalOf(state) - state.closing.length + own.rooms >= this.maxPerKey) {
        // It waits for a return of its own key.
        continue;
      } else if (this.total < this.max && totalOf(state) + own.rooms < this.maxPerKey) {
        state.creating.push({ isStale: false });
        own.creations++;
      } else if (leaving < this.#closing() - this.#excess()) {
        leaving++;
        own.rooms++;
      } else if (this.#makeRoom(state)) {
        if (this.#options.destroysAtOnce) {
          state.creating.push({ isStale: false });
          own.creations++;
        } else {
          leaving++;
          own.rooms++;
        }
      }
    }
    this.#forget();
    this.#quieten();
  }

  /** Number of resources that must be destroyed before there is room under `max`. */
  #excess(): number {
    return Math.max(0, this.total - this.max);
  }

  #closing(): number {
    let closing = 0;
    for (const state of this.keys.values()) closing += state.closing.length;
    return closing;
  }

  /** A resource was returned or made. */
  #arrive(key: string, state: ModelKey, id: number): void {
    if (this.#isOver(state, id)) this.#destroy(state, id);
    else {
      state.idle.push(id);
      this.quiet.delete(key);
      this.#idle.delete(key);
      this.#idle.add(key);
    }
  }

  /** Whether a returned or new resource is destroyed at once. */
  #isOver(state: ModelKey, id: number): boolean {
    // Resources that are being destroyed make room.
    const isTooMuch =
      this.total - this.#closing() >= this.max ||
      totalOf(state) - state.closing.length >= this.maxPerKey;
    return isTooMuch || this.stale.has(id) || state.isClosing;
  }

  /** Destroys an idle resource of the key whose last return is the oldest. */
  #makeRoom(needy: ModelKey | undefined): boolean {
    for (const key of this.#idle) {
      const state = this.keys.get(key);
      if (state === needy || state === undefined || state.idle.length === 0) continue;
      this.#destroy(state, state.idle.shift()!);
      return true;
    }
    return false;
  }

  #takeIdle(state: ModelKey): number | undefined {
    return this.#options.order === "lifo" ? state.idle.pop() : state.idle.shift();
  }

  #serve(waiter: ModelWaiter, state: ModelKey, id: number): void {
    this.waiters.splice(this.waiters.indexOf(waiter), 1);
    state.leased.push(id);
    this.answers.set(waiter.call, id);
  }

  #destroy(state: ModelKey, id: number): void {
    this.destroyed.push(id);
    if (!this.#options.destroysAtOnce) state.closing.push(id);
  }

  #isSuspended(key: string): boolean {
    return this.isSuspended || this.suspendedKeys.has(key);
  }

  #open(key: string): ModelKey {
    if (!this.keys.has(key)) {
      this.keys.set(key, {
        idle: [],
        leased: [],
        creating: [],
        closing: [],
        isClosing: false,
      });
    }
    this.#use(key);
    return this.keys.get(key)!;
  }

  #use(key: string): void {
    const state = this.keys.get(key)!;
    this.keys.delete(key);
    this.keys.set(key, state);
    this.quiet.delete(key);
  }

  /** Forgets keys of which nothing is left. */
  #forget(): void {
    for (const [key, state] of this.keys) {
      const isWaited = this.waiters.some((waiter) => waiter.key === key);
      if (totalOf(state) > 0 || isWaited) continue;
      this.keys.delete(key);
      this.quiet.delete(key);
    }
  }

  /** Destroys the resources of unused keys above `idleKeys`. */
  #quieten(): void {
    for (const [key, state] of this.keys) {
      const isUsed = state.leased.length + state.creating.length > 0 || state.idle.length === 0;
      if (isUsed || this.waiters.some((waiter) => waiter.key === key)) this.quiet.delete(key);
      else this.quiet.add(key);
    }
    while (this.quiet.size > this.#options.idleKeys) {
      const [key] = this.quiet as Set<string>;
      this.quiet.delete(key!);
      const state = this.keys.get(key!)!;
      for (const id of state.idle.splice(0)) this.#destroy(state, id);
    }
    this.#forget();
  }

  #ownerOf(id: number, list: "leased" | "closing"): [string, ModelKey] {
    return [...this.keys].find(([, state]) => state[list].includes(id))!;
  }
}

function totalOf({ idle, leased, creating, closing }: ModelKey): number {
  return idle.length + leased.length + creating.length + closing.length;
}
