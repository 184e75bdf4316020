/** The most similar of some names, if one is similar enough to be meant. */
export function nearest(name: string, names: Iterable<string>): string | undefined {
  let best: string | undefined;
  let least = Math.max(1, Math.floor(name.length / 3)) + 1;
  for (const each of names) {
    const distance = editsBetween(name.toLowerCase(), each.toLowerCase(), least);
    if (distance >= least) continue;
    least = distance;
    best = each;
  }
  return best;
}

/**
 * Letters to add, remove, replace or swap with their neighbour to make one text of the other; a
 * number from `limit` if there are that many.
 *
 * Source: the optimal string alignment distance.
 */
function editsBetween(one: string, other: string, limit: number): number {
  if (Math.abs(one.length - other.length) >= limit) return limit;
  let older: number[] = [];
  let last = Array.from({ length: other.length + 1 }, (_, i) => i);
  for (let i = 1; i <= one.length; i++) {
    const row = [i];
    for (let j = 1; j <= other.length; j++) {
      const replaced = last[j - 1]! + (one[i - 1] === other[j - 1] ? 0 : 1);
      row[j] = Math.min(replaced, last[j]! + 1, row[j - 1]! + 1);
      if (i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1]) {
        row[j] = Math.min(row[j]!, older[j - 2]! + 1);
      }
    }
    older = last;
    last = row;
  }
  return last[other.length]!;
}
