import type { HitsAnswer } from "../measure-hit-ratio.ts";
import { sizesUpTo } from "../own-sizes.ts";

/** The trace and the results of arms that a test makes up. */
export interface MadeUp {
  readonly requests: number;
  readonly keys: number;
  readonly sizes?: readonly number[];
  /** Hit ratio by size, for each arm. At most the hit ratio of a cache for all keys. */
  readonly arms: Readonly<Record<string, (size: number) => number>>;
  /** Hits in each tenth of the requests at any size, for some arms. */
  readonly tenths?: Readonly<Record<string, readonly number[]>>;
}

/** Answers in the form in which measuring processes return them. */
export function makeUp({
  requests,
  keys,
  arms,
  sizes,
  tenths = {},
}: MadeUp): Map<string, HitsAnswer> {
  const capacities = sizes ?? sizesUpTo(keys);
  const most = (requests - keys) / requests;
  return new Map(
    Object.entries(arms).map(([arm, ratioOf]): [string, HitsAnswer] => {
      const hitRatios = capacities.map((size) =>
        size >= keys ? most : Math.min(most, ratioOf(size)),
      );
      const hits = tenths[arm];
      const hitsByTenth = hits && { hitsByTenth: capacities.map(() => hits) };
      return [arm, { requests, keys, capacities, hitRatios, ...hitsByTenth }];
    }),
  );
}
