/**
 * Evicts the entry with the lowest hit density: expected uses per unit of time and of room. The
 * expected uses of an entry depend on how often its key was used, on the gap between its last two
 * uses, and on its age since the last use. `ReuseModel` learns how, from the keys of the cache
 * itself. So the policy has no window to size, and prefers neither recency nor frequency: loops,
 * scans, skew and streams show in the densities.
 *
 * A hit writes one word and counts one life. A hit right after another use of the same entry does
 * not even do that. An eviction draws two dozen entries, far apart in the store. Each of them
 * challenges the next of 32 candidates in turn, and takes its place if its density is not higher:
 *
 *     entries      e1   e2   ...  e24
 *                   v    v         v        places in turn
 *     candidates   k1   k2   ...  k24  ...  k32
 *     victim       the candidate of the lowest density that was not used since it took its place
 *
 * With weights, the density is divided by the weight, and a newcomer itself may have the lowest.
 *
 * Evicted keys are remembered with their history in a ghost table, which has 1.75 places for each
 * entry, and for longer by the number of their uses in a sketch. Only misses and evictions use the
 * two.
 *
 * Invariants:
 * - The mark of a slot is not 0 exactly while the slot is tracked. Its upper bits are the number of
 *   the access that used the entry last, its lower bits the history.
 * - A candidate is valid only while its mark is the mark that it was judged by. If the mark
 *   differs, the entry was used, or it was removed and the slot may belong to another entry.
 * - In a cache without weights a newcomer is not evicted by the eviction that makes room for it.
 * - List 0 holds the entries in order of arrival.
 *
 * The design is this project's own; docs/decisions/adaptive-policy.md compares it with others. Not
 * for programs that need to predict the next victim: `lru` is exact.
 */
import { FIRST_SLOT, PREVIOUS, RECORD } from "../../table/slot-store.ts";
import {
  bitsOf,
  CANDIDATES,
  Candidates,
  enteringBits,
  enteringDensities,
  enteringPlaces,
  enteringSlots,
} from "./candidates.ts";
import { FrequencySketch } from "../parts/frequency-sketch.ts";
import { ghostAge, ghostHistory, GhostTable, TIME_MASK } from "./ghost-table.ts";
import type { EvictionPolicy, PolicyContext, PolicyFactory, Slot } from "../policy.ts";
import {
  BUCKET_OF,
  FRACTION_BITS,
  HISTORY_BITS,
  HISTORY_MASK,
  type History,
  historyOf,
  ReuseModel,
  ROWS,
  UNITS,
  usesOf,
} from "./reuse-model.ts";
import {
  colderOf,
  hotterOf,
  lastOf,
  linkFirst,
  replaceLinked,
  unlink,
} from "../parts/slot-lists.ts";

/**
 * Learns from the traffic which entries will be used again soonest for the room that they take, and
 * evicts the others. It has the best hit ratios over all kinds of traffic. It takes about 25 bytes
 * more for each entry, and an insert with eviction takes about twice the time of `lru()`. The next
 * victim is hard to predict.
 *
 * @returns the value of the option `policy`
 *
 * @example
 * ```ts
 * import { LRUCache } from "@heapwise/lru";
 * import { adaptive } from "@heapwise/lru/policies";
 *
 * const cache = new LRUCache<number, string>({ max: 200, policy: adaptive() });
 * let hits = 0;
 * for (let i = 0; i < 30_000; i++) {
 *   const key = i % 300; // a loop over more keys than fit: strict LRU would never hit
 *   if (cache.get(key) === undefined) cache.set(key, "value");
 *   else hits++;
 * }
 * hits / 30_000 > 0.5; // => true
 * ```
 */
export function adaptive(): PolicyFactory {
  return (context) => new AdaptivePolicy(context);
}

/** Entries that an eviction draws. More with weights, since densities differ more then. */
const DRAWS = 24;
const WEIGHTED_DRAWS = 64;
/**
 * Uses of one entry that are less than this many accesses apart, per entry of the cache, count as
 * one use: a burst says little about the next use.
 */
const SAME_USE = 1 / 32;
const WEIGHTED_SAME_USE = 1 / 256;
/** Keys that are remembered with their history, per entry of the cache. */
const GHOSTS = 1.75;
/** The counts of the sketch are halved after this many evictions per entry. */
const SKETCH_LIFETIME = 8;
/** Evictions between two estimates: this many per entry, and at least `LEAST_PERIOD`. */
const PERIOD = 1 / 8;
const LEAST_PERIOD = 500;
/** Entries and ghosts that are looked at for an estimate. */
const SAMPLE = 512;
/** From this number on, the marks do not fit into the nearest cache of the processor. */
const MANY = 16_384;
/**
 * The model, the ghosts and the sketch are created again when the number of entries has changed by
 * this factor.
 */
