/**
 * What an entry is worth from now on: the uses to be expected of it per unit of time that it is
 * kept, learned from the uses and disappointments of all keys.
 *
 * A life begins with a use of a key and ends with the next one. It belongs to a class, which is what
 * is known when it begins: how often the key was used of late (seven steps), and whether the gap
 * before was short, long or unknown. Ages lie in 34 buckets, fine at first and coarse later. For
 * each class and bucket the model counts
 *
 *     reused    lives that ended there with a use
 *     expired   lives that were given up there, when the last memory of the key went
 *     open      lives that are that old now: of entries, and of keys remembered since they left
 *
 * and from them estimates, as actuaries do, the chance q that a life ends in a bucket that it
 * reaches. Where counts are few it leans on the product of the marginal chances (of the uses alone,
 * of the gap alone), and where those are few on a prior: that the hazard of reuse per logarithm of
 * age rises with the number of uses and slowly with age.
 *
 * The density of a life of age a is the greatest ratio, over all ages b > a, of the uses expected
 * from a to b to the time expected until it ends or reaches b: Gittins' index of a bandit that may be
 * stopped. It is the slope from the point (time, uses) at a to the upper hull of the later points:
 *
 *     uses |          . b2     slope a-b1 > slope a-b2: keep it until b1
 *          |     . b1
 *          | .a
 *          +----------- time
 *
 * Invariants:
 * - All ages are in units of 1/32 of the number of entries, so that one set of tables serves all caches.
 * - Everything counted loses half of its weight in 32 to 64 accesses per entry, or 2,000 accesses.
 *
 * Kaplan, Meier: Nonparametric Estimation from Incomplete Observations (1958); Gittins: Bandit
 * Processes and Dynamic Allocation Indices (1979); hit density: Beckmann, Chen, Cidon: LHD (NSDI
 * 2018), which learns from entries alone, stops at no age and has no memory of keys that left.
 */

/** What is known of a key when a life begins: its uses of late (1 to 15) and the gap before. */
export type History = number;

/** Bits of a history. */
export const HISTORY_BITS = 6;
export const HISTORY_MASK = 0x3f;
const GAP_BITS = 2;
const UNKNOWN_GAP = 0;
/** One less is a short one. */
const LONG_GAP = 2;
const MOST_USES = 15;

/** Units of age per entry of the cache. */
export const UNITS = 32;
const BUCKETS = 34;
/** Longest age that is told apart after the shift, which leaves 64 to 127 for the number of entries. */
const MOST_AGE = 8191;
/** Buckets of a short gap, which is less than 8 units: a quarter of the entries. */
const SHORT_BUCKETS = 6;
/** Uses are forgotten by half in so many units: 32 accesses per entry. */
const HALF_USES = 32 * UNITS;

/** The seven steps of uses begin with these, and are worth about so many. */
const STEPS = [1, 2, 3, 4, 6, 9, 15];
const STEP_USES = [1, 2, 3, 4.5, 7, 11, 17];
const GAPS = 3;
const CLASSES = STEPS.length * GAPS;
const CELLS = CLASSES * BUCKETS;

/** How many lives the next more general estimate counts for. */
const TRUST = 64;
const HALF_LIFE = 64;
const LEAST_HALF_LIFE = 2000;
const MOST_CHANCE = 0.999;

/** A history of so many uses that nothing else is known of. */
export function historyOf(uses: number): History {
  return (Math.min(MOST_USES, uses) << GAP_BITS) | UNKNOWN_GAP;
}

/** Uses in a history, 1 to 15. */
export function usesOf(history: History): number {
  return history >>> GAP_BITS;
}

export class ReuseModel {
  /** The number of entries that ages are measured by. */
  readonly entries: number;
  /** Age to units in integers: so many low bits off, then times this by 2^12. */
  #shift = 0;
  #scale = 0;
  /** Reuses since the last estimate by history and bucket, modulo 2^32; integers, because a hit adds to them. */
  readonly #counted: Int32Array = new Int32Array(ROWS.length * BUCKETS);
  readonly #reused = new Float32Array(CELLS);
  readonly #expired = new Float32Array(CELLS);
  readonly #density = new Float32Array(CELLS);

  constructor(entries: number) {
    this.entries = Math.max(1, entries);
    this.#shift = Math.max(0, 25 - Math.clz32(this.entries));
    this.#scale = Math.round((UNITS * 2 ** (this.#shift + 12)) / this.entries);
    open.fill(0);
    this.learn(0);
  }

