/** Cache sizes for the user's own traces. */
import { countOf } from "./formats/bad-trace.ts";

/** The limit of a `Map`, on which most of the measured caches are built. */
export const MOST_ENTRIES: number = 2 ** 24;

/** The smallest size, unless there is only a handful of keys. */
const SMALLEST = 10;
const MANY_KEYS = 1_000;
/** A grid size this close to all keys adds nothing. */
const NEARLY_ALL = 0.9;

/** 1, 2, 5, 10, 20, 50 and so on, from 10 entries (1 for less than 1,000 keys) up to all keys. */
export function sizesUpTo(keys: number): number[] {
  const last = Math.min(keys, MOST_ENTRIES);
  const sizes: number[] = [];
  for (let unit = keys < MANY_KEYS ? 1 : SMALLEST; unit < last; unit *= 10) {
    sizes.push(...[unit, 2 * unit, 5 * unit].filter((size) => size <= NEARLY_ALL * last));
  }
  return [...sizes, last];
}

/** Chooses `count` of the sizes, evenly spread. The last size is among them. */
export function thinOut(sizes: readonly number[], count: number): number[] {
  if (count >= sizes.length) return [...sizes];
  const step = sizes.length / count;
  return Array.from({ length: count }, (_, i) => sizes[Math.round((i + 1) * step) - 1]!);
}

/**
 * Sizes between a size and its neighbours, with two digits.
 * @param each number of sizes on each side.
 */
export function sizesAround(size: number, sizes: readonly number[], each: number): number[] {
  const at = sizes.indexOf(size);
  const between = (from: number, to: number): number[] =>
    Array.from({ length: each }, (_, i) => {
      const exact = from * (to / from) ** ((i + 1) / (each + 1));
      const unit = 10 ** Math.max(0, Math.floor(Math.log10(exact)) - 1);
      return unit * Math.round(exact / unit);
    });
  const [before, after] = [sizes[at - 1], sizes[at + 1]];
  const found = [
    ...(before === undefined ? [] : between(before, size)),
    ...(after === undefined ? [] : between(size, after)),
  ];
  return [...new Set(found)].filter(
    (other) => !sizes.includes(other) && other > (before ?? 0) && other < (after ?? size),
  );
}

/**
 * Throws unless the sizes are whole numbers that caches can have, in ascending order.
 * @param source the option or the file that gives them.
 */
export function checkCapacities(source: string, sizes: readonly unknown[]): void {
  const fail = (found: string, expected: string): never => {
    throw new RangeError(`Cannot read ${source}: ${found}, expected ${expected}`);
  };
  const most = MOST_ENTRIES.toLocaleString("en");
  let before = 0;
  for (const size of sizes) {
    if (!Number.isInteger(size) || (size as number) < 1 || (size as number) > MOST_ENTRIES)
      fail(JSON.stringify(size), `whole numbers of entries from 1 to ${most}`);
    if ((size as number) <= before)
      fail(`${String(size)} after ${before}`, "sizes in ascending order, each once");
    before = size as number;
  }
  if (sizes.length === 0) fail("no size", "sizes in entries, as in 1000,5000");
}

/**
 * The sizes to measure: a size above the number of keys is replaced by the number of keys, which
 * has the same hits.
 */
export function sizesWithin(sizes: readonly number[], keys: number): number[] {
  return sizes.at(-1)! <= keys ? [...sizes] : [...sizes.filter((size) => size < keys), keys];
}

/**
 * Throws if all keys would fit and nothing would be measured. With one trace: if a size is larger
 * than its number of keys. With several: if all sizes are larger than the number of keys of each
 * trace.
 */
export function refuseTooLarge(
  source: string,
  sizes: readonly number[],
  traces: readonly { readonly name: string; readonly keys: number }[],
): void {
  const most = Math.max(...traces.map(({ keys }) => keys));
  const isOnly = traces.length === 1;
  const size = isOnly ? sizes.at(-1)! : sizes[0]!;
  if (size <= most) return;
  const keys = countOf(most, "different key");
  const [what, found] = isOnly
    ? [traces[0]!.name, `it has ${keys}`]
    : [`any of the ${traces.length} traces`, `they have at most ${keys}`];
  throw new RangeError(
    `Cannot measure ${what} with ${size.toLocaleString("en")} entries (${source}): ${found}, expected at most ${countOf(most, "entry", "entries")}, which hold all of them`,
  );
}
