import { randomStream } from "@heapwise/testkit";
import { checkProperty } from "@heapwise/testkit/vitest";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { TimerWheel } from "./timer-wheel.ts";

const TICK = 1 / 64;
const FIRST = 4;
const YEAR = 365 * 24 * 3_600_000;

/**
 * Looks at `slots` slots at most, and adds the due slots to `due`. Returns whether it has finished.
 */
function sweep(
  wheel: TimerWheel,
  now: number,
  deadlineOf: (slot: number) => number,
  due: number[],
  slots = Infinity,
): boolean {
  let left = slots;
  let slot = wheel.reach(now);
  for (; slot !== 0 && left-- > 0; slot = wheel.reach(now)) {
    if (wheel.postpone(slot, deadlineOf(slot), now)) continue;
    wheel.cancel(slot);
    due.push(slot);
  }
  return slot === 0;
}

/** A wheel and a plain table of the deadlines that it has to keep. */
class Pair {
  readonly deadlines = new Map<number, number>();
  readonly wheel: TimerWheel = new TimerWheel();
  now: number;
  length: number;

  constructor(now = 0, length = 16) {
    this.now = now;
    this.length = length;
    this.wheel.reset(length, now);
  }

  arm(slot: number, deadline: number): void {
    this.deadlines.set(slot, deadline);
    this.wheel.arm(slot, deadline);
  }

  cancel(slot: number): void {
    this.deadlines.delete(slot);
    this.wheel.cancel(slot);
  }

  move(from: number, to: number): void {
    const deadline = this.deadlines.get(from);
    if (deadline === undefined || this.deadlines.has(to)) return;
    this.deadlines.delete(from);
    this.deadlines.set(to, deadline);
    this.wheel.move(from, to);
  }

  /** Sweeps, and checks that the due slots came, and no others. */
  advance(now: number): number[] {
    const due: number[] = [];
    expect(this.#sweep(now, due, Infinity)).toBe(true);
    for (const deadline of this.deadlines.values()) expect(deadline).toBeGreaterThan(now - TICK);
    this.checkNext();
    return due;
  }

  /** Looks at `slots` slots at most. Returns whether the sweep has finished. */
  advancePartly(now: number, slots: number): boolean {
    const due: number[] = [];
    const isDone = this.#sweep(now, due, slots);
    expect(due.length).toBeLessThanOrEqual(slots);
    if (!isDone) expect(this.wheel.next).toBeLessThanOrEqual(now + TICK);
    this.checkNext();
    return isDone;
  }

  #sweep(now: number, due: number[], slots: number): boolean {
    this.now = now;
    const isDone = sweep(this.wheel, now, (slot) => this.deadlines.get(slot)!, due, slots);
    expect(new Set(due).size).toBe(due.length);
    for (const slot of due) {
      expect(this.deadlines.get(slot)!).toBeLessThanOrEqual(now);
      this.deadlines.delete(slot);
    }
    return isDone;
  }

  turnBack(now: number): void {
    this.now = now;
    for (const slot of this.wheel.turnBack(now)) this.wheel.arm(slot, this.deadlines.get(slot)!);
  }

  checkNext(): void {
    const soonest = Math.min(Infinity, ...this.deadlines.values());
    if (this.deadlines.size === 0) expect(this.wheel.next).toBe(Infinity);
    else expect(this.wheel.next).toBeLessThanOrEqual(Math.max(soonest + TICK, this.now));
  }
}

