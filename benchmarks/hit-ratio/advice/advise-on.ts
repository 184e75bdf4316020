/**
 * Chooses a policy and a size for a trace from its measured hit ratios.
 *
 * Idea: the size is the knee of the best curve of our policies. The policy is the simplest of those
 * with about as many hits at that size. A policy other than LRU must be better than LRU by more
 * than noise. If a trace is too small to judge (too short, one key, no key twice), there is no
 * guess.
 */
import { deviation, mean } from "d3-array";
import type { HitsAnswer } from "../measure-hit-ratio.ts";
import { OPT } from "../opt.ts";
import type { Curve } from "./curve.ts";
import { curveOf, kneeOf, ratioAt, sizeFor } from "./curve.ts";

/** Answers of one trace, by arm. */
export type Answers = ReadonlyMap<string, HitsAnswer>;

export interface AdviceOptions {
  /** Time of a miss, in ms. */
  readonly missCostMs?: number;
}

/** The property of a trace that determines the advice. */
export type Finding =
  /** No key comes twice. */
  | "no-repeats"
  | "one-key"
  | "too-short"
  /** There are so few keys that all of them fit. */
  | "all-fit"
  /** The curve has a knee. */
  | "knee"
  /** Hits grow in step with the size. */
  | "no-knee"
  /**
   * There are too few sizes to see the form of the curve, or its knee may lie beyond the largest.
   */
  | "few-sizes";

/** A policy and a size, with its hit ratio. */
export interface Choice {
  /** Name of the policy in `@heapwise/lru/policies`. */
  readonly policy: string;
  readonly max: number;
  readonly hitRatio: number;
  /** Hit ratio minus the hit ratio of strict LRU of the same size; 0 for LRU itself. */
  readonly overLru: number;
  /** Hit ratio of the best possible cache of the same size minus this one. */
  readonly belowOpt: number;
  /** Number of entries that strict LRU needs for the same hit ratio. */
  readonly sameAsLru: number;
  /**
   * Number of tenths of the trace in which it has more hits than LRU; undefined if hits were not
   * counted by tenth.
   */
  readonly tenthsAhead?: number;
  /** Hit ratio with twice as many entries. Between measured sizes it is an estimate. */
  readonly doubled: number;
  /** Hit ratio with half as many entries; undefined below the smallest measured size. */
  readonly halved?: number;
}

/** The policy with the most hits, and why it is not chosen. */
export interface Rival {
  readonly policy: string;
  readonly ahead: number;
  readonly reason: "small" | "unsteady" | "cheap-miss" | "simpler";
}

/** A size near the chosen one at which another policy has far more hits than the chosen one. */
export interface Weakness {
  readonly size: number;
  readonly hitRatio: number;
  readonly policy: string;
  readonly better: number;
}

/** The advice for a trace. */
export interface Advice {
  readonly finding: Finding;
  readonly requests: number;
  readonly keys: number;
  /** Hit ratio if all keys are in the cache: no size and no policy can have more. */
  readonly mostHits: number;
  /** Missing if no cache can hit. */
  readonly choice?: Choice;
  readonly rival?: Rival;
  readonly weakness?: Weakness;
  /** If all keys fit: a smaller cache at the knee. */
  readonly smaller?: Choice;
  readonly missCostMs?: number;
}

/** With fewer requests there is no advice about policies. */
const FEWEST_REQUESTS = 1_000;
/** With at most this many keys a cache may hold all of them, even if some are worth little. */
const FEW_KEYS = 1_000;
/** With fewer points a curve may have its knee between two of them. */
const FEWEST_SIZES = 5;
/** A curve that is this close to a straight line has no knee. */
const STRAIGHT = 0.25;
/** A smaller difference in hit ratio does not justify another policy. */
export const NOISE = 0.005;
/** Number of standard errors by which a gain must be above 0. */
const ERRORS = 2;
/**
 * Extra time of other policies compared with LRU, in ms per request (docs/benchmarks.md,
 * read-through).
 */
const POLICY_COST_MS = 0.000_2;
/** If the policy is worse than another one by this much at a size close by, the advice warns. */
const WEAK = 0.03;

/** Our policies by their time per request, the fastest first. Unknown policies come last. */
const BY_COST = ["lru", "sieve", "s3Fifo", "wTinyLfu", "adaptive"];

