/** Durations as numbers, ms. A quantile is at most 1/32 off, below 1/16 ms at most 1/512 ms. */
export interface DurationSummary {
  /** How many there were. */
  readonly count: number;
  /** All of them together. */
  readonly sum: number;
  /** Half of them were at most so long. */
  readonly p50: number;
  /** 90 of 100 were at most so long. */
  readonly p90: number;
  /** 99 of 100 were at most so long. */
  readonly p99: number;
  /** The longest. */
  readonly max: number;
}

/** Durations are counted in units of 1/256 ms. */
const UNITS = 256;

/** So many buckets of one width share a power of two. A bucket is at most 1/16 of its durations wide. */
const STEPS = 16;

/** The longest that is told apart, ms: about a year. */
const LONGEST = 2 ** 35;

/** So many units fit in an integer of 32 bits; beyond them, units of 2^24 are counted. */
const MANY = 2 ** 31;
const COARSER = 24;

/** The counters of one that has none yet. Never written. */
const NONE: number[] = [];

/**
 * A histogram of durations in ms, with buckets as in an HdrHistogram: 16 of one width for every power
 * of two, so that the relative error has a bound. Counters are there from the lowest to the highest
 * bucket that was used and not beyond: at most 17 for durations that differ by a factor of 2, 254 from
 * 1 ms to 1 min, 640 of all. Count, sum and maximum are exact.
 */
export class Durations {
  /** Counters of the buckets from `#first` on. Durations below 1/256 ms have none. */
  #counters = NONE;
  #first = 0;
  #count = 0;
  #sum = 0;
  #max = 0;

  /** How many were recorded. */
  get count(): number {
    return this.#count;
  }

  /** All of them together, ms. */
  get sum(): number {
    return this.#sum;
  }

  /** The longest, ms. */
  get max(): number {
    return this.#max;
  }

  /** Counters there are. */
  get counters(): number {
    return this.#counters.length;
  }

  /** Counts a duration of `ms`. Negative ones and NaN count 0, those of more than 2^35 ms as much. */
  record(ms: number): void {
    this.#count++;
    if (!(ms > 0)) return;
    const duration = ms < LONGEST ? ms : LONGEST;
    this.#sum += duration;
    if (duration > this.#max) this.#max = duration;
    const units = duration * UNITS;
    if (units < 1) return;
    const bucket =
      units < MANY ? bucketOf(units) : bucketOf(units / 2 ** COARSER) + COARSER * STEPS;
    const at = bucket - this.#first;
    if (at >= 0 && at < this.#counters.length) this.#counters[at]!++;
    else this.#extend(bucket, 1);
  }

  /** Adds what another one has counted. */
  add(other: Durations): void {
    this.#count += other.#count;
    this.#sum += other.#sum;
    if (other.#max > this.#max) this.#max = other.#max;
    const { length } = other.#counters;
    if (length === 0) return;
    // The ends first, so that the counters are extended at most twice.
    this.#extend(other.#first, 0);
    this.#extend(other.#first + length - 1, 0);
    const shift = other.#first - this.#first;
    for (let i = 0; i < length; i++) this.#counters[i + shift]! += other.#counters[i]!;
  }

  /** What was recorded, with `zeros` further durations of 0. Quantiles are of the nearest rank. */
  summary(zeros: number): DurationSummary {
    const count = this.#count + Math.max(0, zeros);
    let below = count;
    for (const counter of this.#counters) below -= counter;
    return {
      count,
      sum: this.#sum,
      p50: this.#quantile(50, count, below),
      p90: this.#quantile(90, count, below),
      p99: this.#quantile(99, count, below),
      max: this.#max,
    };
  }

  /** The shortest duration that `percent` of `count` do not exceed. `below` are in no bucket. */
  #quantile(percent: number, count: number, below: number): number {
    const rank = Math.ceil((percent * count) / 100);
    if (rank <= below) return 0;
    if (rank >= count) return this.#max;
    let passed = below;
    let at = 0;
    while ((passed += this.#counters[at]!) < rank) at++;
    return Math.min(middleOf(this.#first + at), this.#max);
  }

  /** Counts so many in a bucket, after adding counters as far as that one. */
  #extend(bucket: number, count: number): void {
    if (this.#counters === NONE) {
      this.#counters = [];
      this.#first = bucket;
    }
    const at = bucket - this.#first;
    if (at < 0) {
      this.#counters = [...Array.from({ length: -at }, () => 0), ...this.#counters];
      this.#first = bucket;
    }
    while (this.#counters.length <= at) this.#counters.push(0);
    this.#counters[Math.max(0, at)]! += count;
  }
}

/** The bucket of a duration in units, at least 1 and less than 2^31. */
function bucketOf(units: number): number {
  const whole = Math.trunc(units);
  const doublings = Math.max(0, 27 - Math.clz32(whole));
  return doublings * STEPS + (whole >>> doublings);
}

/** The middle of a bucket, ms. */
function middleOf(bucket: number): number {
  const doublings = Math.max(0, Math.floor(bucket / STEPS) - 1);
  return ((bucket - doublings * STEPS + 0.5) * 2 ** doublings) / UNITS;
}
