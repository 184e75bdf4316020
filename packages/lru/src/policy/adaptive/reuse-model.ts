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

/** Bits of a history: the gap (0 where it is not known), and below it the uses. */
export const HISTORY_BITS = 6;
export const HISTORY_MASK = 0x3f;
const USES_BITS = 4;
const MOST_USES = 15;
const SHORT_GAP = 1;
const LONG_GAP = 2;

/** Units of age per entry of the cache. */
export const UNITS = 32;
const BUCKETS = 34;
/** In place of a bucket where there are no entries to measure ages by. */
const UNLEARNED = BUCKETS;
/** Fractions of a unit, as bits. */
export const FRACTION_BITS = 12;
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
  return Math.min(MOST_USES, uses);
}

/** Uses in a history, 1 to 15. */
export function usesOf(history: History): number {
  return history & MOST_USES;
}

export class ReuseModel {
  /** The number of entries that ages are measured by. */
  readonly entries: number;
  /** Age to fractions of a unit in integers: so many low bits off, no more than the last bucket's, times this. */
  // An eviction reads these itself, for all that it looks at.
  shift: number = 0;
  most: number = 0;
  scale: number = 0;
  /** Reuses since the last estimate by bucket and history, modulo 2^32; integers, because a hit adds to them. */
  readonly #counted: Int32Array = new Int32Array(NEXT.length);
  readonly #reused = new Float32Array(CELLS);
  readonly #expired = new Float32Array(CELLS);
  /** Uses to be expected per unit of time from now on, by class and bucket. */
  readonly densities: Float32Array = new Float32Array(CELLS);
  /** The same, as integers in the same order. */
  readonly densityBits: Int32Array = new Int32Array(this.densities.buffer);

  /** Without entries nothing is learned: `reuse` only adds a use to the history. */
  constructor(entries: number) {
    this.entries = entries;
    this.shift = Math.max(0, 25 - Math.clz32(entries));
    const scale = Math.round((UNITS * 2 ** (this.shift + FRACTION_BITS)) / entries);
    // Without entries it is infinite, and every age beyond all buckets.
    this.scale = Math.min(scale, startOf(UNLEARNED) << FRACTION_BITS);
    this.most = Math.ceil((LAST_UNIT << FRACTION_BITS) / this.scale);
    open.fill(0);
    this.learn(0);
  }

  /** Counts a use after `age` accesses, and answers with the history that the next life begins with. `dice` is 12 random bits. */
  reuse(history: History, age: number, dice: number): History {
    // #bucketAt, written out in few bytes of bytecode, so that V8 inlines all of a hit.
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

  /** Counts a life that nobody will hear of again; its age is in units. */
  expireAtUnit(history: History, unit: number): void {
    const cell = ROWS[history]! + bucketOf(unit);
    this.#expired[cell] = this.#expired[cell]! + 1;
  }

  /** Uses to be expected per unit of time from now on. */
  density(history: History, age: number): number {
    return this.densities[ROWS[history]! + this.#bucketAt(age)]!;
  }

  /** Counts `lives` that are so many accesses old now; what was counted so is forgotten by the next `learn`. */
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

  /** Estimates all densities anew; `accesses` went by since the last time. */
  learn(accesses: number): void {
    this.#countReuses();
    this.#countAtRisk();
    estimateMargins();
    for (let row = 0; row < CLASSES; row++) {
      this.#estimate(row);
      rankAges(this.densities, row * BUCKETS);
    }
    const kept = 0.5 ** (accesses / Math.max(LEAST_HALF_LIFE, HALF_LIFE * this.entries));
    forget(this.#reused, kept);
    forget(this.#expired, kept);
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

  /** How many lives reached each bucket, and how many of them were reused there: in each class and over all of a kind. */
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
        // Who leaves in a bucket was there for half of it.
        const lives = (atRisk[cell] = reached - lost / 2);
        addTo(ALL * BUCKETS + bucket, lives, reused);
        addTo(stepOf(row) * BUCKETS + bucket, lives, reused);
        addTo(gapOf(row) * BUCKETS + bucket, lives, reused);
      }
    }
  }

  /** Fills `chances` for one class. */
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
      const own = (reused[cell]! + TRUST * both) / (atRisk[cell]! + TRUST);
      chances[bucket] = Math.min(MOST_CHANCE, own);
    }
  }
}

/** Bucket of an age in units. */
function bucketOf(unit: number): number {
  return bucketOfFractions(Math.min(unit, LAST_UNIT) << FRACTION_BITS);
}

/**
 * Four buckets for each doubling of an age and 4 units: the first three bits of the sum, of which the
 * highest is 1, tell one of the four. No branch, because ages are hard to foretell.
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

/** Margins: seven by uses, three by gap, and the one over all; each with lives at risk and reused by bucket. */
const ALL = STEPS.length + GAPS;

