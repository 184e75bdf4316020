/**
 * Which policy and which size to take for a trace, from what was measured on it.
 *
 * Idea: the size is the knee of the best that any policy of ours hits. The policy is the simplest of
 * those that hit about as many there; another one than LRU has to be ahead of it by more than noise.
 * A trace that cannot tell (too short, one key, no key twice) is not guessed about.
 */
import { deviation, mean } from "d3-array";
import type { HitsAnswer } from "../measure-hit-ratio.ts";
import { OPT } from "../opt.ts";
import type { Curve } from "./curve.ts";
import { curveOf, kneeOf, ratioAt, sizeFor } from "./curve.ts";

/** Answers of one trace, by arm. */
export type Answers = ReadonlyMap<string, HitsAnswer>;

export interface AdviceOptions {
  /** How long a miss takes, ms. */
  readonly missCostMs?: number;
}

/** What about a trace decides what is said of it. */
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
  /** There are too few sizes to see the form of the curve, or its knee may lie beyond the largest. */
  | "few-sizes";

/** A policy and a size, and what they hit. */
export interface Choice {
  /** Name of the policy in `@heapwise/lru/policies`. */
  readonly policy: string;
  readonly max: number;
  readonly hitRatio: number;
  /** How much more it hits than strict LRU of the same size; 0 for LRU itself. */
  readonly overLru: number;
  /** How much more the best possible cache of the same size hits. */
  readonly belowOpt: number;
  /** How many entries strict LRU needs for as many hits. */
  readonly sameAsLru: number;
  /** In how many tenths of the trace it hits more than LRU; undefined where nobody counted. */
  readonly tenthsAhead?: number;
  /** Hit ratio with twice as many entries; an estimate between measured sizes. */
  readonly doubled: number;
  /** The same with half as many; undefined below the smallest measured size, about which nothing is known. */
  readonly halved?: number;
}

/** The policy that hits most, and why it is not taken. */
export interface Rival {
  readonly policy: string;
  readonly ahead: number;
  readonly reason: "small" | "unsteady" | "cheap-miss" | "simpler";
}

/** A size near the chosen one at which another policy hits far more than the chosen one. */
export interface Weakness {
  readonly size: number;
  readonly hitRatio: number;
  readonly policy: string;
  readonly better: number;
}

/** What to do about a trace. */
export interface Advice {
  readonly finding: Finding;
  readonly requests: number;
  readonly keys: number;
  /** Hit ratio with all keys in the cache: no size and no policy can pass it. */
  readonly mostHits: number;
  /** Missing where no cache can hit. */
  readonly choice?: Choice;
  readonly rival?: Rival;
  readonly weakness?: Weakness;
  /** Where all keys fit: a smaller cache at the knee. */
  readonly smaller?: Choice;
  readonly missCostMs?: number;
}

/** With fewer requests nothing is said about policies. */
const FEWEST_REQUESTS = 1_000;
/** So few keys may be held all, whatever they are worth. */
const FEW_KEYS = 1_000;
/** A curve with fewer points may have its knee between them. */
const FEWEST_SIZES = 5;
/** A curve that is this close to a straight line has no knee. */
const STRAIGHT = 0.25;
/** A smaller difference in hit ratio is not worth another policy. */
export const NOISE = 0.005;
/** How many standard errors a gain has to be above 0. */
const ERRORS = 2;
/** What other policies cost more than LRU, ms a request (docs/benchmarks.md, read-through). */
const POLICY_COST_MS = 0.000_2;
/** So many points less than another policy close by are worth a warning. */
const WEAK = 0.03;

/** Our policies by what a request costs them, the cheapest first. Others come last. */
const BY_COST = ["lru", "sieve", "s3Fifo", "wTinyLfu", "adaptive"];

/** The curves of a trace. */
interface Curves {
  readonly requests: number;
  readonly keys: number;
  readonly most: number;
  readonly measured: readonly number[];
  /** By name of the policy, the cheapest first. */
  readonly policies: ReadonlyMap<string, Curve>;
  readonly opt: Curve;
  readonly answers: Answers;
}

/** Names of our policies in the answers, the cheapest first. */
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

/** What the best of all policies hits at each size. */
function bestOf({ policies }: Curves): Curve {
  const [first, ...rest] = policies.values();
  const ratios = first!.ratios.map((ratio, i) =>
    Math.max(ratio, ...rest.map((curve) => curve.ratios[i]!)),
  );
  return { sizes: first!.sizes, ratios };
}

/** Hits of a policy beyond those of LRU in each tenth of the trace, as a share of its requests. */
function gainsByTenth({ answers, requests }: Curves, policy: string, max: number): number[] {
  const partsOf = (name: string): readonly number[] => {
    const answer = answers.get(`heapwise ${name}`);
    return answer?.hitsByTenth?.[answer.capacities.indexOf(max)] ?? [];
  };
  const baseline = partsOf("lru");
  return partsOf(policy).map((hits, i) => (10 * (hits - (baseline[i] ?? 0))) / requests);
}

/** Whether a gain over LRU comes back from tenth to tenth. */
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

/** The policy for a size, and the one that hits most if that is another. */
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

/** Looks for a size within a factor of two at which the policy hits far less than another. */
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

/** Whether the second half of the trace brought few keys that the first one had not. */
function isClosed({ answers, keys }: Curves): boolean {
  const known = answers.get("heapwise lru");
  const tenths = known?.hitsByTenth?.[known.capacities.indexOf(keys)];
  if (!known || !tenths) return true;
  const late = tenths.slice(tenths.length / 2).reduce((sum, hits) => sum + hits, 0);
  const newKeys = known.requests / 2 - late;
  return newKeys < keys / 10;
}

/** Hit ratio of each of our policies with a size, the cheapest policy first. */
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

/** The size around which more sizes are worth measuring. */
export function sizeOfInterest(answers: Answers): number {
  return sizeOf(readCurves(answers)).size;
}

/**
 * Says which policy and which size to take for a trace.
 *
 * @param answers what each arm hit at the same sizes; arms of ours are named `heapwise <policy>`.
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
