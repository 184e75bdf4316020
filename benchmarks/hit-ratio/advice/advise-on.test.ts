import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ours } from "../../adapters/ours.ts";
import { beladyHits, nextUses } from "../belady.ts";
import { GENERATED_TRACES } from "../generated-traces.ts";
import type { HitsAnswer } from "../measure-hit-ratio.ts";
import { OPT } from "../opt.ts";
import { sizesAround, sizesUpTo } from "../own-sizes.ts";
import { PACKAGE_FOLDER } from "../../package-folder.ts";
import { readTrace } from "../read-trace.ts";
import type { Trace } from "../trace.ts";
import { traceOf } from "../trace.ts";
import type { Advice, Answers } from "./advise-on.ts";
import { adviseOn, sizeOfInterest } from "./advise-on.ts";
import type { MadeUp } from "./made-up-answers.ts";
import { makeUp } from "./made-up-answers.ts";
import { wordAdvice } from "./words.ts";

/** Nine of ten requests go evenly to `hot` keys, the others to keys that never return. */
const workingSet =
  (hot: number, best = 0.9) =>
  (size: number): number =>
    best * Math.min(1, size / hot);

const LARGE: Pick<MadeUp, "requests" | "keys"> = { requests: 1_000_000, keys: 100_000 };

/** Curves like those of a web site: LRU, and policies that are better by `ahead`. */
function web(ahead: Readonly<Record<string, number>>, more: Partial<MadeUp> = {}): Answers {
  const lru = (size: number): number => 0.8 * (1 - Math.exp(-size / 2_000));
  const policies = Object.entries(ahead).map(([name, by]) => [
    `heapwise ${name}`,
    (size: number) => lru(size) + by,
  ]);
  return makeUp({
    ...LARGE,
    arms: {
      [OPT]: (size) => lru(size) + 0.1,
      "heapwise lru": lru,
      ...Object.fromEntries(policies),
    },
    ...more,
  });
}

describe("size", () => {
  test.each([50, 200, 1_000, 5_000, 20_000])(
    "of a working set of %i keys is that number",
    (hot) => {
      const curve = workingSet(hot);
      const answers = makeUp({ ...LARGE, arms: { [OPT]: curve, "heapwise lru": curve } });

      expect(adviseOn(answers)).toMatchObject({
        finding: "knee",
        choice: { max: hot, policy: "lru", hitRatio: 0.9, doubled: 0.9 },
      });
    },
  );

  test.each([70, 130, 1_400, 3_300])(
    "of a working set of %i keys is found between other sizes",
    (hot) => {
      const curve = workingSet(hot);
      const arms = { [OPT]: curve, "heapwise lru": curve };
      const sizes = sizesUpTo(LARGE.keys);
      const around = sizesAround(sizeOfInterest(makeUp({ ...LARGE, arms })), sizes, 3);

      const { choice } = adviseOn(
        makeUp({ ...LARGE, arms, sizes: [...sizes, ...around].sort((a, b) => a - b) }),
      );

      expect(choice!.max).toBeGreaterThan(hot * 0.85);
      expect(choice!.max).toBeLessThan(hot * 1.25);
    },
  );

  test("Zipf's law has its knee at a few percent of the keys", () => {
    const zipf = (size: number): number => 0.9 * (size / LARGE.keys) ** 0.1;
    const { finding, choice } = adviseOn(makeUp({ ...LARGE, arms: { "heapwise lru": zipf } }));

    expect(finding).toBe("knee");
    expect(choice!.max).toBeGreaterThanOrEqual(2_000);
    expect(choice!.max).toBeLessThanOrEqual(10_000);
  });

  test("a curve that is a straight line has no knee: all keys fit", () => {
    const line = (size: number): number => (0.9 * size) / LARGE.keys;
    const answers = makeUp({ ...LARGE, arms: { "heapwise lru": line } });

    expect(sizeOfInterest(answers)).toBe(LARGE.keys);
    expect(adviseOn(answers)).toMatchObject({
      finding: "no-knee",
      choice: { max: LARGE.keys, hitRatio: 0.9, policy: "lru" },
    });
  });

  test("a loop needs a cache for all of its keys", () => {
    expect(adviseOn(makeUp({ ...LARGE, arms: { "heapwise lru": () => 0 } }))).toMatchObject({
      finding: "no-knee",
      choice: { max: LARGE.keys, hitRatio: 0.9, halved: 0 },
    });
  });

  test("only measured sizes are chosen", () => {
    const arms = { "heapwise lru": workingSet(3_000) };

    expect(adviseOn(makeUp({ ...LARGE, arms, sizes: [4_000] }))).toMatchObject({
      finding: "few-sizes",
      choice: { max: 4_000 },
    });
    expect(adviseOn(makeUp({ ...LARGE, arms, sizes: [2_000, 4_000, 8_000] }))).toMatchObject({
      finding: "few-sizes",
      choice: { max: 4_000, doubled: 0.9 },
    });
  });

  test("the largest size is not a knee if the curve still rises there", () => {
    const arms = { "heapwise lru": workingSet(3_000) };
    const sizes = [100, 200, 500, 1_000, 2_000];

    expect(adviseOn(makeUp({ ...LARGE, arms, sizes }))).toMatchObject({
      finding: "few-sizes",
      choice: { max: 2_000 },
    });
    expect(adviseOn(makeUp({ ...LARGE, arms, sizes: [...sizes, 4_000, 5_000] }))).toMatchObject({
      finding: "knee",
      choice: { max: 4_000 },
    });
  });

  test("a few keys may all be held, and the advice also names a smaller cache", () => {
    const trace = { requests: 100_000, keys: 800 };
    const arms = { "heapwise lru": workingSet(100), "heapwise sieve": workingSet(50) };

    expect(adviseOn(makeUp({ ...trace, arms }))).toMatchObject({
      finding: "all-fit",
      choice: { policy: "lru", max: 800, hitRatio: 0.992 },
      smaller: { policy: "sieve", max: 50, hitRatio: 0.9 },
    });
  });

  test("a few keys are not all held if new keys keep coming", () => {
    const trace = { requests: 10_000, keys: 800 };
    const arms = { "heapwise lru": workingSet(100) };
    const coming = Array.from({ length: 10 }, () => 920);
    const known = [200, ...Array.from({ length: 9 }, () => 1_000)];

    expect(adviseOn(makeUp({ ...trace, arms, tenths: { "heapwise lru": coming } }))).toMatchObject({
      finding: "knee",
      choice: { max: 100 },
    });
    expect(adviseOn(makeUp({ ...trace, arms, tenths: { "heapwise lru": known } }))).toMatchObject({
      finding: "all-fit",
    });
  });
});

