/**
 * Window TinyLFU: newcomers live in a small window; what leaves it is admitted to the main part only
 * if its key was used more often of late than the one that it would displace. A sketch remembers how
 * often keys were used, those that are not cached too.
 *
 * The window's share follows the density of hits. Within a sample of accesses, an entry of the
 * window is worth its hits per unit of room, and so is one of main; the share moves towards the
 * denser part, by 3% of the cache for each factor e between the two and 30% at most.
 *
 * Weighted entries are admitted against the sum over all victims that would have to make room
 * (Einziger, Eytan, Friedman, Manes: Lightweight Robust Size Aware Cache Management, ACM TOS 2022).
 *
 * Invariants:
 * - A frequent loser (six uses or more) is admitted in 1 of 128 cases, so that a stale entry with a
 *   saturated counter cannot block main for ever, and keys cannot be crafted to do so.
 * - Frequencies are counted from the time when the cache is half full.
 *
 * Einziger, Friedman, Manes: TinyLFU (ACM TOS 2017); Einziger, Eytan, Friedman, Manes: Adaptive
 * Software Cache Management (Middleware 2018); the density of hits after Caffeine. Not for traces
 * of pure recency, such as sessions or streams: `lru` or `adaptive` there.
 */
import { FrequencySketch } from "./frequency-sketch.ts";
import type { EvictionPolicy, PolicyContext, PolicyFactory, Slot } from "./policy.ts";
import { PROBATION, Segments, WINDOW } from "./segments.ts";

/** Admits a newcomer only if it was used more often than what it displaces; for skewed use that changes slowly. */
export function wTinyLfu(): PolicyFactory {
  return (context) => new WTinyLfuPolicy(context);
}

const START_SHARE = 0.2;
const LEAST_SHARE = 0.02;
/** A sample is so many accesses per entry. */
const SAMPLE = 4;
const SHARE_PER_E = 0.03;
const MOST_CHANGE = 0.3;

/** The sketch forgets by half in so many uses per entry. */
const SKETCH_LIFETIME = 20;

const WARM = 6;
const LUCKY_MASK = 127;

class WTinyLfuPolicy implements EvictionPolicy {
  /** A list, and a sketch of one to two times the entries. */
  readonly slotBytes = 13;
  readonly #context: PolicyContext;
  readonly #segments: Segments;
  readonly #sketch = new FrequencySketch(SKETCH_LIFETIME);
  #random: number;
  #accesses = 0;
  #windowHits = 0;
  #mainHits = 0;

  constructor(context: PolicyContext) {
    this.#context = context;
    this.#segments = new Segments(context, START_SHARE);
    this.#random = context.seed | 1;
  }

  add(slot: Slot, hash: number): void {
    const segments = this.#segments;
    segments.add(slot);
    this.#fitSketch();
    this.#sketch.count(hash);
    this.#accesses++;
    if (this.#accesses >= SAMPLE * segments.room) this.#climb();
    segments.measure();
    segments.settle();
  }

  access(slot: Slot): void {
    this.#sketch.count(this.#hashOf(slot));
    this.#accesses++;
    if (this.#segments.listOf(slot) === WINDOW) this.#windowHits++;
    else this.#mainHits++;
    this.#segments.use(slot);
  }

  update(slot: Slot, oldWeight: number): void {
    this.reweigh(slot, oldWeight);
    this.access(slot);
  }

  reweigh(slot: Slot, oldWeight: number): void {
    this.#segments.charge(slot, this.#segments.weigh(slot) - oldWeight);
  }

  remove(slot: Slot): void {
    this.#segments.drop(slot);
  }

  evict(spared: Slot): Slot {
    const segments = this.#segments;
    segments.settle();
    const isOver = segments.windowWeight > segments.windowMax;
    const candidate = isOver ? segments.coldest(WINDOW, spared) : 0;
    let loser = segments.victim(spared);
    if (candidate !== 0) {
      if (loser === 0 || !this.#admits(candidate, loser, spared)) loser = candidate;
      else segments.transfer(PROBATION, candidate);
    }
    if (loser === 0) loser = segments.coldest(WINDOW, spared);
    segments.drop(loser);
    return loser;
  }

  move(from: Slot, to: Slot): void {
    this.#segments.move(from, to);
  }

  clear(): void {
    this.#segments.clear();
    this.#sketch.reset(0);
    this.#startSample();
  }

  grow(length: number): void {
    this.#segments.grow(length);
    if (this.#sketch.entries > SPARSE * length) this.#sketch.reset(length);
  }

  resize(): void {
    this.#segments.measure(Infinity);
    this.#segments.settle();
  }

  colder(slot: Slot): Slot {
    return this.#segments.colder(slot);
  }

  hotter(slot: Slot): Slot {
    return this.#segments.hotter(slot);
  }

  /** Whether a candidate is worth more than all the entries that would have to leave for it. */
  #admits(candidate: Slot, victim: Slot, spared: Slot): boolean {
    const segments = this.#segments;
    const weight = segments.weigh(candidate);
    if (weight > segments.mainMax) return false;
    const frequency = this.#sketch.frequency(this.#hashOf(candidate));
    let needed = segments.mainWeight + weight - segments.mainMax;
    let rivals = 0;
    for (
      let slot = victim;
      slot !== 0 && rivals < frequency;
      slot = segments.victimAfter(slot, spared)
    ) {
      rivals += this.#sketch.frequency(this.#hashOf(slot));
      needed -= segments.weigh(slot);
      if (needed <= 0) break;
    }
    return frequency > rivals || (frequency >= WARM && this.#isLucky());
  }

  /** Makes the sketch once the cache is half full, and another one where entries outgrow it. */
  #fitSketch(): void {
    const { count, room } = this.#segments;
    if (2 * count < room || count <= this.#sketch.entries) return;
    this.#sketch.reset(Math.max(room, 2 * this.#sketch.entries));
  }

  #climb(): void {
    const segments = this.#segments;
    if (segments.count >= segments.room / 2) {
      // One hit more for each keeps the ratio finite, and draws the share to a half where there are none.
      const window = (this.#windowHits + 1) / segments.windowMax;
      const main = (this.#mainHits + 1) / Math.max(1, segments.mainMax);
      const change = Math.log(window / main) * SHARE_PER_E;
      const share = segments.windowShare + Math.max(-MOST_CHANGE, Math.min(MOST_CHANGE, change));
      segments.windowShare = Math.max(LEAST_SHARE, Math.min(1 - LEAST_SHARE, share));
    }
    this.#startSample();
  }

  #startSample(): void {
    this.#accesses = 0;
    this.#windowHits = 0;
    this.#mainHits = 0;
  }

  #isLucky(): boolean {
    this.#random ^= this.#random << 13;
    this.#random ^= this.#random >>> 17;
    this.#random ^= this.#random << 5;
    return (this.#random & LUCKY_MASK) === 0;
  }

  #hashOf(slot: Slot): number {
    return this.#context.hashes![slot]!;
  }
}

/** How many times too large the sketch may be before it is given back. */
const SPARSE = 4;
