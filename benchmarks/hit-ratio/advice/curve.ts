/** Hit ratio by cache size. It never decreases. */
export interface Curve {
  /** Sizes in entries, in ascending order. */
  readonly sizes: readonly number[];
  /** Hit ratio at each size, 0 to 1. */
  readonly ratios: readonly number[];
}

/** The point of a curve after which more entries are worth less. */
export interface Knee {
  readonly size: number;
  /**
   * Height of the curve above the straight line at this point, as a share of its height: 0 to 1.
   */
  readonly distance: number;
}

/**
 * Makes a curve from the measured points and two known ones: a cache without entries has no hits,
 * and a cache for all keys misses only the first request of each. Some policies have fewer hits in
 * a larger cache by chance; then the best smaller cache counts.
 */
export function curveOf(
  sizes: readonly number[],
  ratios: readonly number[],
  keys: number,
  most: number,
): Curve {
  const points = sizes
    .map((size, i): [number, number] => [size, Math.min(ratios[i]!, most)])
    .filter(([size]) => size < keys);
  points.push([keys, most]);
  let best = 0;
  return {
    sizes: points.map(([size]) => size),
    ratios: points.map(([, ratio]) => (best = Math.max(best, ratio))),
  };
}

/**
 * Between two sizes the curve is treated as straight over the logarithm of the size; below the
 * first, over the size.
 */
function shareOf(from: number, to: number, size: number): number {
  return from === 0 ? size / to : Math.log(size / from) / Math.log(to / from);
}

/** Hit ratio of a curve at any size. Between measured sizes it is an estimate. */
export function ratioAt({ sizes, ratios }: Curve, size: number): number {
  const at = sizes.findIndex((measured) => measured >= size);
  if (at === -1) return ratios.at(-1) ?? 0;
  if (sizes[at] === size) return ratios[at]!;
  const [from, low] = at === 0 ? [0, 0] : [sizes[at - 1]!, ratios[at - 1]!];
  return low + (ratios[at]! - low) * shareOf(from, sizes[at]!, size);
}

/** The smallest size at which a curve has a hit ratio; undefined if there is no such size. */
export function sizeFor({ sizes, ratios }: Curve, ratio: number): number | undefined {
  const at = ratios.findIndex((measured) => measured >= ratio);
  if (at === -1) return undefined;
  const [from, low] = at === 0 ? [0, 0] : [sizes[at - 1]!, ratios[at - 1]!];
  const [to, high] = [sizes[at]!, ratios[at]!];
  if (high === low) return to;
  const share = (ratio - low) / (high - low);
  return from === 0 ? to * share : from * (to / from) ** share;
}

/** Two sizes are equally good if their distances differ by less. */
const AS_GOOD = 0.01;

/**
 * The knee of a curve: the size at which it is farthest above the straight line from no entries to
 * all keys. Before the knee an entry brings more hits than the average entry, after it fewer.
 *
 * This is Kneedle with the greatest difference as its threshold (V. Satopää, J. Albrecht, D. Irwin
 * and B. Raghavan, "Finding a 'Kneedle' in a haystack: detecting knee points in system behavior",
 * ICDCS workshops 2011). Over the logarithm of the size, curves of Zipf's law have no knee, and the
 * place of the knee depends on the smallest measured size.
 *
 * @param candidates sizes to choose from, in ascending order.
 */
export function kneeOf(curve: Curve, candidates: readonly number[]): Knee | undefined {
  const [keys, most] = [curve.sizes.at(-1)!, curve.ratios.at(-1)!];
  if (most === 0) return undefined;
  const knees = candidates.map((size): Knee => {
    return { size, distance: ratioAt(curve, size) / most - size / keys };
  });
  const farthest = Math.max(...knees.map(({ distance }) => distance));
  return knees.find(({ distance }) => distance >= farthest - AS_GOOD);
}