describe("policy", () => {
  test("with far more hits than LRU is chosen", () => {
    const { choice, rival } = adviseOn(web({ sieve: 0.02, adaptive: 0.06 }));

    expect(choice).toMatchObject({ policy: "adaptive" });
    expect(choice!.overLru).toBeCloseTo(0.06);
    expect(choice!.belowOpt).toBeCloseTo(0.04);
    expect(choice!.sameAsLru).toBeGreaterThan(1.1 * choice!.max);
    expect(rival).toBeUndefined();
  });

  test("with hardly more hits than LRU is not chosen", () => {
    expect(adviseOn(web({ sieve: -0.01, adaptive: 0.004 }))).toMatchObject({
      choice: { policy: "lru", overLru: 0 },
      rival: { policy: "adaptive", reason: "small" },
    });
  });

  test("is LRU if no other policy has more hits", () => {
    const { choice, rival } = adviseOn(web({ sieve: -0.02, adaptive: -0.001 }));

    expect(choice).toMatchObject({ policy: "lru" });
    expect(rival).toBeUndefined();
  });

  test("is the simplest one with about the most hits", () => {
    expect(adviseOn(web({ wTinyLfu: 0.048, sieve: 0.046, adaptive: 0.05 }))).toMatchObject({
      choice: { policy: "sieve" },
      rival: { policy: "adaptive", reason: "simpler" },
    });
  });

  test("with an unknown name is compared like the others", () => {
    expect(adviseOn(web({ newest: 0.08, adaptive: 0.05 }))).toMatchObject({
      choice: { policy: "newest" },
    });
    expect(adviseOn(web({ newest: 0.051, adaptive: 0.05 }))).toMatchObject({
      choice: { policy: "adaptive" },
    });
  });

  test("whose gain is not constant is not chosen", () => {
    const lru = Array.from({ length: 10 }, () => 50_000);
    const steady = lru.map((hits, i) => hits + 2_000 + 100 * (i % 2));
    const chance = lru.map((hits, i) => hits + (i === 3 ? 24_000 : -400));
    const tenths = (sieve: readonly number[]): Partial<MadeUp> => ({
      tenths: { "heapwise lru": lru, "heapwise sieve": sieve },
    });

    expect(adviseOn(web({ sieve: 0.02 }, tenths(steady)))).toMatchObject({
      choice: { policy: "sieve", tenthsAhead: 10 },
    });
    expect(adviseOn(web({ sieve: 0.02 }, tenths(chance)))).toMatchObject({
      choice: { policy: "lru" },
      rival: { policy: "sieve", reason: "unsteady" },
    });
  });

  test("is LRU if a miss takes less time than another policy", () => {
    expect(adviseOn(web({ sieve: 0.05 }), { missCostMs: 0.001 })).toMatchObject({
      choice: { policy: "lru" },
      rival: { policy: "sieve", reason: "cheap-miss" },
      missCostMs: 0.001,
    });
    expect(adviseOn(web({ sieve: 0.05 }), { missCostMs: 1 })).toMatchObject({
      choice: { policy: "sieve" },
    });
  });

  test("with far fewer hits at a slightly smaller size gets a warning", () => {
    const loop = (size: number): number => (size < 5_000 ? 0.1 : 0.8);
    const arms = {
      "heapwise lru": loop,
      "heapwise adaptive": (size: number) => Math.min(0.78, size / 7_000),
    };

    expect(
      adviseOn(
        makeUp({
          ...LARGE,
          arms,
          sizes: sizesUpTo(LARGE.keys)
            .concat(4_000)
            .sort((a, b) => a - b),
        }),
      ),
    ).toMatchObject({
      choice: { policy: "lru", max: 5_000 },
      weakness: { size: 4_000, hitRatio: 0.1, policy: "adaptive" },
    });
  });

  test("of a rival or of the baseline is never advised", () => {
    const answers = web({ sieve: 0.01 });
    const withRivals = new Map([
      ...answers,
      ["quick-lru", answers.get(OPT)!],
      ["lru-cache", answers.get(OPT)!],
    ]);

    expect(adviseOn(withRivals)).toEqual(adviseOn(answers));
  });
});

