import { mean } from "d3-array";
import type { Advice, Answers } from "./advise-on.ts";
import { NOISE, ratiosAt } from "./advise-on.ts";

/** A trace with its results and its advice. */
export interface Judged {
  readonly trace: string;
  readonly answers: Answers;
  readonly advice: Advice;
}

/** The policy to use if one policy serves all traces. */
export interface OverallAdvice {
  readonly policy: string;
  /** Number of traces that could be judged. */
  readonly judged: number;
  /** Mean gain over LRU, each trace at its own size. */
  readonly overLru: number;
  /** The trace with the smallest gain over LRU, or the largest loss. */
  readonly worst: { readonly trace: string; readonly overLru: number };
  /** The smallest and the largest of the advised sizes. */
  readonly sizes: readonly [smallest: number, largest: number];
}

/**
 * Compares the policies over several traces, each at the size that is advised for it; undefined for
 * less than two.
 */
export function adviseOverall(all: readonly Judged[]): OverallAdvice | undefined {
  const traces = all.flatMap(({ trace, answers, advice: { finding, keys, choice } }) => {
    // If all keys fit, the policies are equal.
    return finding !== "too-short" && choice && choice.max < keys
      ? [{ trace, max: choice.max, ratios: ratiosAt(answers, choice.max) }]
      : [];
  });
  const [first] = traces;
  if (!first || traces.length < 2) return undefined;
  const gainOf = (policy: string): ((one: (typeof traces)[number]) => number) => {
    return ({ ratios }) => ratios.get(policy)! - ratios.get("lru")!;
  };
  // The fastest first.
  const gains = [...first.ratios.keys()].map((policy) => ({
    policy,
    overLru: mean(traces, gainOf(policy))!,
  }));
  const most = Math.max(...gains.map(({ overLru }) => overLru));
  const { policy, overLru } = gains.find((one) => one.overLru > most - NOISE)!;
  const byGain = traces
    .map((one) => ({ trace: one.trace, overLru: gainOf(policy)(one) }))
    .sort((a, b) => a.overLru - b.overLru);
  const sizes = traces.map(({ max }) => max);
  return {
    policy,
    judged: traces.length,
    overLru,
    worst: byGain[0]!,
    sizes: [Math.min(...sizes), Math.max(...sizes)],
  };
}
