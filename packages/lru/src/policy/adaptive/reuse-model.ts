/**
 * Estimates the hit density of an entry: the uses that are expected of it per unit of time for
 * which it is kept. The model learns from the keys of the cache: from keys that were used again,
 * and from keys that were not.
 *
 * A life begins with a use of a key and ends with the next use. When it begins, two things are
 * known: how often the key was used recently (in seven steps), and whether the gap before was
 * short, long or unknown. They are the class of the life. Ages are counted in 34 buckets, narrow at
 * first and wide later. For each class and bucket the model counts
 *
 *     reused    lives that ended there with a use
 *     expired   lives that were given up there, when the key was forgotten
 *     open      lives that have that age now: of entries, and of keys that are remembered as ghosts
 *
 * and from these counts it estimates, as actuaries do, the chance q that a life which reaches a
 * bucket ends there with a use. If the counts are low, the estimate leans on the product of the
 * marginal chances (by uses alone, by gap alone). If these counts are low too, it leans on a prior:
 * that the hazard of reuse per logarithm of age rises with the number of uses, and slowly with age.
 *
 * The density of a life of age a is the maximum, over all ages b > a, of the uses expected from a
 * to b divided by the time expected until the life ends or reaches b. This is the Gittins index of
 * a bandit that may be stopped. It is the slope from the point (time, uses) at a to the upper hull
 * of the later points:
 *
 *     uses |          . b2     slope a-b1 > slope a-b2: keep the entry until b1
 *          |     . b1
 *          | .a
 *          +----------- time
 *
 * Invariants:
 * - All ages are in units of 1/32 of the number of entries, so one set of tables serves all caches.
 * - All counts lose half of their weight in 32 to 64 accesses per entry, or in 2,000 accesses.
 *
 * Kaplan, Meier: Nonparametric Estimation from Incomplete Observations (1958); Gittins: Bandit
 * Processes and Dynamic Allocation Indices (1979); hit density: Beckmann, Chen, Cidon: LHD (NSDI
 * 2018), which learns from entries alone, does not choose an age to stop at, and does not remember
 * evicted keys.
 */

/** The knowledge of a key when a life begins: its recent uses (1 to 15), and the gap before. */
export type History = number;

/** The bits of a history: the gap (0 if it is unknown), and below it the uses. */
export const HISTORY_BITS = 6;
export const HISTORY_MASK = 0x3f;
const USES_BITS = 4;
const MOST_USES = 15;
const SHORT_GAP = 1;
const LONG_GAP = 2;

/** Units of age per entry of the cache. */
export const UNITS = 32;
const BUCKETS = 34;
/** Stands for the bucket of every age in a model without entries, which cannot measure ages. */
const UNLEARNED = BUCKETS;
/** The number of bits for fractions of a unit. */
export const FRACTION_BITS = 12;
/** The buckets of a short gap. It is less than 8 units, or a quarter of the entries. */
const SHORT_BUCKETS = 6;
/** The uses of a key lose half of their number in this many units: 32 accesses per entry. */
const HALF_USES = 32 * UNITS;

/** The first number of uses of each of the seven steps, and the average number in the step. */
const STEPS = [1, 2, 3, 4, 6, 9, 15];
const STEP_USES = [1, 2, 3, 4.5, 7, 11, 17];
const GAPS = 3;
const CLASSES = STEPS.length * GAPS;
const CELLS = CLASSES * BUCKETS;

/** The more general estimate, on which an estimate leans, counts as this many lives. */
const GENERAL_LIVES = 64;
const HALF_LIFE = 64;
const LEAST_HALF_LIFE = 2000;
const MOST_CHANCE = 0.999;

/** The history of a key with this many uses and an unknown gap. */
export function historyOf(uses: number): History {
  return Math.min(MOST_USES, uses);
}

/** Uses in a history, 1 to 15. */
export function usesOf(history: History): number {
  return history & MOST_USES;
}

export class ReuseModel {
  /** The number of entries. Ages are measured in parts of it. */
  readonly entries: number;
  /**
   * These three turn an age in accesses into fractions of a unit, in integers: shift the age right
   * by `shift`, limit it to `most`, multiply it by `scale`.
   */
  // An eviction reads them itself, for each entry that it draws.
  shift: number = 0;
  most: number = 0;
  scale: number = 0;
  /**
   * The reuses since the last estimate by bucket and history, modulo 2^32. Integers, because a hit
   * adds to them.
   */
  readonly #counted: Int32Array = new Int32Array(NEXT.length);
  readonly #reused = new Float32Array(CELLS);
  readonly #expired = new Float32Array(CELLS);
  /** The expected uses per unit of time, by class and bucket. */
  readonly densities: Float32Array = new Float32Array(CELLS);
  /** The bits of the densities, as integers, which have the same order. */
  readonly densityBits: Int32Array = new Int32Array(this.densities.buffer);

