/**
 * Evicts the entry of the lowest hit density: uses to be expected per unit of time and of room. What
 * is to be expected of an entry depends on how often its key was used, on the gap between its last
 * two uses, and on its age since the last one; `ReuseModel` learns how, from the cache's own keys.
 * So there is no window to size, no recency or frequency to prefer: loops, scans, skew and streams
 * are what the densities say they are.
 *
 * A hit writes one word and counts one life; one that follows on the use before, not even that. An
 * eviction looks at two dozen entries, far apart in the store, each of which takes a place among 32
 * candidates from the one that has it if its density is lower:
 *
 *     entries      e1   e2   ...  e24
 *                   v    v         v        places in turn
 *     candidates   k1   k2   ...  k24  ...  k32
 *     victim       the lowest of them that was not used since it became one
 *
 * With weights, it is density by weight, and a newcomer may itself be the lowest.
 *
 * Keys that left are remembered with their history, in a ghost table for as long as 1.75 times the
 * entries, and by their uses alone in a sketch for longer. Both only cost a miss.
 *
 * Invariants:
 * - A mark is not 0 exactly while its slot is tracked: the access of the last use, above the history.
 * - A candidate whose mark differs from the one it was judged by is none any more: it was used, or
 *   it left and its slot may belong to another entry.
 * - A newcomer of a cache without weights outlives the eviction that makes room for it.
 * - List 0 holds the entries in order of arrival.
 *
 * The design is this project's own; the decision record tells what it was compared with. Not for
 * those who need to foresee which entry leaves next: `lru` is exact.
 */
import { FIRST_SLOT, PREVIOUS, RECORD } from "../../table/slot-store.ts";
import {
  bitsOf,
  CANDIDATES,
  Candidates,
  enteringBits,
  enteringPlaces,
  enteringSlots,
  enteringWorths,
} from "./candidates.ts";
import { FrequencySketch } from "../frequency-sketch.ts";
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
import { colderOf, hotterOf, lastOf, linkFirst, replaceLinked, unlink } from "../slot-lists.ts";

/** Learns which entries will be used again soonest for the room they take: the best hit ratios, at all kinds of use. */
export function adaptive(): PolicyFactory {
  return (context) => new AdaptivePolicy(context);
}

/** Entries that an eviction looks at; by weight they differ more. */
const DRAWS = 24;
const WEIGHTED_DRAWS = 64;
/** Uses within so many accesses per entry count as one: bursts say little of the next use. */
const SAME_USE = 1 / 32;
const WEIGHTED_SAME_USE = 1 / 256;
/** Keys that are remembered with their history, per entry. */
const GHOSTS = 1.75;
/** Evictions per entry in which the sketch forgets by half. */
const SKETCH_LIFETIME = 8;
/** Evictions per entry between two estimates, and at least so many evictions. */
const PERIOD = 1 / 8;
const LEAST_PERIOD = 500;
/** Entries and ghosts that are looked at for an estimate. */
const SAMPLE = 512;
/** Marks that do not fit into the nearest of the processor's caches. */
const MANY = 16_384;
/** The model, ghosts and sketch are made anew when the cache holds so many times more or fewer entries. */
const DRIFT = 1.5;

/** That of all caches less than half full: nobody asks what it counted. */
const NO_MODEL = /* @__PURE__ */ new ReuseModel(0);

class AdaptivePolicy implements EvictionPolicy {
  /** A mark, ghosts, and a sketch. */
  readonly slotBytes = 30;
  readonly #context: PolicyContext;
  #marks: Int32Array = new Int32Array(FIRST_SLOT);
  /** Accesses so far, modulo 2^32. */
  #now = 0;
  #count = 0;
  #weight = 0;
  #newcomer: Slot = 0;
  #model: ReuseModel = NO_MODEL;
  #ghosts: GhostTable | undefined;
  readonly #sketch = new FrequencySketch(SKETCH_LIFETIME);
  #learnedAt = 0;
  #evictions = 0;
  /** Uses of an entry within so many accesses count as one. */
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
    // Ages and dice are written out: V8 inlines all of a hit only while it is short (docs/decisions/bundle.md).
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

