/**
 * Finds the characters in which the keys of a program differ.
 *
 * Keys of one program are alike but for a few places: `user:17:profile`, `/img/17/large.webp`. A
 * sample of them shows which. Positions are chosen one by one: each leaves the fewest pairs of the
 * sample alike. A candidate is a place in which two keys differ that are alike until now, so that
 * any place can be found.
 *
 * Based on Entropy-Learned Hashing (B. Hentschel, U. Sirin, S. Idreos, SIGMOD 2022), which chooses
 * words of eight bytes; JavaScript reads one character at a time.
 *
 * It runs seldom, and mostly before V8 has compiled it. So few steps matter more than fast steps.
 */

/** Two or more keys that are alike in all places that were read until now. */
type Group = readonly string[];

/** Positions that every plan has. */
export const FIRST = 4;
/**
 * Maximum positions of a plan. Keys that these do not separate are few, or were made to be alike.
 */
const MOST = 16;
/** Pairs of keys whose differences are the candidates of a step. */
const PAIRS = 4;
/** Positions next to a difference that are tried too, because numbers have several digits. */
const BESIDE = 1;
/** Keys that show which candidate is best, and how many of them may be of one group. */
const ENOUGH = 48;
const MOST_OF_GROUP = 12;
/**
 * Characters that are mostly in one cache line. After the header of a string there are a few more.
 */
const LINE = 24;
/** A position is not worth reading if it leaves a larger part of its pairs alike. */
const WEAK = 0.95;
/** No plan helps if this many times the allowed pairs are left alike. */
const HOPELESS = 16;

/** Splits groups by a property of their keys. Omits a key that is alone in its group. */
export function split(groups: readonly Group[], of: (key: string) => number): Group[] {
  const alike: Group[] = [];
  for (const group of groups) {
    const parts = new Map<number, string[]>();
    for (const key of group) {
      const value = of(key);
      const part = parts.get(value);
      if (part === undefined) parts.set(value, [key]);
      else if (part.push(key) === 2) alike.push(part);
    }
  }
  return alike;
}

/**
 * Pairs of keys of groups that are alike at a position. After their ends all keys are alike.
 * Allocates little, because it is called for each candidate.
 */
function pairsAt(groups: readonly Group[], position = Infinity): number {
  let pairs = 0;
  for (const group of groups) {
    const counts = new Map<number, number>();
    for (const key of group) {
      const code = codeAt(key, position);
      const count = counts.get(code) ?? 0;
      pairs += count;
      counts.set(code, count + 1);
    }
  }
  return pairs;
}

/** The code of the character at a position, NaN if the key has none there. */
export function codeAt(key: string, position: number): number {
  return key.charCodeAt(position < 0 ? key.length + position : position);
}

/**
 * Positions that separate the keys, counted from the start of a key, or from its end if negative:
 * at least `FIRST`, and an even number. Stops if at most `few` pairs are left alike, or if no other
 * position helps. Returns undefined if `HOPELESS` times `few` pairs are left.
 */
export function choosePositions(
  keys: Group,
  few: number,
  random: () => number,
): number[] | undefined {
  // The root of the mean square: the length if all keys have the same, else hardly ever a whole
  // number.
  const usual = Math.sqrt(keys.reduce((sum, { length }) => sum + length ** 2, 0) / keys.length);
  const chosen: number[] = [];

  const placeOf = (position: number): number => (position < 0 ? usual + position : position);

  /**
   * The factor by which a position must be better: 2 if it is in another cache line, and 2 if many
   * keys are too short for it.
   */
  const priceOf = (place: number): number => {
    const isNear = place < LINE || chosen.some((p) => Math.abs(placeOf(p) - place) < LINE / 2);
    return (isNear ? 1 : 2) * (place < 0 || place >= usual ? 2 : 1);
  };

  /** The position that leaves the fewest pairs of some groups alike. */
  const bestOf = (positions: Iterable<number>, groups: readonly Group[]): number => {
    let best = -1;
    let fewest = Infinity;
    for (const position of positions) {
      const place = placeOf(position);
      // If all keys have one length, both ends give the same place.
      if (chosen.some((p) => placeOf(p) === place)) continue;
      const cost = (pairsAt(groups, position) + 1) * priceOf(place);
      if (cost < fewest) {
        best = position;
        fewest = cost;
      }
    }
    return best;
  };

  let groups = split([keys], ({ length }) => length);
  let pairs: number;
  while ((pairs = pairsAt(groups)) > 0 && chosen.length < MOST) {
    if (pairs <= few && chosen.length >= FIRST && chosen.length % 2 === 0) break;
    const candidates = new Set<number>();
    const some: Group[] = [];
    for (let count = 0; count < ENOUGH; count += some.at(-1)!.length) {
      const group = draw(groups, random);
      if (some.push(group) <= PAIRS) addDifferences(group, candidates);
    }
    const best = bestOf(candidates, some);
    const isWeak = pairsAt(some, best) > WEAK * pairsAt(some);
    if (isWeak && chosen.length >= FIRST) break;
    chosen.push(best);
    groups = split(groups, (key) => codeAt(key, best));
  }
  if (pairs > HOPELESS * few) return undefined;
  // The sample is only a part of the keys. So places next to a good one, and next to digits, are
  // taken too.
  while (chosen.length < FIRST || chosen.length % 2 !== 0) {
    const beside = chosen.flatMap((position) => [position + 1, position - 1]);
    chosen.push(bestOf(beside, [keys.slice(0, ENOUGH)]));
  }
  return chosen;
}

/** Some neighbours of some group. */
function draw(groups: readonly Group[], random: () => number): Group {
  const group = groups[Math.floor(random() * groups.length)]!;
  const start = Math.floor(random() * (group.length - 1));
  return group.slice(start, start + MOST_OF_GROUP);
}

/**
 * Adds the first and the last place in which the first two keys of a group differ, and the places
 * next to these. The keys have the same length.
 */
function addDifferences(group: Group, to: Set<number>): void {
  const [a, b] = group as [string, string];
  const { length } = a;
  const first = longest(length, (count) => a.startsWith(b.slice(0, count)));
  const last = -1 - longest(length, (count) => a.endsWith(b.slice(length - count)));
  for (let i = 0; i <= BESIDE; i++) {
    if (first + i < length) to.add(first + i);
    if (last - i >= -length) to.add(last - i);
  }
}

/**
 * The largest count up to `most` for which a condition holds. It holds for all smaller counts too.
 */
function longest(most: number, holds: (count: number) => boolean): number {
  let least = 0;
  while (least < most) {
    const middle = (least + most + 1) >> 1;
    if (holds(middle)) least = middle;
    else most = middle - 1;
  }
  return least;
}