describe("TimerWheel", () => {
  it("returns a slot at its deadline, not before, and slots in the order of time", () => {
    const pair = new Pair();
    [30, 10, 20, 10].forEach((deadline, i) => pair.arm(FIRST + i, deadline));

    expect(pair.advance(9.999)).toEqual([]);
    expect(pair.advance(10)).toEqual([FIRST + 1, FIRST + 3]);
    expect(pair.advance(1000)).toEqual([FIRST + 2, FIRST]);
    expect(pair.wheel.next).toBe(Infinity);
  });

  it.each([1 / 64, 1, 63, 64, 65, 4096, 1e6, 30 * 24 * 3.6e6, YEAR, 100 * YEAR])(
    "keeps a deadline in %d ms, from any time on",
    (length) => {
      for (const start of [0, 0.3, 12_345.678, Date.now(), -5000.5]) {
        const pair = new Pair(start);
        pair.arm(FIRST, start + length);
        pair.advance(start + length * 0.999 - 2 * TICK);
        expect(pair.deadlines.size).toBe(1);
        expect(pair.advance(start + length + TICK)).toEqual([FIRST]);
      }
    },
  );

  it("returns a slot at once if its deadline is in the past, and never without a deadline", () => {
    const pair = new Pair(1000);
    pair.arm(FIRST, 5);
    pair.wheel.arm(FIRST + 1, Infinity);
    pair.wheel.arm(FIRST + 2, 1e300);
    expect(pair.wheel.next).toBeLessThanOrEqual(1000);
    expect(pair.advance(1000)).toEqual([FIRST]);
    expect(pair.wheel.next).toBe(Infinity);
    expect(pair.advance(1e12)).toEqual([]);
  });

  it("finds out that a deadline was moved later", () => {
    const pair = new Pair();
    pair.arm(FIRST, 100);
    pair.deadlines.set(FIRST, 5000);
    expect(pair.advance(4999)).toEqual([]);
    expect(pair.advance(5000)).toEqual([FIRST]);
  });

  it("lets the caller cancel slots that are due at the same time", () => {
    const pair = new Pair();
    for (let slot = FIRST; slot < 10; slot++) pair.arm(slot, 10);
    const due: number[] = [];
    for (let slot = pair.wheel.reach(10); slot !== 0; slot = pair.wheel.reach(10)) {
      if (pair.wheel.postpone(slot, 10, 10)) continue;
      due.push(slot);
      pair.wheel.cancel(slot);
      pair.wheel.cancel(slot + 1);
    }
    expect(due).toEqual([4, 6, 8]);
    expect(pair.wheel.next).toBe(Infinity);
  });

  it("forgets the bucket of the last slot when its time changes", () => {
    const tick = 5003;
    const wheel = new TimerWheel();
    wheel.reset(16, 0);
    expect(wheel.reach(5000 * TICK)).toBe(0);
    wheel.arm(FIRST, tick * TICK);
    // A bucket of one tick.
    expect(wheel.next).toBe(tick * TICK);
    wheel.cancel(FIRST);

    wheel.reset(16, 0);
    wheel.arm(FIRST, tick * TICK);
    // A bucket of 64 * 64 ticks.
    expect(wheel.next).toBe(4096 * TICK);

    expect(sweep(wheel, 5000 * TICK, () => tick * TICK, [])).toBe(true);
    wheel.arm(FIRST + 1, tick * TICK);
    expect(wheel.next).toBe(tick * TICK);
  });

  it("is not early by a rounding error if the time is below zero", () => {
    const tiny = Number.MIN_VALUE;
    for (const [now, deadline] of [
      [-tiny, 0],
      [0, tiny],
    ] as const) {
      const pair = new Pair(-tiny);
      pair.arm(FIRST, deadline);
      expect(pair.advance(now)).toEqual([]);
      expect(pair.advance(now + TICK)).toEqual([FIRST]);
    }
  });

  it("finishes if it meets such an error at its last tick", () => {
    const deadline = 1e-10 - TICK;
    const wheel = new TimerWheel();
    wheel.reset(16, -(2 ** 42));
    wheel.arm(FIRST, deadline);
    expect(wheel.next).toBeLessThan(0);
    const due: number[] = [];
    sweep(wheel, -TICK, () => deadline, due);
    expect([due, wheel.next]).toEqual([[], Infinity]);
  });

  it("turns back, and returns all armed slots", () => {
    const pair = new Pair(1e6);
    pair.arm(FIRST, 1e6 + 500);
    pair.arm(FIRST + 1, 1e6 + 200);
    pair.turnBack(1000);
    pair.arm(FIRST + 2, 1100);
    expect(pair.advance(1100)).toEqual([FIRST + 2]);
    expect(pair.advance(1e6 + 200)).toEqual([FIRST + 1]);
    expect(pair.advance(1e6 + 500)).toEqual([FIRST]);
  });

  it("agrees with a table of deadlines after random operations", () => {
    const slot = fc.integer({ min: FIRST, max: 40 });
    const span = fc.oneof(
      fc.integer({ min: 0, max: 300 }),
      fc.double({ min: 0, max: 1e4, noNaN: true }),
      fc.constantFrom(64, 64 ** 2, 64 ** 3, 64 ** 4, 1e9, 1e11, YEAR),
    );
    const operation = fc.oneof(
      { weight: 6, arbitrary: fc.record({ name: fc.constant("arm" as const), slot, span }) },
      { weight: 2, arbitrary: fc.record({ name: fc.constant("cancel" as const), slot }) },
      { weight: 2, arbitrary: fc.record({ name: fc.constant("postpone" as const), slot, span }) },
      { weight: 1, arbitrary: fc.record({ name: fc.constant("move" as const), slot, to: slot }) },
      { weight: 4, arbitrary: fc.record({ name: fc.constant("advance" as const), span }) },
      {
        weight: 4,
        arbitrary: fc.record({
          name: fc.constant("advancePartly" as const),
          span: fc.oneof(fc.constant(0), span),
          slots: fc.integer({ min: 0, max: 4 }),
        }),
      },
      { weight: 1, arbitrary: fc.record({ name: fc.constant("turnBack" as const), span }) },
      { weight: 1, arbitrary: fc.record({ name: fc.constant("grow" as const) }) },
    );
    checkProperty(
      fc.property(fc.array(operation, { maxLength: 80, size: "max" }), (operations) => {
        const pair = new Pair(0, 41);
        for (const step of operations) {
          if (step.name === "arm") pair.arm(step.slot, pair.now + step.span);
          else if (step.name === "cancel") pair.cancel(step.slot);
          else if (step.name === "move") pair.move(step.slot, step.to);
          else if (step.name === "advance") pair.advance(pair.now + step.span);
          else if (step.name === "advancePartly") {
            pair.advancePartly(pair.now + step.span, step.slots);
          } else if (step.name === "grow") pair.wheel.grow((pair.length += 5));
          else if (step.name === "turnBack") {
            pair.turnBack(pair.now - step.span);
          } else if (pair.deadlines.has(step.slot)) {
            const later = pair.deadlines.get(step.slot)! + step.span;
            pair.deadlines.set(step.slot, later);
          }
          pair.checkNext();
        }
        pair.advance(pair.now + 3 * YEAR * 80);
        expect(pair.deadlines.size).toBe(0);
      }),
      { runs: 300 },
    );
  });

  it("continues in a bucket of any level, and returns slots that are armed in between in time", () => {
    for (const span of [1, 10, 100, 1000, 1e5, 1e7]) {
      const pair = new Pair(0, 1000);
      for (let slot = FIRST; slot < 500; slot++) pair.arm(slot, span + (slot % 7) * TICK);
      pair.arm(999, 2 * span);
      let next = 500;
      while (!pair.advancePartly(span + TICK * 7, 10)) pair.arm(next++, span + next * TICK);
      expect([...pair.deadlines.keys()]).toContain(999);
      const late = [...pair.deadlines.keys()].filter((slot) => slot < 500);
      expect([late, next > 510]).toEqual([[], true]);
      pair.advance(2 * span + 1000);
      expect(pair.deadlines.size).toBe(0);
    }
  });

  it("turns back and is reset in the middle of a bucket", () => {
    for (const isReset of [false, true]) {
      const pair = new Pair(0, 100);
      for (let slot = FIRST; slot < 50; slot++) pair.arm(slot, 1000);
      expect(pair.advancePartly(1000, 60)).toBe(false);
      if (isReset) {
        pair.wheel.reset(100, 500);
        pair.deadlines.clear();
        expect(pair.wheel.next).toBe(Infinity);
      } else pair.turnBack(500);
      pair.arm(60, 600);
      expect(pair.advance(600)).toEqual([60]);
      pair.advance(1000);
      expect(pair.deadlines.size).toBe(0);
    }
  });

  it("moves a slot a few times at most, however late its deadline is", () => {
    let looks = 0;
    const count = 10_000;
    const random = randomStream(1);
    const deadlines = Float64Array.from({ length: count }, () => random() * YEAR);
    const wheel = new TimerWheel();
    wheel.reset(count, 0);
    for (let slot = FIRST; slot < count; slot++) wheel.arm(slot, deadlines[slot]!);
    const due: number[] = [];
    const deadlineOf = (slot: number): number => (looks++, deadlines[slot]!);
    for (let now = 0; now <= YEAR; now += YEAR / 1000) sweep(wheel, now, deadlineOf, due);
    expect(due.length).toBe(count - FIRST);
    expect(looks).toBeLessThanOrEqual(12 * count);
  });
});