/** The curves of a trace. */
interface Curves {
  readonly requests: number;
  readonly keys: number;
  readonly most: number;
  readonly measured: readonly number[];
  /** By name of the policy, the fastest first. */
  readonly policies: ReadonlyMap<string, Curve>;
  readonly opt: Curve;
  readonly answers: Answers;
}

/** Names of our policies in the answers, the fastest first. */
function policiesIn(answers: Answers): string[] {
  const names = [...answers.keys()].flatMap((arm) => /^heapwise (.*)$/.exec(arm)?.[1] ?? []);
  const rank = (name: string): number => [...BY_COST, name].indexOf(name);
  return names.sort((a, b) => rank(a) - rank(b));
}

function readCurves(answers: Answers): Curves {
  const [first] = answers.values();
  const { requests, keys, capacities } = first!;
  const most = (requests - keys) / requests;
  const curveOfArm = (arm: string): Curve => {
    const answer = answers.get(arm);
    return curveOf(capacities, answer?.hitRatios ?? capacities.map(() => 0), keys, most);
  };
  const policies = policiesIn(answers).map((name): [string, Curve] => [
    name,
    curveOfArm(`heapwise ${name}`),
  ]);
  const measured = capacities.filter((size) => size <= keys);
  return {
    requests,
    keys,
    most,
    measured: measured.length > 0 ? measured : [keys],
    policies: new Map(policies),
    opt: curveOfArm(OPT),
    answers,
  };
}

/** The hit ratio of the best policy at each size. */
function bestOf({ policies }: Curves): Curve {
  const [first, ...rest] = policies.values();
  const ratios = first!.ratios.map((ratio, i) =>
    Math.max(ratio, ...rest.map((curve) => curve.ratios[i]!)),
  );
  return { sizes: first!.sizes, ratios };
}

/**
 * Hits of a policy minus the hits of LRU in each tenth of the trace, as a share of its requests.
 */
function gainsByTenth({ answers, requests }: Curves, policy: string, max: number): number[] {
  const partsOf = (name: string): readonly number[] => {
    const answer = answers.get(`heapwise ${name}`);
    return answer?.hitsByTenth?.[answer.capacities.indexOf(max)] ?? [];
  };
  const baseline = partsOf("lru");
  return partsOf(policy).map((hits, i) => (10 * (hits - (baseline[i] ?? 0))) / requests);
}

/** Whether a gain over LRU occurs in most tenths. */
function isSteady(gains: readonly number[]): boolean {
  if (gains.length < 2) return true;
  return mean(gains)! >= (ERRORS * (deviation(gains) ?? 0)) / Math.sqrt(gains.length);
}

function choose(curves: Curves, policy: string, max: number): Choice {
  const curve = curves.policies.get(policy)!;
  const lru = curves.policies.get("lru") ?? curve;
  const hitRatio = ratioAt(curve, max);
  const gains = policy === "lru" ? [] : gainsByTenth(curves, policy, max);
  return {
    policy,
    max,
    hitRatio,
    overLru: hitRatio - ratioAt(lru, max),
    belowOpt: Math.max(0, ratioAt(curves.opt, max) - hitRatio),
    sameAsLru: Math.max(max, Math.round(sizeFor(lru, hitRatio) ?? curves.keys)),
    ...(gains.length > 0 && { tenthsAhead: gains.filter((gain) => gain > 0).length }),
    doubled: ratioAt(curve, Math.min(2 * max, curves.keys)),
    ...(max / 2 >= curves.measured[0]! && { halved: ratioAt(curve, max / 2) }),
  };
}

/** The policy for a size, and the policy with the most hits if that is another one. */
function choosePolicy(
  curves: Curves,
  max: number,
  missCostMs: number | undefined,
): { policy: string; rival?: Rival } {
  const names = [...curves.policies.keys()];
  const ratioOf = (name: string): number => ratioAt(curves.policies.get(name)!, max);
  const most = Math.max(...names.map(ratioOf));
  const winner = names.find((name) => ratioOf(name) === most)!;
  const simplest = names.find((name) => ratioOf(name) > most - NOISE)!;
  if (winner === "lru" || !names.includes("lru")) return { policy: winner };
  const ahead = most - ratioOf("lru");
  const stayWithLru = (reason: Rival["reason"]): ReturnType<typeof choosePolicy> => ({
    policy: "lru",
    ...(ahead > 0 && { rival: { policy: winner, ahead, reason } }),
  });
  if (simplest === "lru") return stayWithLru("small");
  if (missCostMs !== undefined && ahead * missCostMs < POLICY_COST_MS)
    return stayWithLru("cheap-miss");
  if (!isSteady(gainsByTenth(curves, simplest, max))) return stayWithLru("unsteady");
  if (simplest === winner) return { policy: winner };
  return {
    policy: simplest,
    rival: { policy: winner, ahead: most - ratioOf(simplest), reason: "simpler" },
  };
}