  /** A model with 0 entries does not learn: its `reuse` only adds a use to the history. */
  constructor(entries: number) {
    this.entries = entries;
    this.shift = Math.max(0, 25 - Math.clz32(entries));
    const scale = Math.round((UNITS * 2 ** (this.shift + FRACTION_BITS)) / entries);
    // Without entries the scale is infinite before this limit, and every age is above all buckets.
    this.scale = Math.min(scale, startOf(UNLEARNED) << FRACTION_BITS);
    this.most = Math.ceil((LAST_UNIT << FRACTION_BITS) / this.scale);
    open.fill(0);
    this.learn(0);
  }

  /**
   * Counts a use that ends a life after `age` accesses. Returns the history of the next life.
   * `dice` is 12 random bits.
   */
  reuse(history: History, age: number, dice: number): History {
    // `#bucketAt` is written out in few bytes of bytecode, so that V8 inlines all of a hit.
    const shifted = age >>> this.shift;
    const most = this.most;
    const fractions = (shifted < most ? shifted : most) * this.scale + 0x4000;
    const zeros = Math.clz32(fractions);
    const bucket = ((fractions << zeros) >>> 29) - 4 * zeros + 64;
    const at = (bucket << HISTORY_BITS) | history;
    this.#counted[at]!++;
    return (NEXT[at]! + dice) >>> 12;
  }

  /** The same for an age in units. */
  reuseAtUnit(history: History, unit: number, dice: number): History {
    const at = (bucketOf(unit) << HISTORY_BITS) | history;
    this.#counted[at]!++;
    return (NEXT[at]! + dice) >>> 12;
  }

  /** Counts a life of a key that was forgotten. The age is in units. */
  expireAtUnit(history: History, unit: number): void {
    const cell = ROWS[history]! + bucketOf(unit);
    this.#expired[cell] = this.#expired[cell]! + 1;
  }

  /** The expected uses per unit of time. The age is in accesses. */
  density(history: History, age: number): number {
    return this.densities[ROWS[history]! + this.#bucketAt(age)]!;
  }

  /**
   * Counts open lives, whose age is in accesses now. The next `learn` uses this count, and forgets
   * it.
   */
  observe(history: History, age: number, lives: number): void {
    this.#observeIn(this.#bucketAt(age), history, lives);
  }

  /** The same for an age in units. */
  observeAtUnit(history: History, unit: number, lives: number): void {
    this.#observeIn(bucketOf(unit), history, lives);
  }

  #observeIn(bucket: number, history: History, lives: number): void {
    const cell = ROWS[history]! + bucket;
    open[cell] = open[cell]! + lives;
  }

  /**
   * Estimates all densities again. `accesses` is the number of accesses since the last estimate.
   */
  learn(accesses: number): void {
    this.#countReuses();
    this.#countAtRisk();
    estimateMargins();
    for (let row = 0; row < CLASSES; row++) {
      this.#estimate(row);
      writeDensities(this.densities, row * BUCKETS);
    }
    const factor = 0.5 ** (accesses / Math.max(LEAST_HALF_LIFE, HALF_LIFE * this.entries));
    multiply(this.#reused, factor);
    multiply(this.#expired, factor);
    open.fill(0);
  }

  #countReuses(): void {
    const counted = this.#counted;
    const reused = this.#reused;
    for (let at = 0; at < UNLEARNED << HISTORY_BITS; at++) {
      const count = counted[at]!;
      if (count === 0) continue;
      const cell = ROWS[at & HISTORY_MASK]! + (at >>> HISTORY_BITS);
      reused[cell] = reused[cell]! + (count >>> 0);
    }
    counted.fill(0);
  }

  #bucketAt(age: number): number {
    return bucketOfFractions(Math.min(age >>> this.shift, this.most) * this.scale);
  }

