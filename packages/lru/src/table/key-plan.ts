import { choosePositions, FIRST, split } from "./positions.ts";

/**
 * Keys of this length and longer ones are read by the positions themselves. Places below it fit
 * into eight bits.
 */
const LONGEST_PACKED = 256;
/**
 * The part of a sample that is enough to learn from, unless it has all keys: any places separate a
 * few keys of one length.
 */
const ENOUGH = 1 / 8;
/** Half of a larger sample shows enough of all keys together. */
const LARGE = 256;
/** The part of the keys that have enough places. */
const USUAL = 0.9;

/** Which characters a table reads of its string keys. */
export interface KeyPlan {
  /** Counted from the start of a key, or from its end if negative. */
  readonly positions: Int32Array;
  /**
   * The same as places in keys of each length below `width`, or for some lengths a better choice:
   * four of eight bits in `places[length]`, then two each in `places[width + length]`,
   * `places[2 * width + length]` and so on.
   */
  readonly places: Int32Array;
  readonly width: number;
}

/** Pairs of a sample that mean that one key of 16 has the hash of another, among `size` keys. */
function fewPairs(sample: number, size: number): number {
  return (sample * sample) / (32 * size);
}

/**
 * Lists the places of keys of all lengths, by the choice for the length or for the next smaller
 * length that has a choice.
 */
function planOf(
  positions: readonly number[],
  choices: ReadonlyMap<number, readonly number[]>,
  depth: number,
  longest: number,
): KeyPlan {
  const width = Math.min(LONGEST_PACKED, 2 * longest + 1);
  const places = new Int32Array((depth === FIRST ? 1 : depth / 2) * width);
  let chosen = positions;
  for (let length = 1; length < width; length++) {
    const choice = choices.get(length);
    if (choice !== undefined && choice.length <= depth) chosen = [...choice, ...positions];
    const place = (i: number): number => {
      const position = chosen[i]!;
      return Math.max(0, Math.min(length - 1, position < 0 ? length + position : position));
    };
    places[length] = place(0) | (place(1) << 8) | (place(2) << 16) | (place(3) << 24);
    for (let at = length + width, i = FIRST; at < places.length; at += width, i += 2) {
      places[at] = place(i) | (place(i + 1) << 8);
    }
  }
  return { positions: Int32Array.from(positions), places, width };
}

/** Learns from a sample of `size` keys. Returns undefined if a few places do not separate them. */
export function learnPlan(
  keys: readonly string[],
  size: number,
  random: () => number,
): KeyPlan | undefined {
  if (keys.length < 2) return undefined;
  const some = keys.length > LARGE ? keys.filter((_key, i) => i % 2 === 0) : keys;
  const positions = choosePositions(some, fewPairs(some.length, size), random);
  if (positions === undefined) return undefined;
  const longest = Math.max(...keys.map(({ length }) => length));
  // Kinds of keys that are mixed often differ in their lengths, and then each needs fewer places.
  const choices = new Map<number, readonly number[]>();
  const isWhole = keys.length === size;
  const groups = positions.length === FIRST ? [] : split([keys], ({ length }) => length);
  for (const group of groups) {
    const { length } = group[0]!;
    const part = group.length / keys.length;
    if ((part < ENOUGH && !isWhole) || part > USUAL || length >= LONGEST_PACKED) continue;
    const few = fewPairs(group.length, size * part);
    const choice = choosePositions(group, few, random);
    if (choice !== undefined) choices.set(length, choice);
  }
  // All keys get the number of places that nearly all need: another number is a branch that the
  // processor cannot predict.
  const depths = keys.map(
    ({ length }) => choices.get(length)?.length ?? (isWhole ? FIRST : positions.length),
  );
  const depth = depths.sort((a, b) => a - b)[Math.floor(USUAL * depths.length)]!;
  return planOf(positions, choices, depth, longest);
}

/** The plan before a table learns: the last characters, because most keys differ there. */
export const TAILS: KeyPlan = /* @__PURE__ */ planOf(
  [-1, -2, -3, -4],
  new Map(),
  FIRST,
  LONGEST_PACKED,
);