/**
 * Looks for a size within a factor of two at which the policy has far fewer hits than another one.
 */
function findWeakness(curves: Curves, policy: string, max: number): Weakness | undefined {
  const own = curves.policies.get(policy)!;
  const near = curves.measured.filter((size) => size >= max / 2 && size <= 2 * max);
  const found = near.flatMap((size) =>
    [...curves.policies].map(([name, curve]): Weakness => {
      const [hitRatio, better] = [ratioAt(own, size), ratioAt(curve, size)];
      return { size, hitRatio, policy: name, better };
    }),
  );
  const worst = found.sort((a, b) => b.better - b.hitRatio - (a.better - a.hitRatio))[0];
  return worst && worst.better - worst.hitRatio >= WEAK ? worst : undefined;
}

/** Whether the second half of the trace had few keys that were not in the first half. */
function isClosed({ answers, keys }: Curves): boolean {
  const known = answers.get("heapwise lru");
  const tenths = known?.hitsByTenth?.[known.capacities.indexOf(keys)];
  if (!known || !tenths) return true;
  const late = tenths.slice(tenths.length / 2).reduce((sum, hits) => sum + hits, 0);
  const newKeys = known.requests / 2 - late;
  return newKeys < keys / 10;
}

/** Hit ratio of each of our policies with a size, the fastest policy first. */
export function ratiosAt(answers: Answers, max: number): ReadonlyMap<string, number> {
  const { policies } = readCurves(answers);
  return new Map([...policies].map(([name, curve]) => [name, ratioAt(curve, max)]));
}

/** The knee of the best of our policies, or the largest size if the curve has none. */
function sizeOf(curves: Curves): { readonly size: number; readonly isStraight: boolean } {
  const { keys, measured } = curves;
  const knee = kneeOf(bestOf(curves), measured);
  if (!knee || knee.distance < STRAIGHT || knee.size === keys)
    return { size: measured.at(-1)!, isStraight: true };
  return { size: knee.size, isStraight: false };
}

/** The size around which it is useful to measure more sizes. */
export function sizeOfInterest(answers: Answers): number {
  return sizeOf(readCurves(answers)).size;
}

/**
 * Chooses a policy and a size for a trace.
 *
 * @param answers results of each arm at the same sizes; our arms are named `heapwise <policy>`.
 */
export function adviseOn(answers: Answers, { missCostMs }: AdviceOptions = {}): Advice {
  const curves = readCurves(answers);
  const { requests, keys, most, measured } = curves;
  const about = { requests, keys, mostHits: most, ...(missCostMs !== undefined && { missCostMs }) };
  if (keys === requests) return { finding: requests === 1 ? "too-short" : "no-repeats", ...about };
  if (keys === 1) return { finding: "one-key", ...about, choice: choose(curves, "lru", 1) };
  const pick = (max: number): Pick<Advice, "choice" | "rival" | "weakness"> => {
    const { policy, rival } = choosePolicy(curves, max, missCostMs);
    const weakness = findWeakness(curves, policy, max);
    return {
      choice: choose(curves, policy, max),
      ...(rival && { rival }),
      ...(weakness && { weakness }),
    };
  };
  const { size, isStraight } = sizeOf(curves);
  if (requests < FEWEST_REQUESTS)
    return { finding: "too-short", ...about, choice: choose(curves, "lru", size) };
  const holdsAll = measured.at(-1) === keys;
  if (holdsAll && keys <= FEW_KEYS && isClosed(curves)) {
    const { choice } = pick(size);
    return {
      finding: "all-fit",
      ...about,
      choice: choose(curves, "lru", keys),
      ...(!isStraight && choice && { smaller: choice }),
    };
  }
  const isLast = !holdsAll && size === measured.at(-1);
  if (measured.length < FEWEST_SIZES || (isLast && !isStraight))
    return { finding: "few-sizes", ...about, ...pick(size) };
  return { finding: isStraight ? "no-knee" : "knee", ...about, ...pick(size) };
}