  /**
   * Counts the lives that reached each bucket, and the lives that were reused in it, for each class
   * and for each margin.
   */
  #countAtRisk(): void {
    const allReused = this.#reused;
    const allExpired = this.#expired;
    atRisk.fill(0);
    marginLives.fill(0);
    marginReused.fill(0);
    for (let row = 0; row < CLASSES; row++) {
      let reached = 0;
      for (let bucket = BUCKETS - 1; bucket >= 0; bucket--) {
        const cell = row * BUCKETS + bucket;
        const reused = allReused[cell]!;
        const lost = allExpired[cell]! + open[cell]!;
        reached += reused + lost;
        if (reached === 0) continue;
        // A life that is lost in a bucket was there for half of the bucket, on average.
        const lives = (atRisk[cell] = reached - lost / 2);
        addTo(ALL * BUCKETS + bucket, lives, reused);
        addTo(stepOf(row) * BUCKETS + bucket, lives, reused);
        addTo(gapOf(row) * BUCKETS + bucket, lives, reused);
      }
    }
  }

  /** Writes the chances of one class to `chances`. */
  #estimate(row: number): void {
    const reused = this.#reused;
    const step = stepOf(row) * BUCKETS;
    const gap = gapOf(row) * BUCKETS;
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      const byStep = marginChances[step + bucket]!;
      const byGap = marginChances[gap + bucket]!;
      const product = (byStep * byGap) / marginChances[ALL * BUCKETS + bucket]!;
      const both = Math.min(product, Math.max(byStep, byGap));
      const cell = row * BUCKETS + bucket;
      const own = (reused[cell]! + GENERAL_LIVES * both) / (atRisk[cell]! + GENERAL_LIVES);
      chances[bucket] = Math.min(MOST_CHANCE, own);
    }
  }
}

/** The bucket of an age in units. */
function bucketOf(unit: number): number {
  return bucketOfFractions(Math.min(unit, LAST_UNIT) << FRACTION_BITS);
}

/**
 * The bucket of an age in fractions of a unit. Each doubling of the age plus 4 units has four
 * buckets: the second and third bit of this sum number them. No branch, because the processor
 * cannot predict ages.
 */
function bucketOfFractions(fractions: number): number {
  const shifted = fractions + (4 << FRACTION_BITS);
  const zeros = Math.clz32(shifted);
  return ((shifted << zeros) >>> 29) - 4 * zeros + 4 * (28 - FRACTION_BITS);
}

/** The first unit of a bucket. */
function startOf(bucket: number): number {
  return (4 + (bucket & 3)) * 2 ** (bucket >> 2) - 4;
}

function stepOf(row: number): number {
  return Math.floor(row / GAPS);
}

function gapOf(row: number): number {
  return STEPS.length + (row % GAPS);
}

/**
 * Margins are counts over many classes: seven by uses, three by gap, and one over all, which has
 * this number. Each has its lives at risk and its reused lives, by bucket.
 */
const ALL = STEPS.length + GAPS;

function addTo(at: number, lives: number, reused: number): void {
  marginLives[at] = marginLives[at]! + lives;
  marginReused[at] = marginReused[at]! + reused;
}

/**
 * Writes `marginChances`. The chance over all leans on the prior. The chance of a gap leans on the
 * chance over all. The chance of a step leans on the prior of the step, times the ratio of the
 * chance over all to its prior.
 */
function estimateMargins(): void {
  for (let bucket = 0; bucket < BUCKETS; bucket++) {
    const expected = expectedChance(bucket);
    const overall = estimateMargin(ALL * BUCKETS + bucket, expected);
    for (let step = 0; step < STEPS.length; step++) {
      const at = step * BUCKETS + bucket;
      estimateMargin(at, Math.min(1, (PRIOR[at]! * overall) / expected));
    }
    for (let gap = STEPS.length; gap < ALL; gap++) estimateMargin(gap * BUCKETS + bucket, overall);
  }
}

/**
 * The chance of reuse in a margin, which leans on the chance that is expected without its counts.
 */
function estimateMargin(at: number, expected: number): number {
  const reused = marginReused[at]! + GENERAL_LIVES * expected;
  return (marginChances[at] = reused / (marginLives[at]! + GENERAL_LIVES));
}

/** The prior chance of reuse, for the present mixture of steps. */
function expectedChance(bucket: number): number {
  let lives = 0;
  let reused = 0;
  for (let step = 0; step < STEPS.length; step++) {
    const weight = marginLives[step * BUCKETS + bucket]! + 1;
    lives += weight;
    reused += weight * PRIOR[step * BUCKETS + bucket]!;
  }
  return reused / lives;
}

function multiply(counts: Float32Array, factor: number): void {
  for (let cell = 0; cell < CELLS; cell++) counts[cell] = counts[cell]! * factor;
}

/**
 * Writes the density of a class with these `chances` at each age, from the oldest age down, with
 * the upper hull of the later points on a stack.
 */