function addTo(at: number, lives: number, reused: number): void {
  marginLives[at] = marginLives[at]! + lives;
  marginReused[at] = marginReused[at]! + reused;
}

/** Fills `marginChances`: the chance of reuse over all leans on the prior's, that of a gap on the one over all, and that of a step on the prior where it is so much more or less than expected over all. */
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

/** Chance of reuse in a margin, leaning on what is expected without it. */
function estimateMargin(at: number, expected: number): number {
  return (marginChances[at] = (marginReused[at]! + TRUST * expected) / (marginLives[at]! + TRUST));
}

/** The prior's chance of reuse for the mixture of uses that there is. */
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

function forget(counts: Float32Array, kept: number): void {
  for (let cell = 0; cell < CELLS; cell++) counts[cell] = counts[cell]! * kept;
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
  let top = -1;
  for (let bucket = BUCKETS - 2; bucket >= 0; bucket--) {
    const timeHere = timeAt[bucket]!;
    const usesHere = usesAt[bucket]!;
    // That of the first point, which stays.
    let slope = -Infinity;
    for (; top >= 0; top--) {
      const next = hull[top]!;
      slope = (usesAt[next]! - usesHere) / (timeAt[next]! - timeHere);
      if (!(slope <= slopes[top]!)) break;
    }
    hull[++top] = bucket;
    slopes[top] = slope;
    // An entry is half through its bucket, on average.
    const usesSoFar = ((bucket === 0 ? 0 : usesAt[bucket - 1]!) + usesHere) / 2;
    const timeSoFar = ((bucket === 0 ? 0 : timeAt[bucket - 1]!) + timeHere) / 2;
    let best = 0;
    for (let i = top; i >= 0; i--) {
      const until = hull[i]!;
      const gain = (usesAt[until]! - usesSoFar) / (timeAt[until]! - timeSoFar);
      if (gain <= best) break;
      best = gain;
    }
    density[from + bucket] = best;
  }
  density[from + BUCKETS - 1] = 0;
}

/** Where the last bucket begins, which has no end. */
const LAST_UNIT = startOf(BUCKETS - 1);

/** Width of each bucket in units. */
const WIDTH: Float64Array = Float64Array.from(
  { length: BUCKETS },
  (_, bucket) => startOf(bucket + 1) - startOf(bucket),
);

/** Bucket of an age in units, for all that `most` and `scale` come to: 80 turns. */
export const BUCKET_OF: Uint8Array = /* @__PURE__ */ Uint8Array.from(
  { length: 80 * UNITS },
  (_, unit) => bucketOf(unit),
);

/** Where the cells of a history's class begin. */
export const ROWS: Uint16Array = Uint16Array.from({ length: 1 << HISTORY_BITS }, (_, history) => {
  const uses = Math.max(1, usesOf(history));
  const step = STEPS.filter((least) => uses >= least).length - 1;
  const gap = Math.min(LONG_GAP, history >>> USES_BITS);
  return (step * GAPS + gap) * BUCKETS;
});

/**
 * History after a use, by bucket and history, times 2^12: one use more than what is left of those
 * before. The part of a use is the chance that it becomes another one when the dice are added.
 */
const NEXT: Int32Array = Int32Array.from({ length: (BUCKETS + 1) << HISTORY_BITS }, (_, at) => {
  const bucket = at >>> HISTORY_BITS;
  if (bucket === UNLEARNED) return historyOf(usesOf(at) + 1) * 2 ** 12;
  const age = (startOf(bucket) + startOf(bucket + 1)) / 2;
  const left = usesOf(at) * 0.5 ** (age / HALF_USES);
  const gap = bucket < SHORT_BUCKETS ? SHORT_GAP : LONG_GAP;
  return ((gap << USES_BITS) + Math.min(MOST_USES, left + 1)) * 2 ** 12;
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
const marginLives: Float64Array = /* @__PURE__ */ new Float64Array((ALL + 1) * BUCKETS);
const marginReused: Float64Array = /* @__PURE__ */ new Float64Array((ALL + 1) * BUCKETS);
const marginChances: Float64Array = /* @__PURE__ */ new Float64Array((ALL + 1) * BUCKETS);
const chances: Float64Array = new Float64Array(BUCKETS);
const timeAt: Float64Array = new Float64Array(BUCKETS);
const usesAt: Float64Array = new Float64Array(BUCKETS);
const hull: Int32Array = new Int32Array(BUCKETS);
const slopes: Float64Array = /* @__PURE__ */ new Float64Array(BUCKETS);
