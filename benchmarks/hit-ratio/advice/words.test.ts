import { describe, expect, test } from "vitest";
import type { Advice } from "./advise-on.ts";
import { adviseOn } from "./advise-on.ts";
import { adviseOverall } from "./advise-overall.ts";
import { makeUp } from "./made-up-answers.ts";
import { wordAdvice, wordOverall } from "./words.ts";

const ADVICE: Advice = {
  finding: "knee",
  requests: 100_000,
  keys: 20_000,
  mostHits: 0.8,
  choice: {
    policy: "sieve",
    max: 4_096,
    hitRatio: 0.7,
    overLru: 0.05,
    belowOpt: 0.04,
    sameAsLru: 6_543,
    tenthsAhead: 9,
    doubled: 0.74,
    halved: 0.61,
  },
};
const LRU = { ...ADVICE.choice!, policy: "lru", overLru: 0 };

const linesOf = (advice: Advice): readonly string[] => wordAdvice(advice).reasons;

describe("words of advice", () => {
  test("name the policy and the size, with the reasons for both", () => {
    expect(wordAdvice(ADVICE)).toEqual({
      headline: "Take sieve() with max: 4096: 70.0% of the requests hit.",
      reasons: [
        "Size: 4,096 entries are the knee of the curve. The first 2,048 entries bring about 61.0 points of hits, the next 2,048 about 9.0. Beyond 4,096 entries, more entries bring fewer hits than the average of all 20,000 (0.40 points per 100 entries): the next 4,096 would bring about 4.0 points, the other 11,808 about 6.0. With all keys 80.0% would hit: the first request of a key always misses.",
        "Policy: sieve() hits 5.0 points more than lru(), which hits 65.0% with this size and needs about 6,500 entries to hit as many. It is ahead in 9 of 10 tenths of the trace. OPT, which knows the future, hits 74.0%: no policy can gain more than 4.0 points.",
        "Time: set --miss-cost MS, the time of a miss, to see the time that hits save.",
      ],
      code: [
        'import { LRUCache } from "@heapwise/lru";',
        'import { sieve } from "@heapwise/lru/policies";',
        "",
        "const cache = new LRUCache({ max: 4096, policy: sieve() });",
      ].join("\n"),
    });
  });

  test("omit half of a size if no size near it was measured", () => {
    const { halved: _halved, ...choice } = ADVICE.choice!;

    expect(linesOf({ ...ADVICE, choice })[0]).toContain(
      "The first 4,096 entries bring 70.0 points of hits. Beyond 4,096 entries, more entries bring",
    );
    expect(linesOf({ ...ADVICE, choice: { ...choice, max: 15_000 } })[0]).toContain(
      "(0.40 points per 100 entries): the other 5,000 would bring 10.0 points. With all keys",
    );
    expect(linesOf({ ...ADVICE, keys: 5_000_000, choice })[0]).toContain(
      "the average of all 5,000,000 (0.16 points per 10,000 entries): the next 4,096 would bring",
    );
    expect(linesOf({ ...ADVICE, keys: 300, choice: { ...choice, max: 100 } })[0]).toContain(
      "the average of all 300 (0.27 points per entry): the next 100 would bring",
    );
  });

  test("name the time that a hit saves", () => {
    expect(linesOf({ ...ADVICE, missCostMs: 20 })).toContain(
      "Time: with 20 ms a miss, a request waits 6.0 ms on average, 14 ms less than without a cache: 14.0 s saved per 1,000 requests, 1.0 s of it over lru() of this size. Twice the size would save about 800 ms more per 1,000, and OPT with this size 800 ms.",
    );
    expect(linesOf({ ...ADVICE, missCostMs: 0.001, choice: LRU })).toContain(
      "Time: with 1.0 µs a miss, a request waits 0.30 µs on average, 0.70 µs less than without a cache: 0.70 ms saved per 1,000 requests. Twice the size would save about 40 µs more per 1,000, and OPT with this size 40 µs.",
    );
  });

  test("name the policy without an option if it is the default", () => {
    expect(wordAdvice({ ...ADVICE, choice: LRU }).code).toBe(
      'import { LRUCache } from "@heapwise/lru";\n\nconst cache = new LRUCache({ max: 4096 });',
    );
  });

  test.each([
    ["small", "is within the noise and not worth another policy"],
    ["unsteady", "it may be chance"],
    ["cheap-miss", "the policy would cost more than it saves"],
  ] as const)("tell why LRU is taken: %s", (reason, words) => {
    const rival = { policy: "adaptive", ahead: 0.003, reason };

    const [, policy] = linesOf({ ...ADVICE, choice: LRU, rival });

    expect(policy).toContain("Policy: adaptive() hits 0.3 points more than lru()");
    expect(policy).toContain(words);
  });

  test("warn if another policy is far better at a size close by", () => {
    const weakness = { size: 3_000, hitRatio: 0.2, policy: "adaptive", better: 0.6 };

    expect(linesOf({ ...ADVICE, choice: LRU, weakness })).toContain(
      "Note: if the number of your keys may change, take adaptive(): with 3,000 entries it hits 60.0%, and lru() 20.0%.",
    );
  });

  test("doubt a short trace, and a trace in which hardly a key comes twice", () => {
    expect(linesOf({ ...ADVICE, requests: 4_000 })[0]).toMatch(
      /^The trace is short \(4,000 requests\)/,
    );
    expect(linesOf({ ...ADVICE, mostHits: 0.03 })[0]).toMatch(
      /^Hardly worth a cache: .* at best 3\.0%/,
    );
  });

  test.each<[Advice["finding"], Partial<Advice>, RegExp]>([
    ["no-repeats", {}, /^No cache can help: all 100,000 requests have different keys/],
    ["one-key", { choice: { ...LRU, max: 1 } }, /^max: 1 holds the only key/],
    ["too-short", { choice: { ...LRU, max: 9 } }, /^Too short to say: .* take lru\(\).* max: 9/i],
    [
      "all-fit",
      { choice: { ...LRU, max: 20_000 } },
      /^Take lru\(\) with max: 20000: it holds all 20,000 keys/,
    ],
    ["no-knee", { choice: { ...LRU, max: 20_000 } }, /^Take lru\(\) with max: 20000: it holds all/],
  ])("begin with the problem: %s", (finding, more, headline) => {
    const { choice: _, ...rest } = ADVICE;

    expect(wordAdvice({ ...rest, ...more, finding }).headline).toMatch(headline);
  });

  test("mention a wrong column if no key comes twice, or if there is one key", () => {
    const { choice: _, ...rest } = ADVICE;

    expect(linesOf({ ...rest, finding: "no-repeats" }).join()).toContain("--column");
    expect(linesOf({ ...ADVICE, finding: "one-key" }).join()).toContain("--column");
  });
});