describe("half of a size", () => {
  const arms = { "heapwise lru": (size: number) => Math.min(0.8, 0.2 * Math.log10(size)) };
  const halvedOf = (sizes: number[]): number | undefined =>
    adviseOn(makeUp({ ...LARGE, arms, sizes })).choice!.halved;

  test("is not guessed below the smallest measured size", () => {
    expect(adviseOn(makeUp({ ...LARGE, arms, sizes: [1_000] })).choice!.max).toBe(1_000);
    expect(halvedOf([1_000])).toBeUndefined();
    expect(halvedOf([501, 1_000])).toBeUndefined();
    expect(halvedOf([500, 1_000])).toBeCloseTo(0.2 * Math.log10(500));
  });
});

describe("traces that cannot be judged", () => {
  const lru = { "heapwise lru": () => 0 };

  test.each([
    [{ requests: 3_000, keys: 3_000 }, "no-repeats", undefined],
    [{ requests: 2, keys: 2 }, "no-repeats", undefined],
    [{ requests: 1, keys: 1 }, "too-short", undefined],
    [{ requests: 3_000, keys: 1 }, "one-key", 1],
    [{ requests: 2, keys: 1 }, "one-key", 1],
    [{ requests: 999, keys: 100 }, "too-short", 100],
  ] as const)("%j: %s", (trace, finding, max) => {
    const advice = adviseOn(makeUp({ ...trace, arms: lru }));

    expect(advice.finding).toBe(finding);
    expect(advice.choice?.max).toBe(max);
    expect(advice.choice?.policy ?? "lru").toBe("lru");
  });
});

/** All numbers in a value, at any depth. */
function numbersOf(value: unknown): number[] {
  if (typeof value === "number") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(numbersOf) : [];
}

