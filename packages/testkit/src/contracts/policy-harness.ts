/**
 * The members of an eviction policy that a cache calls. Structural: it imports no type of a cache.
 */
export interface PolicyShape {
  add(slot: number, hash: number): void;
  access(slot: number): void;
  update(slot: number, oldWeight: number): void;
  remove(slot: number): void;
  evict(spared: number): number;
  move(from: number, to: number): void;
  clear(): void;
  grow(length: number): void;
  resize(): void;
  colder(slot: number): number;
  hotter(slot: number): number;
}

/** The facts of its cache that a policy may read. */
export interface PolicyContextShape {
  readonly weights: Float64Array | undefined;
  readonly links: Int32Array;
  readonly hashes: Int32Array | undefined;
  readonly capacity: number;
  readonly max: number;
  readonly seed: number;
}

export type CreatePolicy = (context: PolicyContextShape) => PolicyShape;

/** Bounds of a harness. Entries have weights if there is a `maxWeight`. */
export interface HarnessOptions {
  readonly max?: number;
  readonly maxWeight?: number;
  readonly seed?: number;
}

/** The first slot of an entry. A policy may use the lower slots as sentinels. */
const FIRST_SLOT = 4;
/** Numbers in `links` for each slot. */
const LINKS = 4;

/**
 * Calls one policy as a cache does, with its own slots, and throws as soon as the policy breaks the
 * contract. Weights of free slots are NaN, so that a policy that reads one gets a wrong sum.
 */
export class PolicyHarness {
  readonly policy: PolicyShape;
  readonly tracked = new Map<number, number>();
  /** Slots in the order in which the policy evicted them. */
  readonly victims: number[] = [];
  /**
   * How often the policy read its context. Counts the steps of the policy, exactly and without a
   * clock.
   */
  reads = 0;
  #max: number;
  #maxWeight: number;
  #weights: Float64Array | undefined;
  #links: Int32Array = new Int32Array(LINKS * FIRST_SLOT);
  #hashes: Int32Array = new Int32Array(FIRST_SLOT);
  #length = FIRST_SLOT;
  #free: number[] = [];

  constructor(create: CreatePolicy, { max = Infinity, maxWeight, seed = 1 }: HarnessOptions) {
    this.#max = max;
    this.#maxWeight = maxWeight ?? Infinity;
    this.#weights = maxWeight === undefined ? undefined : new Float64Array(FIRST_SLOT).fill(NaN);
    const look = () => ({
      step: this.reads++,
      weights: this.#weights,
      links: this.#links,
      hashes: this.#hashes,
      capacity: maxWeight === undefined ? this.#max : this.#maxWeight,
      max: this.#max,
    });
    this.policy = create({
      get weights() {
        return look().weights;
      },
      get links() {
        return look().links;
      },
      get hashes() {
        return look().hashes;
      },
      get capacity() {
        return look().capacity;
      },
      get max() {
        return look().max;
      },
      seed,
    });
  }

  get weight(): number {
    return [...this.tracked.values()].reduce((sum, weight) => sum + weight, 0);
  }

