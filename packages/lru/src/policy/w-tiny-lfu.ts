/**
 * Window TinyLFU: newcomers live in a small window. An entry that the window gives up is admitted
 * to the main part only if its key was used more often recently than the key of the entry that
 * would have to leave. A sketch remembers how often keys were used, even keys that are not in the
 * cache.
 *
 * The share of the window follows the hit density, which is the hits per unit of room in a sample
 * of accesses. The share moves towards the denser of the two parts, by 3% of the cache for each
 * factor e between the two densities, and by at most 30%.
 *
 * With weights, a candidate is compared with the sum over all victims that would have to make room
 * (Einziger, Eytan, Friedman, Manes: Lightweight Robust Size Aware Cache Management, ACM TOS 2022).
 *
 * Invariants:
 * - A candidate that loses, but has six uses or more, is still admitted in 1 of 128 cases. So an
 *   entry with a saturated counter that is no longer used cannot block the main part forever, and
 *   an attacker cannot choose keys that do so.
 * - Frequencies are counted from the time when the cache is half full.
 *
 * Einziger, Friedman, Manes: TinyLFU (ACM TOS 2017); Einziger, Eytan, Friedman, Manes: Adaptive
 * Software Cache Management (Middleware 2018); the hit density is modelled on Caffeine. Not for
 * traffic in which only recency counts, such as sessions or streams: use `lru` or `adaptive` there.
 */
import { FrequencySketch } from "./parts/frequency-sketch.ts";
import type { EvictionPolicy, PolicyContext, PolicyFactory, Slot } from "./policy.ts";
import { PROBATION, Segments, WINDOW } from "./parts/segments.ts";

/**
 * W-TinyLFU: admits a newcomer only if its key was used more often than the entry that would have
 * to leave for it. For skewed traffic that changes slowly. Not for traffic in which only recency
 * counts, such as sessions or streams: use `lru` or `adaptive` there.
 *
 * @returns the value of the option `policy`
 * @see Einziger, Friedman, Manes: TinyLFU (ACM TOS 2017)
 *
 * @example
 * ```ts
 * import { LRUCache } from "@heapwise/lru";
 * import { wTinyLfu } from "@heapwise/lru/policies";
 *
 * const cache = new LRUCache<string, number>({ max: 50, policy: wTinyLfu() });
 * for (let i = 0; i < 150; i++) cache.set(`popular ${i % 30}`, i);
 * for (let i = 0; i < 1000; i++) cache.set(`scanned ${i}`, i); // used once
 * [...cache.keys()].filter((key) => key.startsWith("popular")).length >= 20; // => true
 * ```
 */
export function wTinyLfu(): PolicyFactory {
  return (context) => new WTinyLfuPolicy(context);
}

const START_SHARE = 0.2;
const LEAST_SHARE = 0.02;
/** The length of a sample: this many accesses per entry. */
const SAMPLE = 4;
const SHARE_PER_E = 0.03;
const MOST_CHANGE = 0.3;

/** The counts of the sketch are halved after this many uses per entry. */
const SKETCH_LIFETIME = 20;

const WARM = 6;
const LUCKY_MASK = 127;

class WTinyLfuPolicy implements EvictionPolicy {
  /** A list number, and a sketch for one to two times as many entries. */
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
    let victim = segments.victim(spared);
    if (candidate !== 0) {
      if (victim === 0 || !this.#admits(candidate, victim, spared)) victim = candidate;
      else segments.transfer(PROBATION, candidate);
    }
    if (victim === 0) victim = segments.coldest(WINDOW, spared);
    segments.drop(victim);
    return victim;
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

  /**
   * Whether a candidate was used more often than all the entries together that would have to leave.
   */
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

  /** Creates the sketch when the cache is half full, and a larger one if it has too little room. */
  #fitSketch(): void {
    const { count, room } = this.#segments;
    if (2 * count < room || count <= this.#sketch.entries) return;
    this.#sketch.reset(Math.max(room, 2 * this.#sketch.entries));
  }

  #climb(): void {
    const segments = this.#segments;
    if (segments.count >= segments.room / 2) {
      // // One more hit for each keeps the ratio finite, and moves the share to a half if no hits
      // come.
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

/** The sketch is replaced if it has room for more than this many times the slots. */
const SPARSE = 4;
