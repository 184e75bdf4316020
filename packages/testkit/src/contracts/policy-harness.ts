/** The seam of an eviction policy, by shape. */
export interface PolicyShape {
  add(slot: number, hash: number): void;
  access(slot: number): void;
  update(slot: number, oldWeight: number): void;
  remove(slot: number): void;
  evict(): number;
  clear(): void;
  grow(slots: number): void;
  resize(): void;
  colder(slot: number): number;
  hotter(slot: number): number;
}

/** What a policy may know of its cache, by shape. */
export interface PolicyContextShape {
  readonly weights: Float64Array | undefined;
  readonly capacity: number;
  readonly max: number;
  readonly seed: number;
}

export type CreatePolicy = (context: PolicyContextShape) => PolicyShape;

/** Bounds of a harness; a `maxWeight` turns weights on. */
export interface HarnessOptions {
  readonly max?: number;
  readonly maxWeight?: number;
  readonly seed?: number;
}

/**
 * Plays the cache towards one policy exactly as the seam promises, with slots of its own, and
 * throws as soon as the policy breaks the seam. Weights of free slots are NaN, so that reading one spoils
 * every sum.
 */
export class PolicyHarness {
  readonly policy: PolicyShape;
  readonly tracked = new Map<number, number>();
  /** Slots in the order in which the policy let them go. */
  readonly victims: number[] = [];
  #max: number;
  #maxWeight: number;
  #weights: Float64Array | undefined;
  #room = 0;
  #free: number[] = [];

  constructor(create: CreatePolicy, { max = Infinity, maxWeight, seed = 1 }: HarnessOptions) {
    this.#max = max;
    this.#maxWeight = maxWeight ?? Infinity;
    this.#weights = maxWeight === undefined ? undefined : new Float64Array(1).fill(NaN);
    const readWeights = (): Float64Array | undefined => this.#weights;
    const readBounds = (): readonly [number, number] => [this.#max, this.#maxWeight];
    this.policy = create({
      get weights() {
        return readWeights();
      },
      get capacity() {
        const [most, heaviest] = readBounds();
        return maxWeight === undefined ? most : heaviest;
      },
      get max() {
        return readBounds()[0];
      },
      seed,
    });
  }

  get weight(): number {
    return [...this.tracked.values()].reduce((sum, weight) => sum + weight, 0);
  }

  /** Adds a newcomer and evicts down to the bound; returns its slot, or 0 when it was refused. */
  insert(hash: number, weight = 1): number {
    if (this.#free.length === 0) this.#grow();
    const slot = this.#free.pop() as number;
    this.#write(slot, weight);
    this.policy.add(slot, hash);
    this.#evictOverBounds();
    return this.tracked.has(slot) ? slot : 0;
  }

  access(slot: number): void {
    this.policy.access(slot);
  }

  update(slot: number, weight: number): void {
    const old = this.tracked.get(slot) as number;
    this.#write(slot, weight);
    this.policy.update(slot, old);
    this.#evictOverBounds();
  }

  remove(slot: number): void {
    this.policy.remove(slot);
    this.#release(slot);
  }

  evict(): number {
    const slot = this.policy.evict();
    if (!this.tracked.has(slot)) {
      throw new Error(`evict() returned ${slot}, which is not tracked: ${[...this.tracked.keys()].join()}`);
    }
    this.#release(slot);
    this.victims.push(slot);
    return slot;
  }

  clear(): void {
    this.policy.clear();
    for (const slot of [...this.tracked.keys()]) this.#release(slot);
  }

  resize(bounds: { max?: number; maxWeight?: number }): void {
    this.#max = bounds.max ?? this.#max;
    this.#maxWeight = bounds.maxWeight ?? this.#maxWeight;
    this.policy.resize();
    this.#evictOverBounds();
  }

  /** Gives back the room above the highest tracked slot. */
  shrink(): void {
    const top = Math.max(0, ...this.tracked.keys());
    this.#free = this.#free.filter((slot) => slot <= top);
    this.#weights &&= this.#weights.slice(0, top + 1);
    this.#room = top;
    this.policy.grow(top);
  }

  /** Throws unless both walks visit each tracked slot once, in opposite orders. */
  checkWalks(): void {
    const colder = this.#walk("colder");
    const hotter = this.#walk("hotter");
    if (colder.join() !== [...hotter].reverse().join()) {
      throw new Error(`colder() walks ${colder.join()}, hotter() walks ${hotter.join()}, expected opposite orders`);
    }
    const seen = new Set(colder);
    if (seen.size !== this.tracked.size || colder.some((slot) => !this.tracked.has(slot))) {
      throw new Error(`colder() walks ${colder.join()}, tracked are ${[...this.tracked.keys()].join()}`);
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

  #evictOverBounds(): void {
    while (this.tracked.size > this.#max || this.weight > this.#maxWeight) this.evict();
  }

  #grow(): void {
    const room = Math.max(4, this.#room * 2);
    if (this.#weights !== undefined) {
      const wider = new Float64Array(room + 1).fill(NaN);
      wider.set(this.#weights);
      this.#weights = wider;
    }
    this.policy.grow(room);
    for (let slot = room; slot > this.#room; slot--) this.#free.push(slot);
    this.#room = room;
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