  /**
   * Adds a newcomer and evicts down to the bound. Returns its slot, or 0 if the policy refused it.
   */
  insert(hash: number, weight = 1): number {
    if (this.#free.length === 0) this.#grow();
    const slot = this.#free.pop() as number;
    this.#write(slot, weight);
    this.#hashes[slot] = hash;
    this.policy.add(slot, hash);
    this.#evictOverBounds(slot);
    return this.tracked.has(slot) ? slot : 0;
  }

  access(slot: number): void {
    this.policy.access(slot);
  }

  update(slot: number, weight: number): void {
    const old = this.tracked.get(slot) as number;
    this.#write(slot, weight);
    this.policy.update(slot, old);
    this.#evictOverBounds(slot);
  }

  remove(slot: number): void {
    this.policy.remove(slot);
    this.#release(slot);
  }

  evict(spared = 0): number {
    const slot = this.policy.evict(spared);
    if (spared !== 0 && slot === spared)
      throw new Error(`evict(${spared}) returns ${slot}, expected another slot`);
    if (!this.tracked.has(slot)) {
      throw new Error(
        `evict() returns ${slot}, expected a tracked slot: ${[...this.tracked.keys()].join()}`,
      );
    }
    this.#release(slot);
    this.victims.push(slot);
    return slot;
  }

  clear(): void {
    this.tracked.clear();
    this.#free = [];
    this.#length = FIRST_SLOT;
    this.#links = new Int32Array(LINKS * FIRST_SLOT);
    this.#hashes = new Int32Array(FIRST_SLOT);
    this.#weights &&= new Float64Array(FIRST_SLOT).fill(NaN);
    this.policy.clear();
  }

  resize(bounds: { max?: number; maxWeight?: number }): void {
    this.#max = bounds.max ?? this.#max;
    this.#maxWeight = bounds.maxWeight ?? this.#maxWeight;
    this.policy.resize();
    this.#evictOverBounds(0);
  }

  /** Moves entries from the upper slots to free lower slots, and frees the room above. */
  shrink(): void {
    const length = FIRST_SLOT + this.tracked.size;
    const room = this.#free.filter((slot) => slot < length).sort((a, b) => a - b);
    const upper = [...this.tracked].filter(([slot]) => slot >= length);
    for (const [from, weight] of upper) {
      const to = room.shift() as number;
      this.#write(to, weight);
      this.#hashes[to] = this.#hashes[from] as number;
      this.policy.move(from, to);
      this.#release(from);
    }
    this.#free = room;
    this.#resizeColumns(length);
  }

  /** Tracked slots, from the hottest to the coldest. */
  order(): number[] {
    return this.#walk("colder");
  }

  hashOf(slot: number): number {
    return this.#hashes[slot] as number;
  }

  /** Throws if the two walks do not visit each tracked slot once, in opposite orders. */
  checkWalks(): void {
    const colder = this.#walk("colder");
    const hotter = this.#walk("hotter");
    if (colder.join() !== [...hotter].reverse().join()) {
      throw new Error(
        `colder() walks ${colder.join()}, hotter() walks ${hotter.join()}, expected opposite orders`,
      );
    }
    const seen = new Set(colder);
    if (seen.size !== this.tracked.size || colder.some((slot) => !this.tracked.has(slot))) {
      throw new Error(
        `colder() walks ${colder.join()}, expected each of ${[...this.tracked.keys()].join()} once`,
      );
    }
  }

  #walk(step: "colder" | "hotter"): number[] {
    const slots: number[] = [];
    for (let slot = this.policy[step](0); slot !== 0; slot = this.policy[step](slot)) {
      slots.push(slot);
      if (slots.length > this.tracked.size) {
        throw new Error(`${step}() walks on after ${this.tracked.size} slots: ${slots.join()}`);
      }
    }
    return slots;
  }

  /** As a cache: the newcomer is the first victim, or it is spared. */
  #evictOverBounds(newcomer: number): void {
    let spared = 0;
    while (this.tracked.size > this.#max || this.weight > this.#maxWeight) {
      // An entry that is heavier than the bound, which a cache would not store, is the last victim.
      this.evict(this.tracked.size > 1 ? spared : 0);
      spared = newcomer;
    }
  }

  #grow(): void {
    const before = this.#length;
    this.#resizeColumns(FIRST_SLOT + Math.max(4, 2 * (before - FIRST_SLOT)));
    for (let slot = this.#length - 1; slot >= before; slot--) this.#free.push(slot);
  }

  #resizeColumns(length: number): void {
    const links = new Int32Array(LINKS * length);
    links.set(this.#links.subarray(0, LINKS * length));
    this.#links = links;
    const hashes = new Int32Array(length);
    hashes.set(this.#hashes.subarray(0, length));
    this.#hashes = hashes;
    if (this.#weights !== undefined) {
      const weights = new Float64Array(length).fill(NaN);
      weights.set(this.#weights.subarray(0, length));
      this.#weights = weights;
    }
    this.#length = length;
    this.policy.grow(length);
  }

  #write(slot: number, weight: number): void {
    if (this.#weights !== undefined) this.#weights[slot] = weight;
    this.tracked.set(slot, weight);
  }

  #release(slot: number): void {
    if (this.#weights !== undefined) this.#weights[slot] = NaN;
    this.tracked.delete(slot);
    this.#free.push(slot);
  }
}