describe("all traces together", () => {
  const LARGE = { requests: 1_000_000, keys: 100_000 };
  const judge = (trace: string, sieve: number, adaptive: number, keys = LARGE.keys) => {
    const lru = (size: number): number => 0.6 * Math.min(1, size / 1_000);
    const answers = makeUp({
      ...LARGE,
      keys,
      arms: {
        "heapwise lru": lru,
        "heapwise sieve": (size) => Math.max(0, lru(size) + sieve),
        "heapwise adaptive": (size) => lru(size) + adaptive,
      },
    });
    return { trace, answers, advice: adviseOn(answers) };
  };

  test("get the policy with the largest mean gain, with its worst case", () => {
    const overall = adviseOverall([judge("a", 0.1, 0.06), judge("b", -0.2, -0.01)])!;

    expect(overall).toMatchObject({
      policy: "adaptive",
      judged: 2,
      sizes: [1_000, 1_000],
      worst: { trace: "b" },
    });
    expect(wordOverall(overall, 3)).toEqual({
      headline:
        "If you need one policy for all 2 traces, take adaptive(), each with its own size (max: 1,000).",
      reasons: [
        "Each at its own size, adaptive() hits 2.5 points more than lru() in the mean. The worst case is b, with 1.0 points less.",
        "1 of the 3 traces cannot be judged and do not count: no key comes twice, they are short, or all keys fit.",
      ],
    });
  });

  test("get LRU if no policy gains", () => {
    const overall = adviseOverall([judge("a", 0, 0.001), judge("b", -0.1, 0)])!;

    expect(overall.policy).toBe("lru");
    expect(wordOverall(overall, 2).reasons).toEqual([
      "No other policy gains enough over lru() in the mean of these traces.",
    ]);
  });

  test("need two traces that can be judged", () => {
    expect(adviseOverall([judge("a", 0.1, 0.1)])).toBeUndefined();
    expect(adviseOverall([judge("a", 0.1, 0.1), judge("b", 0, 0, 1_000_000)])).toBeUndefined();
    expect(adviseOverall([judge("a", 0.1, 0.1), judge("b", 0, 0, 500)])).toBeUndefined();
  });
});
