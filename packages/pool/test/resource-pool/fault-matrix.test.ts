import { randomStream } from "@heapwise/testkit";
import { announceSeed } from "@heapwise/testkit/vitest";
import { describe, expect, it } from "vitest";
import { Bench, CALLBACKS, FAULTS, type Faults } from "./fault-bench.ts";

// After managed_cancellation.rs of deadpool: every combination of callback faults, each with
// random loans, aborts and waits, checked after every step.

function* combinations(): Generator<Faults> {
  for (let at = 0; at < FAULTS.length ** CALLBACKS.length; at++) {
    let rest = at;
    const faults = {} as Faults;
    for (const name of CALLBACKS) {
      faults[name] = FAULTS[rest % FAULTS.length]!;
      rest = Math.floor(rest / FAULTS.length);
    }
    yield faults;
  }
}

describe("Whatever create, validate, reset, destroy and prepare do", () => {
  it.each([
    { min: 0, retry: false },
    { min: 2, retry: true },
  ])(
    "the pool keeps its invariants, with %o",
    async (extra) => {
      const seed = announceSeed();
      let at = 0;
      for (const faults of combinations()) {
        at++;
        const bench = new Bench(faults, seed * 10_000 + at, extra);
        await bench.run(randomStream(seed * 20_000 + at));
        expect(bench.problems.slice(0, 3), `combination ${at}, ${JSON.stringify(faults)}`).toEqual(
          [],
        );
      }
      expect(at).toBe(1024);
    },
    180_000,
  );

  it("the pool keeps its invariants while the process stands still at times", async () => {
    const seed = announceSeed();
    const all = [...combinations()];
    // Each seed chooses others. All of them would take too long.
    for (let at = seed % 5; at < all.length; at += 5) {
      const extra = { min: at % 3, retry: at % 2 === 0 };
      const bench = new Bench(all[at]!, seed * 30_000 + at, extra);
      await bench.run(randomStream(seed * 40_000 + at), true);
      expect(bench.problems.slice(0, 3), `combination ${at}, ${JSON.stringify(all[at])}`).toEqual(
        [],
      );
    }
  });
});
