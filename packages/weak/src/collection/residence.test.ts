import { hostClock } from "@heapwise/lru/slots";
import { FakeClock } from "@heapwise/testkit";
import { afterEach, describe, expect, it, vi } from "vitest";
import { epochs } from "./collection-epochs.ts";
import { Residence, type MinResidence } from "./residence.ts";

const HOUR = 3_600_000;

afterEach(() => void vi.useRealTimers());

function thrown(): never {
  throw new Error("no time");
}

/** Keys whose values a residence holds, the oldest first: by its `Map` and by its ring. */
function heldBy({ held }: Residence<number>): number[] {
  const [oldest] = held.values();
  const inRing: number[] = [];
  for (let link = oldest; link && link !== oldest?.older; link = link.newer as typeof oldest) {
    inRing.push(link.key);
  }
  expect(inRing).toEqual([...held.keys()]);
  return inRing;
}

/**
 * Returns a residence. The test writes numbers as keys, and reads which of them the residence
 * holds.
 */
function residenceOf(conditions: MinResidence, clock = new FakeClock()) {
  const residence = new Residence<number>(conditions, clock);
  return {
    residence,
    clock,
    write: (key: number) => residence.hold(key, {}, residence.now()),
    collect: () => {
      epochs.count++;
      residence.onCollection();
    },
  };
}

