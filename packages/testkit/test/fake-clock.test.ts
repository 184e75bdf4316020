import { describe, expect, it } from "vitest";
import { FakeClock } from "../src/index.ts";

describe("FakeClock", () => {
  it("does not move until it is advanced", () => {
    const clock = new FakeClock(100);
    expect(clock.now()).toBe(100);
    clock.advance(5);
    expect(clock.now()).toBe(105);
  });

  it("runs timers in the order of their due times, each at its own time", () => {
    const clock = new FakeClock();
    const log: [string, number][] = [];
    clock.schedule(() => log.push(["late", clock.now()]), 20);
    clock.schedule(() => log.push(["early", clock.now()]), 10);
    clock.schedule(() => log.push(["early too", clock.now()]), 10);

    clock.advance(25);

    expect(log).toEqual([
      ["early", 10],
      ["early too", 10],
      ["late", 20],
    ]);
    expect(clock.now()).toBe(25);
  });

  it("runs a timer that another timer has scheduled", () => {
    const clock = new FakeClock();
    const log: number[] = [];
    const tick = (): void => {
      log.push(clock.now());
      clock.schedule(tick, 10);
    };
    clock.schedule(tick, 10);

    clock.advance(35);

    expect(log).toEqual([10, 20, 30]);
    expect(clock.pending).toEqual([{ dueAt: 40, delay: 10 }]);
  });

  it("does not run a timer that was cancelled", () => {
    const clock = new FakeClock();
    const cancel = clock.schedule(() => expect.unreachable(), 10);
    cancel();
    cancel();
    clock.advance(100);
    expect(clock.pending).toEqual([]);
  });

  it("stops at a timer that throws, and continues at the next advance", () => {
    const clock = new FakeClock();
    let ran = 0;
    clock.schedule(() => {
      throw new Error("no");
    }, 10);
    clock.schedule(() => ran++, 20);

    expect(() => clock.advance(30)).toThrow("no");
    expect([clock.now(), ran]).toEqual([10, 0]);
    clock.advance(10);
    expect([clock.now(), ran]).toEqual([20, 1]);
  });

  it("jumps without running timers, and runs overdue timers at the next advance", () => {
    const clock = new FakeClock();
    let ran = 0;
    clock.schedule(() => ran++, 10);
    clock.jump(1000);
    expect(ran).toBe(0);
    clock.advance(0);
    expect([ran, clock.now()]).toEqual([1, 1000]);
  });

  it("throws a RangeError if a time is not a number or is negative", () => {
    const clock = new FakeClock();
    expect(() => clock.advance(-1)).toThrow(RangeError);
    expect(() => clock.advance(NaN)).toThrow(RangeError);
    expect(() => clock.schedule(() => {}, NaN)).toThrow(RangeError);
  });
});
