/**
 * A summary of durations in milliseconds. A quantile is at most 1/32 off, or 1/512 ms below 1/16
 * ms. All numbers are 0 if there were no durations.
 */
export interface DurationSummary {
  /** Number of durations. */
  readonly count: number;
  /** Sum of all durations. */
  readonly sum: number;
  /** Median: half of the durations were at most this long. */
  readonly p50: number;
  /** 90 of 100 durations were at most this long. */
  readonly p90: number;
  /** 99 of 100 durations were at most this long. */
  readonly p99: number;
  /** The longest duration. */
  readonly max: number;
}

/** Durations are counted in units of 1/256 ms. */
const UNITS = 256;

/** Number of buckets for each power of two. A bucket is at most 1/16 of its durations wide. */
const STEPS = 16;

/** The longest duration that has a bucket of its own, ms: about a year. */
const LONGEST = 2 ** 35;

/**
 * From this number of units on, which no longer fits 32 bits, units are counted in steps of 2^24.
 */
const MANY = 2 ** 31;
const COARSER = 24;

/** The counters of an empty histogram. Never written. */
const NONE: number[] = [];

/**
 * A histogram of durations in ms, with buckets as in an HdrHistogram: 16 of the same width for
 * each power of two, which bounds the relative error. Counters exist from the lowest to the highest
 * used bucket: at most 17 for durations that differ by a factor of 2, 254 for 1 ms to 1 min, and
 * 640 for all. Count, sum and maximum are exact.
 */
export class Durations {
  /** Counters of the buckets from `#first` on. Durations below 1/256 ms have no counter. */
  #counters = NONE;
  #first = 0;
  #count = 0;
  #sum = 0;
  #max = 0;

  /** Number of recorded durations. */
  get count(): number {
    return this.#count;
  }

  /** Sum of all durations, ms. */
  get sum(): number {
    return this.#sum;
  }

  /** The longest duration, ms. */
  get max(): number {
    return this.#max;
  }

  /** Number of counters. */
  get counters(): number {
    return this.#counters.length;
  }

  /**
   * Records a duration in ms. A negative one or NaN counts as 0, a longer one than 2^35 as 2^35.
   */
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

  /** Adds the durations of another histogram. */
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

  /**
   * Summarizes the recorded durations and `zeros` durations of 0. Quantiles have the nearest rank.
   */
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

  /** The duration that `percent` of `count` do not exceed. `below` durations are in no bucket. */
  #quantile(percent: number, count: number, below: number): number {
    const rank = Math.ceil((percent * count) / 100);
    if (rank <= below) return 0;
    if (rank >= count) return this.#max;
    let passed = below;
    let at = 0;
    while ((passed += this.#counters[at]!) < rank) at++;
    return Math.min(middleOf(this.#first + at), this.#max);
  }

  /** Adds counters up to a bucket, and adds `count` to the counter of the bucket. */
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