describe("A residence", () => {
  it("lasts until the given number of other entries were written", () => {
    const { residence, write } = residenceOf({ entries: 2 });
    for (let key = 0; key < 5; key++) write(key);
    expect(heldBy(residence)).toEqual([3, 4]);
    write(3);
    expect(heldBy(residence)).toEqual([4, 3]);
    residence.drop(4);
    write(5);
    write(6);
    expect(heldBy(residence)).toEqual([5, 6]);
    residence.clear();
    expect(heldBy(residence)).toEqual([]);
    write(7);
    expect(heldBy(residence)).toEqual([7]);
  });

  it("lasts for the given time, and a timer ends it", () => {
    const { residence, clock, write } = residenceOf({ ms: 1000 });
    write(1);
    clock.advance(600);
    write(2);
    expect(heldBy(residence)).toEqual([1, 2]);
    clock.advance(450);
    expect(heldBy(residence)).toEqual([2]);
    clock.advance(700);
    expect([heldBy(residence), clock.pending]).toEqual([[], []]);
    write(3);
    expect(clock.pending.length).toBe(1);
    residence.clear();
    expect(clock.pending).toEqual([]);
  });

  it("arms no timer if its clock has no timers, or if the time is infinite", () => {
    const clock = new FakeClock();
    const residence = new Residence<number>({ ms: 10 }, { now: clock.now });
    residence.hold(1, {}, residence.now());
    clock.advance(20);
    expect(heldBy(residence)).toEqual([1]);
    residence.hold(2, {}, residence.now());
    expect(heldBy(residence)).toEqual([2]);
    const forever = residenceOf({ ms: Infinity }, clock);
    forever.write(1);
    expect([heldBy(forever.residence), clock.pending]).toEqual([[1], []]);
  });

  it("lasts for the given number of collections", () => {
    const { residence, write, collect } = residenceOf({ epochs: 2 });
    write(1);
    collect();
    write(2);
    expect(heldBy(residence)).toEqual([1, 2]);
    collect();
    expect(heldBy(residence)).toEqual([2]);
    collect();
    expect(heldBy(residence)).toEqual([]);
  });

  it("ends when all of its conditions are met", () => {
    const { residence, clock, write, collect } = residenceOf({ ms: 10, entries: 1, epochs: 1 });
    write(1);
    clock.advance(100);
    collect();
    expect(heldBy(residence)).toEqual([1]);
    write(2);
    expect(heldBy(residence)).toEqual([2]);
  });

  it("costs the same after any number of released values", () => {
    const residence = new Residence<number>({ entries: 3 }, hostClock);
    for (let key = 0; key < 300_000; key++) residence.hold(key, {}, 0);
    expect(heldBy(residence)).toEqual([299_997, 299_998, 299_999]);
  });

  it.each([
    ["an hour back", [-HOUR]],
    ["an hour forward and back", [HOUR, -HOUR]],
    ["a day back, again and again", [-24 * HOUR, -24 * HOUR]],
  ])("holds nothing longer because its clock steps %s", (_, steps) => {
    for (const isTimed of [false, true]) {
      const fake = new FakeClock(10 * HOUR);
      let shift = 0;
      const now = (): number => fake.now() + shift;
      const clock = isTimed ? { now, schedule: fake.schedule } : { now };
      const residence = new Residence<number>({ ms: 1000 }, clock);
      const write = (key: number): void => residence.hold(key, {}, residence.now());
      write(1);
      fake.advance(100);
      for (const step of steps) {
        shift += step;
        write(2);
      }
      fake.advance(900);
      write(3);
      fake.advance(999);
      residence.onCollection();
      expect(heldBy(residence)).toEqual([3]);
      fake.advance(17);
      residence.onCollection();
      expect([heldBy(residence), fake.pending]).toEqual([[], []]);
    }
  });

  it("counts no time that fakes of the host's clock have made", () => {
    const residence = new Residence<number>({ ms: 1000 }, hostClock);
    vi.useFakeTimers({ toFake: ["performance"], now: 0 });
    residence.hold(1, {}, residence.now());
    vi.advanceTimersByTime(900);
    residence.onCollection();
    vi.useRealTimers();
    vi.useFakeTimers({ toFake: ["performance"], now: 0 });
    vi.advanceTimersByTime(HOUR);
    residence.onCollection();
    expect(heldBy(residence)).toEqual([1]);
    vi.advanceTimersByTime(99);
    residence.onCollection();
    expect(heldBy(residence)).toEqual([1]);
    vi.advanceTimersByTime(1);
    residence.onCollection();
    expect(heldBy(residence)).toEqual([]);
  });

  it("counts the time that passes while fakes of the host's clock come and go", () => {
    let time = 5000;
    const genuine = { now: () => time };
    vi.stubGlobal("performance", genuine);
    const residence = new Residence<number>({ ms: 1000 }, hostClock);
    residence.hold(1, {}, residence.now());
    for (let i = 0; i < 10; i++) {
      expect(heldBy(residence)).toEqual([1]);
      vi.stubGlobal("performance", { now: () => i });
      time += 100;
      residence.onCollection();
      vi.stubGlobal("performance", genuine);
      residence.onCollection();
    }
    vi.unstubAllGlobals();
    expect(heldBy(residence)).toEqual([]);
  });

  it.each([
    ["throws", thrown],
    ["tells NaN", () => NaN],
    ["tells Infinity", () => Infinity],
  ])("lets go by its timer though its clock %s, and says so once for each time", (_, fail) => {
    const fake = new FakeClock();
    let now: () => number = fake.now;
    const onError = vi.fn();
    const clock = { now: () => now(), schedule: fake.schedule };
    const residence = new Residence<number>({ ms: 1000 }, clock, onError);
    residence.hold(1, {}, residence.now());
    fake.advance(600);
    residence.hold(2, {}, residence.now());
    now = fail;
    residence.onCollection();
    expect([heldBy(residence), onError.mock.calls.length]).toEqual([[1, 2], 1]);
    fake.advance(500);
    expect([heldBy(residence), onError.mock.calls.length]).toEqual([[2], 2]);
    fake.advance(10_000);
    expect([heldBy(residence), onError.mock.calls.length]).toEqual([[], 3]);
    expect(fake.pending).toEqual([]);
    expect(() => residence.now()).toThrow();
    now = fake.now;
    residence.hold(3, {}, residence.now());
    fake.advance(1100);
    expect([heldBy(residence), onError.mock.calls.length]).toEqual([[], 3]);
  });

  it("lasts for the given time even if the clock fails when a timer of another value fires", () => {
    const fake = new FakeClock();
    let now: () => number = fake.now;
    const clock = { now: () => now(), schedule: fake.schedule };
    const residence = new Residence<number>({ ms: 1000 }, clock, () => {});
    residence.hold(1, {}, residence.now());
    residence.drop(1);
    fake.advance(900);
    residence.hold(2, {}, residence.now());
    now = thrown;
    fake.advance(900);
    expect(heldBy(residence)).toEqual([2]);
    fake.advance(200);
    expect(heldBy(residence)).toEqual([]);
  });

  it("reports a timer that cannot be armed or cancelled, and tries again", () => {
    const onError = vi.fn();
    const fake = new FakeClock();
    const schedule = vi.fn(fake.schedule);
    const clock = { now: fake.now, schedule };
    const residence = new Residence<number>({ ms: 1000 }, clock, onError);
    schedule.mockImplementationOnce(thrown);
    residence.hold(1, {}, residence.now());
    expect([onError.mock.calls.length, fake.pending.length]).toEqual([1, 0]);
    schedule.mockImplementationOnce(() => thrown);
    residence.onCollection();
    residence.clear();
    expect(onError).toHaveBeenCalledTimes(2);
    residence.hold(2, {}, residence.now());
    fake.advance(1100);
    expect(heldBy(residence)).toEqual([]);
  });

  it("refuses a clock that returns no time, and still holds its values", () => {
    const residence = new Residence<number>({ ms: 10 }, { now: () => NaN });
    expect(() => residence.now()).toThrow(TypeError);
  });
});
