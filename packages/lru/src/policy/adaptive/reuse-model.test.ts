import { describe, expect, it } from "vitest";
import {
  BUCKET_OF,
  FRACTION_BITS,
  historyOf,
  ReuseModel,
  ROWS,
  UNITS,
  usesOf,
} from "./reuse-model.ts";

const ENTRIES = 320;
/** Accesses in a unit of age. */
const UNIT = ENTRIES / UNITS;
const ONCE = historyOf(1);

describe("Before it has learned, the model", () => {
  it("expects more uses of a key that was used more often", () => {
    const model = new ReuseModel(ENTRIES);
    for (const age of [0, ENTRIES, 5 * ENTRIES]) {
      const densities = [1, 2, 4, 9, 15].map((uses) => model.density(historyOf(uses), age));
      expect(densities).toEqual([...densities].sort((a, b) => a - b));
    }
  });

  it("expects fewer uses of a key that was used longer ago, and none in the end", () => {
    const model = new ReuseModel(ENTRIES);
    const ages = [0, 1, 2, 4, 8, 16, 40].map((turns) => model.density(ONCE, turns * ENTRIES));
    expect(ages).toEqual([...ages].sort((a, b) => b - a));
    expect(ages.at(-1)).toBe(0);
  });
});

describe("After it has learned, the model", () => {
  it("expects a use at its usual time: in a loop the density rises with age", () => {
    const model = new ReuseModel(ENTRIES);
    for (let i = 0; i < 20_000; i++) model.reuse(ONCE, 2 * ENTRIES, 0);
    model.learn(0);
    const young = model.density(ONCE, 0);
    const ripe = model.density(ONCE, 1.8 * ENTRIES);
    const overdue = model.density(ONCE, 4 * ENTRIES);
    expect(ripe).toBeGreaterThan(3 * young);
    expect(overdue).toBeLessThan(young);
  });

  it("expects few uses of a class that is never used again", () => {
    const model = new ReuseModel(ENTRIES);
    const before = model.density(ONCE, 0);
    for (let i = 0; i < 20_000; i++) model.expireAtUnit(ONCE, 100);
    model.learn(0);
    expect(model.density(ONCE, 0)).toBeLessThan(before / 5);
  });

  it("counts lives that are still open against reuse, until the next estimate", () => {
    const model = new ReuseModel(ENTRIES);
    const before = model.density(ONCE, 0);
    model.observe(ONCE, 3 * ENTRIES, 20_000);
    model.learn(0);
    expect(model.density(ONCE, 0)).toBeLessThan(before / 2);
    model.learn(0);
    expect(model.density(ONCE, 0)).toBeCloseTo(before, 6);
  });

  it("estimates the chance of reuse at a constant hazard", () => {
    const model = new ReuseModel(ENTRIES);
    // One life in four ends in each unit, so a life spends 7/8 of a unit in it on average.
    for (let unit = 0, lives = 4_000_000; unit < 40; unit++, lives *= 0.75) {
      for (let i = 0; i < lives / 400; i++) model.reuseAtUnit(ONCE, unit, 0);
    }
    model.learn(0);
    for (const unit of [0, 2, 5, 10]) {
      const density = model.density(ONCE, unit * UNIT);
      expect(density).toBeGreaterThan(0.27);
      expect(density).toBeLessThan(0.31);
    }
  });

  it("loses half of its counts in 64 accesses per entry", () => {
    const densities = [0, 64 * ENTRIES, 64_000 * ENTRIES].map((accesses) => {
      const model = new ReuseModel(ENTRIES);
      for (let i = 0; i < 200; i++) model.expireAtUnit(ONCE, 100);
      model.learn(accesses);
      model.learn(0);
      return model.density(ONCE, 0);
    });
    expect(densities[1]).toBeGreaterThan(densities[0]!);
    expect(densities[2]).toBeCloseTo(new ReuseModel(ENTRIES).density(ONCE, 0), 6);
  });
});

describe("Histories", () => {
  it("add a use, up to 15, and differ after a short gap and a long gap", () => {
    const model = new ReuseModel(ENTRIES);
    let history = ONCE;
    for (let uses = 2; uses <= 20; uses++) {
      history = model.reuse(history, UNIT, 4095);
      expect(usesOf(history)).toBe(Math.min(15, uses));
    }
    expect(model.reuse(ONCE, ENTRIES / 8, 0)).not.toBe(model.reuse(ONCE, ENTRIES / 2, 0));
  });

  it("only add a use in a model without entries", () => {
    const none = new ReuseModel(0);
    for (const age of [1, 2, 1000, 2 ** 26 - 1]) {
      const next = Array.from({ length: 15 }, (_, i) => none.reuse(historyOf(i + 1), age, 4095));
      expect(next).toEqual(Array.from({ length: 15 }, (_, i) => historyOf(i + 2)));
    }
  });

  it("are the same for an age in accesses and in units", () => {
    const model = new ReuseModel(128 * UNITS);
    for (let unit = 0; unit < 1600; unit++) {
      for (const uses of [1, 7, 14, 15]) {
        for (const dice of [0, 1000, 2000, 3000, 4095]) {
          const next = model.reuseAtUnit(historyOf(uses), unit, dice);
          expect(model.reuse(historyOf(uses), 128 * unit, dice)).toBe(next);
          expect(model.reuse(historyOf(uses), 128 * unit + 127, dice)).toBe(next);
        }
      }
    }
  });

  it("lose uses of long ago", () => {
    const model = new ReuseModel(ENTRIES);
    const many = historyOf(14);
    expect(usesOf(model.reuse(many, 30 * ENTRIES, 2048))).toBeLessThan(10);
    expect(usesOf(model.reuse(many, UNIT, 2048))).toBe(15);
  });

  it.each([1, 2, 3, 63, 64, 65, 1000, 10 ** 6, 10 ** 8, 1.5])(
    "measure ages for %d entries",
    (entries) => {
      const model = new ReuseModel(entries);
      const ages = [0, 1, 10, 10 ** 3, 10 ** 5, 2 ** 26 - 1];
      const densities = ages.map((age) => model.density(ONCE, age));
      expect(densities.every((density) => density >= 0)).toBe(true);
      expect(densities).toEqual([...densities].sort((a, b) => b - a));
    },
  );

  it.each([1, 1.5, 2, 3, 63, 64, 65, 1000, 10 ** 6, 10 ** 8])(
    "find the same density where an eviction looks it up, for %d entries",
    (entries) => {
      const model = new ReuseModel(entries);
      const ages = Array.from({ length: 4000 }, (_, i) => Math.floor(2 ** ((i / 4000) * 26)) - 1);
      for (const age of [...ages, 2 ** 26 - 1]) {
        const shifted = Math.min(age >>> model.shift, model.most);
        const unit = Math.imul(shifted, model.scale) >>> FRACTION_BITS;
        const cell = ROWS[ONCE]! + BUCKET_OF[unit]!;
        expect(model.densities[cell]).toBe(model.density(ONCE, age));
      }
    },
  );
});