const DRIFT = 1.5;

/** Shared placeholder for caches that are less than half full. Its counts are never read. */
const NO_MODEL = /* @__PURE__ */ new ReuseModel(0);

class AdaptivePolicy implements EvictionPolicy {
  /** A mark, ghosts and a sketch. */
  readonly slotBytes = 30;
  readonly #context: PolicyContext;
  #marks: Int32Array = new Int32Array(FIRST_SLOT);
  /** The number of accesses so far, modulo 2^32. */
  #now = 0;
  #count = 0;
  #weight = 0;
  #newcomer: Slot = 0;
  #model: ReuseModel = NO_MODEL;
  #ghosts: GhostTable | undefined;
  readonly #sketch = new FrequencySketch(SKETCH_LIFETIME);
  #learnedAt = 0;
  #evictions = 0;
  /** Uses of an entry that are less than this many accesses apart count as one. */
  #sameUse = 0;
  #candidates: Candidates | undefined;
  #hand: Slot = FIRST_SLOT;
  #stride = 1;

  constructor(context: PolicyContext) {
    this.#context = context;
    this.#now = context.seed | 0;
  }

  add(slot: Slot, hash: number): void {
    const now = (this.#now = (this.#now + 1) | 0);
    this.#count++;
    this.#weight += this.#weigh(slot);
    this.#newcomer = slot;
    this.#marks[slot] = (now << HISTORY_BITS) | this.#recall(hash);
    linkFirst(this.#context.links, 0, slot);
    if (this.#model === NO_MODEL && 2 * this.#count >= this.#room()) this.#fit(this.#room());
  }

  access(slot: Slot): void {
    // `ageOf` and `diceOf` are written out: V8 inlines all of a hit only while it is short
    // (docs/decisions/hit-path.md).
    const now = (this.#now = (this.#now + 1) | 0);
    const marks = this.#marks;
    const mark = marks[slot]!;
    const stamp = now << HISTORY_BITS;
    const age = ((stamp | HISTORY_MASK) - mark) >>> HISTORY_BITS;
    if (age < this.#sameUse) return;
    const dice = Math.imul(now, 0x9e3779b1) >>> 20;
    marks[slot] = stamp | this.#model.reuse(mark & HISTORY_MASK, age, dice);
  }

  update(slot: Slot, oldWeight: number): void {
    this.reweigh(slot, oldWeight);
    this.access(slot);
  }

  reweigh(slot: Slot, oldWeight: number): void {
    this.#weight += this.#weigh(slot) - oldWeight;
  }

  remove(slot: Slot): void {
    this.#weight -= this.#weigh(slot);
    this.#drop(slot);
  }

  evict(given: Slot): Slot {
    const model = this.#fittingModel();
    if (++this.#evictions >= Math.max(LEAST_PERIOD, model.entries * PERIOD)) this.#learn(model);
    const newcomer = given === 0 ? this.#newcomer : 0;
    const slot = this.#victim(model, given || newcomer, newcomer !== 0);
    this.#remember(model, slot);
    this.#weight -= this.#weigh(slot);
    this.#drop(slot);
    return slot;
  }

  move(from: Slot, to: Slot): void {
    this.#marks[to] = this.#marks[from]!;
    this.#marks[from] = 0;
    if (this.#newcomer === from) this.#newcomer = to;
    replaceLinked(this.#context.links, from, to);
  }

  clear(): void {
    const { links } = this.#context;
    links[0] = links[1] = 0;
    this.#marks = new Int32Array(FIRST_SLOT);
    this.#count = 0;
    this.#weight = 0;
    this.#newcomer = 0;
    this.#forgetAll();
  }

  grow(length: number): void {
    const marks = new Int32Array(length);
    marks.set(this.#marks.subarray(0, length));
    this.#marks = marks;
    this.#candidates = undefined;
    this.#hand = FIRST_SLOT;
    this.#stride = strideOver(length - FIRST_SLOT);
    if (this.#model.entries > 2 * DRIFT * length) this.#forgetAll();
  }

  resize(): void {}

  colder(slot: Slot): Slot {
    return colderOf(this.#context.links, 1, slot);
  }

  hotter(slot: Slot): Slot {
    return hotterOf(this.#context.links, 1, slot);
  }

  #drop(slot: Slot): void {
    unlink(this.#context.links, slot);
    this.#marks[slot] = 0;
    this.#count--;
    if (slot === this.#newcomer) this.#newcomer = 0;
  }

  /** The history of a newcomer, whose key may have been in the cache before. */
  #recall(hash: number): History {
    if (this.#ghosts === undefined) return historyOf(1);
    const word = this.#ghosts.take(hash);
    if (word === 0) return historyOf(this.#sketch.frequency(hash) + 1);
    const age = ghostAge(word, this.#unitsAt(this.#model, this.#now));
    return this.#model.reuseAtUnit(ghostHistory(word), age, diceOf(this.#now));
  }

  /** Remembers the key of an entry that is evicted. */
  #remember(model: ReuseModel, slot: Slot): void {
    if (this.#ghosts === undefined) {
      this.#ghosts = new GhostTable(Math.ceil(GHOSTS * model.entries));
      this.#sketch.reset(model.entries);
    }
    const now = this.#now;
    const mark = this.#marks[slot]!;
    const history = mark & HISTORY_MASK;
    const hash = this.#context.hashes![slot]!;
    const unit = this.#unitsAt(model, now);
    const gone = this.#ghosts.put(
      hash,
      history,
      this.#unitsAt(model, now - ageOf(mark, now)),
      unit,
    );
    if (gone !== 0) model.expireAtUnit(ghostHistory(gone), ghostAge(gone, unit));
    this.#sketch.raise(hash, usesOf(history));
  }

  /**
   * Draws some more entries, which take the places of candidates of higher density, and returns the
   * candidate of the lowest density. `spared` is not a candidate. It is the newcomer that room is
   * made for if `mayRefuse`; else it is an entry that the cache spares, or 0.
   */
  #victim(model: ReuseModel, spared: Slot, mayRefuse: boolean): Slot {
    const overhead = this.#overhead();
    const candidates = (this.#candidates ??= new Candidates());
    const draws = overhead > 0 ? WEIGHTED_DRAWS : DRAWS;
    candidates.read = this.#prefetch(draws);
    // Each place is challenged at most once before the winners enter.
    for (let left = draws; left > 0; left -= CANDIDATES) {
      const taken = this.#draw(model, candidates, spared, overhead, Math.min(left, CANDIDATES));
      candidates.enter(taken, this.#marks, overhead > 0);
    }
    for (;;) {
      const place = candidates.lowest(overhead > 0);
      const slot = candidates.slots[place]!;
      const density = candidates.densities[place]!;
      // With weights, a newcomer may have the lowest density of all.
      if (overhead > 0 && mayRefuse) {
        if (this.#densityOf(model, spared, overhead) <= density) return spared;
      }
      if (density === Infinity) return this.#oldestBut(spared);
      candidates.free(place);
      if (slot !== spared && this.#marks[slot] === candidates.marks[place]) return slot;
    }
  }

  /**
   * Draws entries, each of which challenges the next candidate and wins unless its density is
   * higher. Writes the winners to the `entering` arrays, and returns their number. A winner
   * advances that number, by which the next entry is written: so no branch depends on a density.
   */
  #draw(
    model: ReuseModel,
    candidates: Candidates,
    spared: Slot,
    overhead: number,
    draws: number,
  ): number {
    const { densities: heldDensities, bits } = candidates;
    const { densities, densityBits, most, scale } = model;
    const shift = HISTORY_BITS + model.shift;
    const all = this.#marks;
    const stamp = (this.#now << HISTORY_BITS) | HISTORY_MASK;
    const end = all.length;
    const stride = this.#stride;
    let slot = this.#hand;
    let place = candidates.last;
    let taken = 0;
    for (let left = draws; left > 0; left--) {
      slot += stride;
      slot -= (end - FIRST_SLOT) & ((end - 1 - slot) >> 31);
      const mark = all[slot]!;
      // `model.density` is written out: an eviction spends most of its time here.
      const shifted = (stamp - mark) >>> shift;
      const unit = Math.imul(shifted < most ? shifted : most, scale) >>> FRACTION_BITS;
      const cell = ROWS[mark & HISTORY_MASK]! + BUCKET_OF[unit]!;
      let drawnBits = densityBits[cell]!;
      const next = (place + 1) & (CANDIDATES - 1);
      const heldBits = bits[next]!;
      if (mark === 0 || slot === spared) continue;
      place = next;
      if (overhead > 0) {
        const density = densities[cell]! / (this.#weigh(slot) + overhead);
        drawnBits = bitsOf(density);
        if (drawnBits === heldBits && density > heldDensities[place]!) continue;
        enteringDensities[taken] = density;
      }
      enteringSlots[taken] = slot;
      enteringPlaces[taken] = place;
      enteringBits[taken] = drawnBits;
      taken += (drawnBits - heldBits - 1) >>> 31;
    }
    this.#hand = slot;
    candidates.last = place;
    return taken;
  }

  /**
   * Reads the marks of the entries to draw, so that a large cache waits for memory once for all.
   */
  #prefetch(draws: number): number {
    const all = this.#marks;
    const end = all.length;
    if (end < MANY) return 0;
    const stride = this.#stride;
    let slot = this.#hand;
    let read = 0;
    for (let left = draws; left > 0; left--) {
      slot += stride;
      if (slot >= end) slot -= end - FIRST_SLOT;
      read ^= all[slot]!;
    }
    return read;
  }

  /** The density of an entry, divided by its weight. */
  #densityOf(model: ReuseModel, slot: Slot, overhead: number): number {
    const mark = this.#marks[slot]!;
    const density = model.density(mark & HISTORY_MASK, ageOf(mark, this.#now));
    return density / (this.#weigh(slot) + overhead);
  }

  /** The entry that arrived first; not `spared`, unless it is the only entry. */
  #oldestBut(spared: Slot): Slot {
    const { links } = this.#context;
    const oldest = lastOf(links, 0);
    return oldest === spared && this.#count > 1 ? links[(oldest << RECORD) | PREVIOUS]! : oldest;
  }

  /**
   * The room that an entry takes in addition to its weight, in the unit of weights: its part of the
   * bound in entries, and a little more, so that entries of weight 0 are evicted in their turn. 0
   * if weights do not matter.
   */
  #overhead(): number {
    const { weights, capacity, max } = this.#context;
    if (weights === undefined || capacity === Infinity) return 0;
    return capacity / max + Math.max(this.#weight / this.#count / 64, Number.MIN_VALUE);
  }

  /** The model, created again if the number of entries has changed much since it was created. */
  #fittingModel(): ReuseModel {
    // An eviction that the caller asks for may come long before the cache is full.
    const entries = Math.min(this.#room() || Infinity, 2 * this.#count);
    const model = this.#model;
    if (entries <= DRIFT * model.entries && model.entries <= DRIFT * entries) return model;
    return this.#fit(entries);
  }

  #fit(entries: number): ReuseModel {
    this.#forgetAll();
    this.#learnedAt = this.#now;
    this.#evictions = 0;
    const sameUse = this.#context.weights === undefined ? SAME_USE : WEIGHTED_SAME_USE;
    this.#sameUse = Math.ceil(entries * sameUse) | 0;
    this.#model = new ReuseModel(Math.max(1, entries));
    return this.#model;
  }

  #forgetAll(): void {
    this.#model = NO_MODEL;
    this.#sameUse = 0;
    this.#candidates = undefined;
    this.#ghosts = undefined;
    this.#sketch.reset(0);
  }

  #learn(model: ReuseModel): void {
    const now = this.#now;
    const marks = this.#marks;
    const slots = marks.length - FIRST_SLOT;
    const step = Math.max(1, slots / SAMPLE);
    for (let at = (diceOf(now) / 4096) * step; at < slots; at += step) {
      const mark = marks[FIRST_SLOT + (at | 0)]!;
      if (mark !== 0) model.observe(mark & HISTORY_MASK, ageOf(mark, now), step);
    }
    if (this.#ghosts !== undefined) this.#observeGhosts(model, this.#ghosts);
    model.learn((now - this.#learnedAt) >>> 0);
    this.#learnedAt = now;
    this.#evictions = 0;
  }

  #observeGhosts(model: ReuseModel, ghosts: GhostTable): void {
    const unit = this.#unitsAt(model, this.#now);
    const step = Math.max(1, ghosts.length / SAMPLE);
    for (let at = (diceOf(this.#now) / 4096) * step; at < ghosts.length; at += step) {
      const word = ghosts.word(at | 0);
      if (word !== 0) model.observeAtUnit(ghostHistory(word), ghostAge(word, unit), step);
    }
  }

  #unitsAt(model: ReuseModel, access: number): number {
    return (((access >>> 0) * UNITS) / model.entries) & TIME_MASK;
  }

  /** The number of entries that the cache can hold at their present average weight. */
  #room(): number {
    const { weights, capacity, max } = this.#context;
    return weights === undefined
      ? capacity
      : Math.min(max, (this.#count * capacity) / this.#weight);
  }

  #weigh(slot: Slot): number {
    const { weights } = this.#context;
    return weights === undefined ? 1 : weights[slot]!;
  }
}

/** The number of accesses since the last use, modulo 2^26. */
function ageOf(mark: number, now: number): number {
  return ((now << HISTORY_BITS) - (mark & ~HISTORY_MASK)) >>> HISTORY_BITS;
}

/** Twelve pseudo-random bits, computed from the number of an access. */
function diceOf(now: number): number {
  return Math.imul(now, 0x9e3779b1) >>> 20;
}

/**
 * A step that visits each of a number of slots once before it visits one again, and spreads the
 * visits as the golden section does.
 */
function strideOver(slots: number): number {
  let stride = Math.max(1, Math.floor(slots * 0.618));
  while (greatestCommonDivisor(stride, slots) > 1) stride++;
  return stride;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