function writeDensities(densities: Float32Array, from: number): void {
  let survival = 1;
  let time = 0;
  let uses = 0;
  for (let bucket = 0; bucket < BUCKETS - 1; bucket++) {
    const reuse = chances[bucket]!;
    uses += survival * reuse;
    time += survival * WIDTH[bucket]! * (1 - reuse / 2);
    survival *= 1 - reuse;
    timeAt[bucket] = time;
    usesAt[bucket] = uses;
  }
  let top = -1;
  for (let bucket = BUCKETS - 2; bucket >= 0; bucket--) {
    const timeHere = timeAt[bucket]!;
    const usesHere = usesAt[bucket]!;
    // The slope of the first point, which stays on the stack.
    let slope = -Infinity;
    for (; top >= 0; top--) {
      const next = hull[top]!;
      slope = (usesAt[next]! - usesHere) / (timeAt[next]! - timeHere);
      if (!(slope <= slopes[top]!)) break;
    }
    hull[++top] = bucket;
    slopes[top] = slope;
    // On average an entry is in the middle of its bucket.
    const usesSoFar = ((bucket === 0 ? 0 : usesAt[bucket - 1]!) + usesHere) / 2;
    const timeSoFar = ((bucket === 0 ? 0 : timeAt[bucket - 1]!) + timeHere) / 2;
    let best = 0;
    for (let i = top; i >= 0; i--) {
      const until = hull[i]!;
      const gain = (usesAt[until]! - usesSoFar) / (timeAt[until]! - timeSoFar);
      if (gain <= best) break;
      best = gain;
    }
    densities[from + bucket] = best;
  }
  densities[from + BUCKETS - 1] = 0;
}

/** The first unit of the last bucket, which has no end. */
const LAST_UNIT = startOf(BUCKETS - 1);

/** The width of each bucket in units. */
const WIDTH: Float64Array = Float64Array.from(
  { length: BUCKETS },
  (_, bucket) => startOf(bucket + 1) - startOf(bucket),
);

/** The bucket of each age in units, up to the greatest that `most` and `scale` allow: 80 turns. */
export const BUCKET_OF: Uint8Array = /* @__PURE__ */ Uint8Array.from(
  { length: 80 * UNITS },
  (_, unit) => bucketOf(unit),
);

/** The first cell of the class of each history. */
export const ROWS: Uint16Array = Uint16Array.from({ length: 1 << HISTORY_BITS }, (_, history) => {
  const uses = Math.max(1, usesOf(history));
  const step = STEPS.filter((least) => uses >= least).length - 1;
  const gap = Math.min(LONG_GAP, history >>> USES_BITS);
  return (step * GAPS + gap) * BUCKETS;
});

/**
 * The history after a use, by bucket and history, times 2^12. Its uses are one more than the rest
 * of the earlier uses, which may be a fraction. The lower 12 bits are the chance that adding the
 * dice rounds this fraction up.
 */
const NEXT: Int32Array = Int32Array.from({ length: (BUCKETS + 1) << HISTORY_BITS }, (_, at) => {
  const bucket = at >>> HISTORY_BITS;
  if (bucket === UNLEARNED) return historyOf(usesOf(at) + 1) * 2 ** 12;
  const age = (startOf(bucket) + startOf(bucket + 1)) / 2;
  const left = usesOf(at) * 0.5 ** (age / HALF_USES);
  const gap = bucket < SHORT_BUCKETS ? SHORT_GAP : LONG_GAP;
  return ((gap << USES_BITS) + Math.min(MOST_USES, left + 1)) * 2 ** 12;
});

/**
 * The chance of reuse in each bucket for each step of uses, before the cache has taught anything.
 */
const PRIOR: Float64Array = Float64Array.from({ length: STEPS.length * BUCKETS }, (_, at) => {
  const bucket = at % BUCKETS;
  const start = Math.max(startOf(bucket), 0.5);
  const end = startOf(bucket + 1);
  const turns = (startOf(bucket) + end) / 2 / UNITS;
  const atOneTurn = Math.min(0.0463 * STEP_USES[Math.floor(at / BUCKETS)]! ** 1.05 + 0.02, 1.2);
  const hazard = Math.min(1.2, 0.02 + (atOneTurn - 0.02) * Math.min(turns ** 0.6, 4));
  return 1 - Math.exp(-hazard * Math.log(end / start));
});

// Scratch space of `learn`, which calls no other code.
const open: Float64Array = new Float64Array(CELLS);
const atRisk: Float64Array = new Float64Array(CELLS);
const marginLives: Float64Array = /* @__PURE__ */ new Float64Array((ALL + 1) * BUCKETS);
const marginReused: Float64Array = /* @__PURE__ */ new Float64Array((ALL + 1) * BUCKETS);
const marginChances: Float64Array = /* @__PURE__ */ new Float64Array((ALL + 1) * BUCKETS);
const chances: Float64Array = new Float64Array(BUCKETS);
const timeAt: Float64Array = new Float64Array(BUCKETS);
const usesAt: Float64Array = new Float64Array(BUCKETS);
const hull: Int32Array = new Int32Array(BUCKETS);
const slopes: Float64Array = /* @__PURE__ */ new Float64Array(BUCKETS);
