import { checkAsyncProperty } from "@heapwise/testkit/vitest";
import fc from "fast-check";
import { expect, it } from "vitest";
import { settled } from "./deferred.ts";
import { LoadingModel, type LoadEnd, type LoadingTimes } from "./loading-model.ts";
import { applyStep, compareLoading, LoadingSubject, type Step } from "./loading-subject.ts";

const key = fc.constantFrom("a", "b", "c");
const end: fc.Arbitrary<LoadEnd> = fc.oneof(
  { arbitrary: fc.nat(99).map((n) => ({ value: `loaded ${n}` })), weight: 3 },
  fc.constant({ value: undefined }),
  fc.constant({ error: "failed" }),
);
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { arbitrary: fc.record({ kind: fc.constant("load" as const), key }), weight: 6 },
    {
      arbitrary: fc.record({ kind: fc.constant("settle" as const), pick: fc.nat(), end }),
      weight: 4,
    },
    {
      arbitrary: fc.record({ kind: fc.constant("abort" as const), pick: fc.nat(), end }),
      weight: 2,
    },
    fc.record({ kind: fc.constantFrom("set" as const, "delete" as const), key }),
    { arbitrary: fc.record({ kind: fc.constant("advance" as const), ms: fc.nat(60) }), weight: 4 },
    fc.constant({ kind: "clear" as const }),
  ),
  { minLength: 1, maxLength: 40 },
);
const maybe = (most: number): fc.Arbitrary<number | undefined> =>
  fc.option(fc.integer({ min: 1, max: most }), { nil: undefined });
const times: fc.Arbitrary<LoadingTimes> = fc.record({
  ttl: fc.integer({ min: 1, max: 100 }),
  refreshAfter: maybe(80),
  staleWhileRevalidate: maybe(60),
  staleIfError: maybe(150),
  negativeTtl: maybe(50),
  hardTimeout: maybe(120),
  maxRefreshes: fc.integer({ min: 1, max: 3 }),
});

it("A cache that loads agrees with its model", async () => {
  await checkAsyncProperty(
    fc.asyncProperty(times, steps, async (chosen, sequence) => {
      const model = new LoadingModel(chosen);
      const subject = new LoadingSubject(chosen);
      for (const step of sequence) {
        await applyStep(step, model, subject);
        compareLoading(model, subject);
      }
      subject.cache[Symbol.dispose]();
      await settled();
      expect(subject.outcomes).not.toContain("pending");
      expect(subject.clock.pending).toEqual([]);
    }),
    { runs: 400 },
  );
});

const EVENTS: readonly Step[] = [
  { kind: "load", key: "a" },
  { kind: "set", key: "a" },
  { kind: "delete", key: "a" },
  { kind: "settle", pick: 0, end: { value: "loaded" } },
  { kind: "settle", pick: 1, end: { error: "failed" } },
  { kind: "abort", pick: 1, end: { value: undefined } },
  { kind: "advance", ms: 30 },
];

/** All sequences that begin with a load or a write: other events do nothing on an empty cache. */
function* sequences(length: number): IterableIterator<Step[]> {
  for (let code = 0; code < EVENTS.length ** length; code++) {
    if (code % EVENTS.length > 1) continue;
    yield Array.from(
      { length },
      (_, at) => EVENTS[Math.floor(code / EVENTS.length ** at) % EVENTS.length]!,
    );
  }
}

const windows: readonly LoadingTimes[] = [
  {
    ttl: 50,
    refreshAfter: 20,
    staleWhileRevalidate: 30,
    staleIfError: 60,
    negativeTtl: 40,
    hardTimeout: 80,
    maxRefreshes: 1,
  },
  {
    ttl: 20,
    refreshAfter: undefined,
    staleWhileRevalidate: undefined,
    staleIfError: 100,
    negativeTtl: undefined,
    hardTimeout: undefined,
    maxRefreshes: 1,
  },
];

it.each(windows)(
  "Every sequence of five events ends as the model says: %o",
  async (chosen) => {
    for (const sequence of sequences(5)) {
      const model = new LoadingModel(chosen);
      const subject = new LoadingSubject(chosen);
      for (const step of sequence) await applyStep(step, model, subject);
      compareLoading(model, subject);
      subject.cache[Symbol.dispose]();
    }
  },
  120_000,
);