describe("any curves", () => {
  const policies = ["lru", "sieve", "s3Fifo", "wTinyLfu", "adaptive"];
  const ratio = fc.double({ min: 0, max: 1, noNaN: true });
  const curves = fc.integer({ min: 1, max: 100_000 }).chain((keys) =>
    fc.record({
      keys: fc.constant(keys),
      requests: fc.integer({ min: keys, max: 1_000_000 }),
      ratios: fc.array(fc.array(ratio, { minLength: 20, maxLength: 20 }), {
        minLength: 6,
        maxLength: 6,
      }),
      sizes: fc.option(
        fc.uniqueArray(fc.integer({ min: 1, max: keys }), { minLength: 1, maxLength: 8 }),
      ),
      hits: fc.option(fc.array(fc.nat({ max: 1_000 }), { minLength: 10, maxLength: 10 })),
      missCostMs: fc.option(fc.double({ min: 0.0001, max: 1e6, noNaN: true })),
    }),
  );
  const check = (look: (advice: Advice, answers: Answers) => void): void => {
    fc.assert(
      fc.property(curves, ({ keys, requests, ratios, sizes, hits, missCostMs }) => {
        const given = sizes?.sort((a, b) => a - b);
        const all = given ?? sizesUpTo(keys);
        const arms = Object.fromEntries(
          [OPT, ...policies.map((name) => `heapwise ${name}`)].map((arm, i) => [
            arm,
            (size: number) => ratios[i]![all.indexOf(size)]!,
          ]),
        );
        const tenths = hits ? { "heapwise lru": hits, "heapwise sieve": [...hits].reverse() } : {};
        const answers = makeUp({ keys, requests, arms, sizes: all, tenths });
        look(adviseOn(answers, missCostMs === null ? {} : { missCostMs }), answers);
      }),
      { numRuns: 500 },
    );
  };

  test("give a measured size that the keys can fill", () => {
    check(({ choice, smaller, keys, requests }, answers) => {
      if (!choice) return expect(keys).toBe(requests);
      for (const { max, policy } of smaller ? [choice, smaller] : [choice]) {
        expect(max).toBeLessThanOrEqual(keys);
        expect(answers.get("heapwise lru")!.capacities.concat(1)).toContain(max);
        expect(policies).toContain(policy);
      }
    });
  });

  test("give finite numbers, and ratios between 0 and 1", () => {
    check((advice) => {
      expect(numbersOf(advice).every(Number.isFinite)).toBe(true);
      const { choice, mostHits } = advice;
      if (!choice) return;
      const { hitRatio, halved, doubled, overLru } = choice;
      expect(halved ?? 0).toBeGreaterThanOrEqual(0);
      expect(halved ?? 0).toBeLessThanOrEqual(hitRatio + 1e-9);
      expect(hitRatio).toBeLessThanOrEqual(doubled + 1e-9);
      expect(doubled).toBeLessThanOrEqual(mostHits + 1e-9);
      if (choice.policy !== "lru") expect(overLru).toBeGreaterThan(0.004);
    });
  });

  test("give words without gaps", () => {
    check((advice) => {
      const { headline, reasons, code = "" } = wordAdvice(advice);

      expect([headline, ...reasons, code].join("\n")).not.toMatch(
        /NaN|undefined|Infinity|null|--\d/,
      );
      expect(headline.length).toBeGreaterThan(20);
      expect(code === "").toBe(advice.choice === undefined);
    });
  });
});

describe("real caches on real and generated traces", () => {
  const measure = ({ ids, keys }: Trace): Answers => {
    const next = nextUses(ids, keys);
    const some = ours.filter((arm) => ["heapwise lru", "heapwise adaptive"].includes(arm.name));
    const answerOf = (
      capacities: readonly number[],
      hitsAt: (size: number) => number,
    ): HitsAnswer => {
      const hitRatios = capacities.map((size) => hitsAt(size) / ids.length);
      return { requests: ids.length, keys, capacities, hitRatios };
    };
    const sizes = [100, 1_000, 2_000, 5_000, 6_100, 10_000];
    return new Map([
      [OPT, answerOf(sizes, (size) => beladyHits(next, size))],
      ...some.map(({ name, create }): [string, HitsAnswer] => [
        name,
        answerOf(sizes, (size) => {
          const cache = create<number, number>(size);
          let hits = 0;
          for (const id of ids) {
            if (cache.get(id) === undefined) cache.set(id, id);
            else hits += 1;
          }
          return hits;
        }),
      ]),
    ]);
  };
  /** The first quarter: two phases of the loops, six scans. */
  const generate = (name: string): Trace => {
    const whole = GENERATED_TRACES.find((trace) => trace.name === name)!.generate();
    return traceOf(name, whole.ids.subarray(0, 100_000));
  };

  test("a working set between scans needs a policy that keeps it", () => {
    const { finding, choice } = adviseOn(measure(generate("scan-mix")));

    expect(finding).toBe("knee");
    expect(choice!.policy).toBe("adaptive");
    expect([2_000, 5_000, 6_100, 10_000]).toContain(choice!.max);
    expect(choice!.overLru).toBeGreaterThan(0.05);
  });

  test("loops over 6,000 keys need a cache for them", () => {
    expect(adviseOn(measure(generate("loop-mix")))).toMatchObject({
      choice: { policy: "lru", max: 6_100 },
      weakness: { policy: "adaptive", size: 5_000 },
    });
  });

  test("the pages of a shop need a tenth of their number and a policy", async () => {
    const path = fileURLToPath(new URL("traces/c2k-web12.u32.gz", PACKAGE_FOLDER));
    const { finding, choice } = adviseOn(measure(await readTrace({ path })));

    expect(finding).toBe("knee");
    expect(choice!.policy).toBe("adaptive");
    expect([1_000, 2_000]).toContain(choice!.max);
    expect(choice!.overLru).toBeGreaterThan(0.03);
  });
});
