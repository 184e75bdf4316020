/** Hit ratio by cache size, never falling. */
export interface Curve {
  /** Sizes in entries, ascending. */
  readonly sizes: readonly number[];
  /** Hit ratio at each size, 0 to 1. */
  readonly ratios: readonly number[];
}

/** The point of a curve beyond which more entries are worth less. */
export interface Knee {
  readonly size: number;
  /** How far the curve is above the straight line there, as a share of its height: 0 to 1. */
  readonly distance: number;
}

/**
 * Makes a curve of what was measured, and of what is known: nothing hits in no entries, and with all
 * keys everything but the first request of each. Where a larger cache hit less, as some policies
 * do by chance, the best of the smaller ones counts.
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

/** Between two sizes the curve is taken for straight over the logarithm of the size; below the first, over the size. */
function shareOf(from: number, to: number, size: number): number {
  return from === 0 ? size / to : Math.log(size / from) / Math.log(to / from);
}

/** Hit ratio of a curve at any size; between measured sizes an estimate. */
export function ratioAt({ sizes, ratios }: Curve, size: number): number {
  const at = sizes.findIndex((measured) => measured >= size);
  if (at === -1) return ratios.at(-1) ?? 0;
  if (sizes[at] === size) return ratios[at]!;
  const [from, low] = at === 0 ? [0, 0] : [sizes[at - 1]!, ratios[at - 1]!];
  return low + (ratios[at]! - low) * shareOf(from, sizes[at]!, size);
}

/** The smallest size at which a curve has a hit ratio; undefined if it has it at none. */
export function sizeFor({ sizes, ratios }: Curve, ratio: number): number | undefined {
  const at = ratios.findIndex((measured) => measured >= ratio);
  if (at === -1) return undefined;
  const [from, low] = at === 0 ? [0, 0] : [sizes[at - 1]!, ratios[at - 1]!];
  const [to, high] = [sizes[at]!, ratios[at]!];
  if (high === low) return to;
  const share = (ratio - low) / (high - low);
  return from === 0 ? to * share : from * (to / from) ** share;
}

/** Sizes whose distance differs by less are as good as one another. */
const AS_GOOD = 0.01;

/**
 * The knee of a curve: the size at which it is farthest above the straight line from no entries to
 * all keys. On the way there an entry brings more hits than the average one, beyond it fewer.
 *
 * This is Kneedle with the greatest difference for its threshold (V. Satopää, J. Albrecht, D. Irwin
 * and B. Raghavan, "Finding a 'Kneedle' in a haystack: detecting knee points in system behavior",
 * ICDCS workshops 2011). Over the logarithm of the size, curves of Zipf's law have no knee, and
 * where it is depends on the smallest size that was measured.
 *
 * @param candidates sizes to choose from, ascending.
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
