import { hostClock } from "@heapwise/lru/slots";
import { FakeClock } from "@heapwise/testkit";
import { describe, expect, it } from "vitest";
import { epochs } from "./collection-epochs.ts";
import { Residence, type MinResidence } from "./residence.ts";

/** A residence into which numbers are written as keys; what it tells is which of them it holds. */
function residenceOf(conditions: MinResidence, clock = new FakeClock()) {
  const residence = new Residence<number>(conditions, clock);
  return {
    residence,
    clock,
    write: (key: number) => residence.hold(key, {}, residence.now()),
    collect: () => {
      epochs.count++;
      residence.release(residence.now());
    },
  };
}

describe("A residence", () => {
  it("is for so many other entries", () => {
    const { residence, write } = residenceOf({ entries: 2 });
    for (let key = 0; key < 5; key++) write(key);
    expect(residence.keys()).toEqual([3, 4]);
    write(3);
    expect(residence.keys()).toEqual([4, 3]);
    residence.drop(4);
    write(5);
    write(6);
    expect(residence.keys()).toEqual([5, 6]);
    residence.clear();
    expect(residence.keys()).toEqual([]);
    write(7);
    expect(residence.keys()).toEqual([7]);
  });

  it("is for so long, and ends by a timer", () => {
    const { residence, clock, write } = residenceOf({ ms: 1000 });
    write(1);
    clock.advance(600);
    write(2);
    expect(residence.keys()).toEqual([1, 2]);
    clock.advance(450);
    expect(residence.keys()).toEqual([2]);
    clock.advance(700);
    expect([residence.keys(), clock.pending]).toEqual([[], []]);
    write(3);
    expect(clock.pending.length).toBe(1);
    residence.clear();
    expect(clock.pending).toEqual([]);
  });

  it("arms no timer on a clock that has none, nor for ever", () => {
    const clock = new FakeClock();
    const residence = new Residence<number>({ ms: 10 }, { now: clock.now });
    residence.hold(1, {}, residence.now());
    clock.advance(20);
    expect(residence.keys()).toEqual([1]);
    residence.hold(2, {}, residence.now());
    expect(residence.keys()).toEqual([2]);
    const forever = residenceOf({ ms: Infinity }, clock);
    forever.write(1);
    expect([forever.residence.keys(), clock.pending]).toEqual([[1], []]);
  });

  it("is for so many collections", () => {
    const { residence, write, collect } = residenceOf({ epochs: 2 });
    write(1);
    collect();
    write(2);
    expect(residence.keys()).toEqual([1, 2]);
    collect();
    expect(residence.keys()).toEqual([2]);
    collect();
    expect(residence.keys()).toEqual([]);
  });

  it("ends when all of its conditions are over", () => {
    const { residence, clock, write, collect } = residenceOf({ ms: 10, entries: 1, epochs: 1 });
    write(1);
    clock.advance(100);
    collect();
    expect(residence.keys()).toEqual([1]);
    write(2);
    expect(residence.keys()).toEqual([2]);
  });

  it("costs the same however many have passed", () => {
    const residence = new Residence<number>({ entries: 3 }, hostClock);
    for (let key = 0; key < 300_000; key++) residence.hold(key, {}, 0);
    expect(residence.keys()).toEqual([299_997, 299_998, 299_999]);
  });

  it("refuses a clock that tells no time, and holds what it held", () => {
    const residence = new Residence<number>({ ms: 10 }, { now: () => NaN });
    expect(() => residence.now()).toThrow(TypeError);
  });
});