  evict(spared: Slot): Slot {
    const model = this.#fittingModel();
    if (++this.#evictions >= Math.max(LEAST_PERIOD, model.entries * PERIOD)) this.#learn(model);
    const slot = this.#victim(model, spared);
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

  /** History of a newcomer, whose key may have been here before. */
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
   * Looks at some more entries, each of which takes a place among the candidates from one of higher
   * density, and returns the worst candidate. The newcomer that room is made for, or who is spared
   * instead of it, is none.
   */
  #victim(model: ReuseModel, spared: Slot): Slot {
    const passed = spared || this.#newcomer;
    const overhead = this.#overhead();
    const candidates = (this.#candidates ??= new Candidates());
    const draws = overhead > 0 ? WEIGHTED_DRAWS : DRAWS;
    candidates.read = this.#prefetch(draws);
    // Each place is to be taken once at most at a time.
    for (let left = draws; left > 0; left -= CANDIDATES) {
      const taken = this.#draw(model, candidates, passed, overhead, Math.min(left, CANDIDATES));
      candidates.enter(taken, this.#marks, overhead > 0);
    }
    for (;;) {
      const place = candidates.worst(overhead > 0);
      const slot = candidates.slots[place]!;
      const worth = candidates.worths[place]!;
      // By weight, a newcomer may be the worst of all.
      if (overhead > 0 && spared === 0 && passed !== 0) {
        if (this.#worth(model, passed, overhead) <= worth) return passed;
      }
      if (worth === Infinity) return this.#oldestBut(passed);
      candidates.free(place);
      if (slot !== passed && this.#marks[slot] === candidates.marks[place]) return slot;
    }
  }

  /**
   * Looks at some more entries, each of which is to take the next candidate's place, unless that one
   * is of lower density. Answers with how many are. Whether one is decides where the next is written
   * down, and not a branch.
   */
  #draw(
    model: ReuseModel,
    candidates: Candidates,
    passed: Slot,
    overhead: number,
    draws: number,
  ): number {
    const { worths, bits } = candidates;
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
      // model.density, written out: this is most of what an eviction takes.
      const shifted = (stamp - mark) >>> shift;
      const unit = Math.imul(shifted < most ? shifted : most, scale) >>> FRACTION_BITS;
      const cell = ROWS[mark & HISTORY_MASK]! + BUCKET_OF[unit]!;
      let rank = densityBits[cell]!;
      const next = (place + 1) & (CANDIDATES - 1);
      const held = bits[next]!;
      if (mark === 0 || slot === passed) continue;
      place = next;
      if (overhead > 0) {
        const worth = densities[cell]! / (this.#weigh(slot) + overhead);
        rank = bitsOf(worth);
        if (rank === held && worth > worths[place]!) continue;
        enteringWorths[taken] = worth;
      }
      enteringSlots[taken] = slot;
      enteringPlaces[taken] = place;
      enteringBits[taken] = rank;
      taken += (rank - held - 1) >>> 31;
    }
    this.#hand = slot;
    candidates.last = place;
    return taken;
  }

  /** Reads the marks of the entries to be drawn, so that a large cache waits for memory once, and not for each. */
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

  #worth(model: ReuseModel, slot: Slot, overhead: number): number {
    const mark = this.#marks[slot]!;
    const density = model.density(mark & HISTORY_MASK, ageOf(mark, this.#now));
    return density / (this.#weigh(slot) + overhead);
  }

  #oldestBut(passed: Slot): Slot {
    const { links } = this.#context;
    const oldest = lastOf(links, 0);
    return oldest === passed && this.#count > 1 ? links[(oldest << RECORD) | PREVIOUS]! : oldest;
  }

  /**
   * What an entry costs beside its weight, in the unit of weights: its part of the bound in entries,
   * and a little, so that weightless entries leave in their turn. 0 means that weights do not matter.
   */
  #overhead(): number {
    const { weights, capacity, max } = this.#context;
    if (weights === undefined || capacity === Infinity) return 0;
    return capacity / max + Math.max(this.#weight / this.#count / 64, Number.MIN_VALUE);
  }

  /** The model, made anew where the cache has come to hold many more or fewer entries than it was made for. */
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

  /** How many entries the cache can hold, at the weight that they have on average. */
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

/** Accesses since the last use, modulo 2^26. */
function ageOf(mark: number, now: number): number {
  return ((now << HISTORY_BITS) - (mark & ~HISTORY_MASK)) >>> HISTORY_BITS;
}

/** Twelve bits that look random, from the number of an access. */
function diceOf(now: number): number {
  return Math.imul(now, 0x9e3779b1) >>> 20;
}

/** A step that visits all of so many slots before it visits one again, and spreads them like the golden section. */
function strideOver(slots: number): number {
  let stride = Math.max(1, Math.floor(slots * 0.618));
  while (greatestCommonDivisor(stride, slots) > 1) stride++;
  return stride;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