  /** Counts a use after `age` accesses, and answers with the history that the next life begins with. `dice` is 12 random bits. */
  reuse(history: History, age: number, dice: number): History {
    return this.reuseAtUnit(history, this.#unitsIn(age), dice);
  }

  /** The same for an age in units. */
  reuseAtUnit(history: History, unit: number, dice: number): History {
    const bucket = bucketOf(unit);
    const at = history * BUCKETS + bucket;
    this.#counted[at] = (this.#counted[at]! + 1) | 0;
    const uses = (NEXT_USES[(history >>> GAP_BITS) * BUCKETS + bucket]! + dice) >>> 12;
    return (uses << GAP_BITS) | (LONG_GAP - ((bucket - SHORT_BUCKETS) >>> 31));
  }

  /** Counts a life that nobody will hear of again; its age is in units. */
  expireAtUnit(history: History, unit: number): void {
    const cell = ROWS[history]! + bucketOf(unit);
    this.#expired[cell] = this.#expired[cell]! + 1;
  }

  /** Uses to be expected per unit of time from now on. */
  density(history: History, age: number): number {
    return this.#density[ROWS[history]! + bucketOf(this.#unitsIn(age))]!;
  }

  /** Counts `lives` that are so many accesses old now; what was counted so is forgotten by the next `learn`. */
  observe(history: History, age: number, lives: number): void {
    this.observeAtUnit(history, this.#unitsIn(age), lives);
  }

  /** The same for an age in units. */
  observeAtUnit(history: History, unit: number, lives: number): void {
    const cell = ROWS[history]! + bucketOf(unit);
    open[cell] = open[cell]! + lives;
  }

  /** Estimates all densities anew; `accesses` went by since the last time. */
  learn(accesses: number): void {
    for (let at = 0; at < this.#counted.length; at++) {
      const cell = ROWS[Math.floor(at / BUCKETS)]! + (at % BUCKETS);
      this.#reused[cell] = this.#reused[cell]! + (this.#counted[at]! >>> 0);
    }
    this.#counted.fill(0);
    this.#countAtRisk();
    for (let row = 0; row < CLASSES; row++) {
      this.#estimate(row);
      rankAges(this.#density, row * BUCKETS);
    }
    const kept = 0.5 ** (accesses / Math.max(LEAST_HALF_LIFE, HALF_LIFE * this.entries));
    for (let cell = 0; cell < CELLS; cell++) {
      this.#reused[cell] = this.#reused[cell]! * kept;
      this.#expired[cell] = this.#expired[cell]! * kept;
    }
    open.fill(0);
  }

  #unitsIn(age: number): number {
    return Math.imul(Math.min(age >>> this.#shift, MOST_AGE), this.#scale) >>> 12;
  }

  /** How many lives reached each bucket, and how many of them were reused there: in each class and over all of a kind. */
  #countAtRisk(): void {
    margins.fill(0);
    for (let row = 0; row < CLASSES; row++) {
      const step = stepOf(row);
      const gap = gapOf(row);
      let reached = 0;
      for (let bucket = BUCKETS - 1; bucket >= 0; bucket--) {
        const cell = row * BUCKETS + bucket;
        const reused = this.#reused[cell]!;
        const lost = this.#expired[cell]! + open[cell]!;
        reached += reused + lost;
        // Who leaves in a bucket was there for half of it.
        atRisk[cell] = reached - lost / 2;
        addTo(ALL, bucket, atRisk[cell]!, reused);
        addTo(step, bucket, atRisk[cell]!, reused);
        addTo(gap, bucket, atRisk[cell]!, reused);
      }
    }
  }

  /** Fills `chances` for one class. */
  #estimate(row: number): void {
    const step = stepOf(row);
    const gap = gapOf(row);
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      const expected = expectedChance(bucket);
      const overall = chance(ALL, bucket, expected);
      const prior = (PRIOR[step * BUCKETS + bucket]! * overall) / expected;
      const byStep = chance(step, bucket, Math.min(1, prior));
      const byGap = chance(gap, bucket, overall);
      const both = Math.min((byStep * byGap) / overall, Math.max(byStep, byGap));
      const cell = row * BUCKETS + bucket;
      const own = (this.#reused[cell]! + TRUST * both) / (atRisk[cell]! + TRUST);
      chances[bucket] = Math.min(MOST_CHANCE, own);
    }
  }
}

/** Bucket of an age: four for each doubling of it and 4 units. No branch, because ages are hard to foretell. */
function bucketOf(unit: number): number {
  const shifted = unit + 4;
  const doubling = 31 - Math.clz32(shifted);
  return Math.min(BUCKETS - 1, 4 * doubling + ((shifted >>> (doubling - 2)) & 3) - 8);
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

/** Margins: seven by uses, three by gap, and the one over all; each with lives at risk and reused by bucket. */
const ALL = STEPS.length + GAPS;

function addTo(margin: number, bucket: number, lives: number, reused: number): void {
  const at = 2 * (margin * BUCKETS + bucket);
  margins[at] = margins[at]! + lives;
  margins[at + 1] = margins[at + 1]! + reused;
}

/** Chance of reuse in a margin, leaning on what is expected without it. */
function chance(margin: number, bucket: number, expected: number): number {
  const at = 2 * (margin * BUCKETS + bucket);
  return (margins[at + 1]! + TRUST * expected) / (margins[at]! + TRUST);
}

/** The prior's chance of reuse for the mixture of uses that there is. */
function expectedChance(bucket: number): number {
  let lives = 0;
  let reused = 0;
  for (let step = 0; step < STEPS.length; step++) {
    const weight = margins[2 * (step * BUCKETS + bucket)]! + 1;
    lives += weight;
    reused += weight * PRIOR[step * BUCKETS + bucket]!;
  }
  return reused / lives;
}

/** Writes the density at each age of a class with these `chances`: from the oldest age down, with the upper hull of the points above on a stack. */
function rankAges(density: Float32Array, from: number): void {
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
  let top = 0;
  for (let bucket = BUCKETS - 2; bucket >= 0; bucket--) {
    while (top >= 2 && slope(bucket, hull[top - 1]!) <= slope(hull[top - 1]!, hull[top - 2]!))
      top--;
    hull[top++] = bucket;
    // An entry is half through its bucket, on average.
    const usesSoFar = ((bucket === 0 ? 0 : usesAt[bucket - 1]!) + usesAt[bucket]!) / 2;
    const timeSoFar = ((bucket === 0 ? 0 : timeAt[bucket - 1]!) + timeAt[bucket]!) / 2;
    let best = 0;
    for (let i = top - 1; i >= 0; i--) {
      const until = hull[i]!;
      const gain = (usesAt[until]! - usesSoFar) / (timeAt[until]! - timeSoFar);
      if (gain <= best) break;
      best = gain;
    }
    density[from + bucket] = best;
  }
  density[from + BUCKETS - 1] = 0;
}

function slope(left: number, right: number): number {
  return (usesAt[right]! - usesAt[left]!) / (timeAt[right]! - timeAt[left]!);
}

/** Width of each bucket in units. */
const WIDTH: Float64Array = Float64Array.from(
  { length: BUCKETS },
  (_, bucket) => startOf(bucket + 1) - startOf(bucket),
);

/** Where the cells of a history's class begin. */
const ROWS: Uint16Array = Uint16Array.from({ length: 1 << HISTORY_BITS }, (_, history) => {
  const uses = Math.max(1, usesOf(history));
  const step = STEPS.filter((least) => uses >= least).length - 1;
  const gap = Math.min(LONG_GAP, history & ((1 << GAP_BITS) - 1));
  return (step * GAPS + gap) * BUCKETS;
});

/** Uses after a use, times 2^12: one more than what is left of those before. */
const NEXT_USES: Uint16Array = Uint16Array.from({ length: (MOST_USES + 1) * BUCKETS }, (_, at) => {
  const bucket = at % BUCKETS;
  const age = (startOf(bucket) + startOf(bucket + 1)) / 2;
  const left = Math.floor(at / BUCKETS) * 0.5 ** (age / HALF_USES);
  return Math.min(MOST_USES, left + 1) * 4096;
});

/** Chance of reuse in each bucket for each step of uses, before anything is known of the cache. */
const PRIOR: Float64Array = Float64Array.from({ length: STEPS.length * BUCKETS }, (_, at) => {
  const bucket = at % BUCKETS;
  const start = Math.max(startOf(bucket), 0.5);
  const end = startOf(bucket + 1);
  const turns = (startOf(bucket) + end) / 2 / UNITS;
  const atOneTurn = Math.min(0.0463 * STEP_USES[Math.floor(at / BUCKETS)]! ** 1.05 + 0.02, 1.2);
  const hazard = Math.min(1.2, 0.02 + (atOneTurn - 0.02) * Math.min(turns ** 0.6, 4));
  return 1 - Math.exp(-hazard * Math.log(end / start));
});

// Scratch space of `learn`, which calls nobody.
const open: Float64Array = new Float64Array(CELLS);
const atRisk: Float64Array = new Float64Array(CELLS);
const margins: Float64Array = new Float64Array(2 * (ALL + 1) * BUCKETS);
const chances: Float64Array = new Float64Array(BUCKETS);
const timeAt: Float64Array = new Float64Array(BUCKETS);
const usesAt: Float64Array = new Float64Array(BUCKETS);
const hull: Int32Array = new Int32Array(BUCKETS);
