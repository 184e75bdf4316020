/** Finds the column of a table, or the field of records, that holds the key. */
import { BadTrace } from "./bad-trace.ts";
import { fieldOf } from "./json-lines.ts";

/**
 * Usual names of columns and fields with keys, the surest first, without punctuation and capitals.
 */
const KEY_NAMES = [
  "key cachekey anonymizedkey objid objectid object obj id url uri requesturi requesturl request",
  "path pathname pagepath page resource route lbn lba block blockid blockno blocknumber",
  "item itemid product productid sku article articleid video videoid asset assetid document",
  "documentid docid entity entityid user userid query sql file filename filepath name hash",
].flatMap((names) => names.split(" "));

/** The column of the key. */
export interface KeyColumn {
  /** Starts at 0. */
  readonly index: number;
  /** Undefined if the table has no names of columns. */
  readonly name?: string;
  readonly isGuessed: boolean;
}

function plain(name: string): string {
  return name.toLowerCase().replace(/[^\p{L}\p{N}]/gu, "");
}

/**
 * Whether the first row of a table holds names. It does if the column in the option is one of them.
 */
export function hasHeader(rows: readonly (readonly string[])[], column = ""): boolean {
  const [first, ...rest] = rows;
  const wanted = /^\s*\d*\s*$/.test(column) ? "" : plain(column);
  if (wanted !== "" && first?.some((name) => plain(name) === wanted)) return true;
  if (first === undefined || first.some(isNumber)) return false;
  if (first.some((name, at) => isKeyName(name) && rest.every((row) => row[at] !== name)))
    return true;
  // Pandas writes the index of a table without a name.
  const isIndex = (name: string, at: number): boolean =>
    name === "" && at === 0 && rest.every((row, i) => row[at] === String(i));
  return (
    rest.length > 0 &&
    first.some(
      (name, at) =>
        isIndex(name, at) || (name !== "" && rest.every((row) => isNumber(row[at] ?? ""))),
    )
  );
}

export function isKeyName(name: string): boolean {
  return KEY_NAMES.includes(plain(name));
}

function isNumber(text: string): boolean {
  return text.trim() !== "" && Number.isFinite(Number(text));
}

/** Whether values are numbers that increase, as times do. */
function isTime(values: readonly string[]): boolean {
  const numbers = values.map(timeOf);
  const isRising = numbers.every((number, at) => at === 0 || number >= numbers[at - 1]!);
  return values.length >= 3 && isRising && numbers[0] !== numbers.at(-1);
}

/** Whether a column has times of a clock that do not decrease: dates, or seconds since 1970. */
export function hasClock(rows: readonly (readonly string[])[]): boolean {
  return (rows[0] ?? []).some((first, at) => {
    const values = rows.map((row) => row[at] ?? "");
    return isTime(values) && (!isNumber(first) || Number(first) >= 1e8);
  });
}

function timeOf(text: string): number {
  if (isNumber(text)) return Number(text);
  return /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : Number.NaN;
}

function hasRepeats(values: readonly string[]): boolean {
  return new Set(values).size < values.length;
}

/**
 * How surely a name is the name of a key, from 0; -1 for other names. A name inside another one is
 * less sure.
 */
function rankOf(name: string): number {
  const whole = KEY_NAMES.indexOf(plain(name));
  if (whole !== -1 || !name.includes(".")) return whole;
  const last = KEY_NAMES.indexOf(plain(name.slice(name.lastIndexOf(".") + 1)));
  return last === -1 ? -1 : KEY_NAMES.length + last;
}

/**
 * The first column with a usual name whose values repeat; else the first column with a usual name.
 */
function guessByName(names: readonly string[], valuesOf: (at: number) => string[]): number {
  const known = names
    .map((name, at) => ({ at, rank: rankOf(name) }))
    .filter(({ rank }) => rank !== -1)
    .sort((a, b) => a.rank - b.rank);
  const found = known.find(({ at }) => hasRepeats(valuesOf(at))) ?? known[0];
  return found?.at ?? -1;
}

/**
 * The column that an option names, by name or by number from 1. Without the option, the column that
 * is the key by its name, or because all others are times or one value. Undefined if several
 * columns may be the key.
 * @throws {BadTrace} if the option names a column that does not exist.
 */
export function chooseColumn(
  rows: readonly (readonly string[])[],
  isNamed: boolean,
  column: string | undefined,
): KeyColumn | undefined {
  const names = isNamed ? rows[0]!.map((name) => name.trim()) : undefined;
  const width = Math.max(0, ...rows.map((row) => row.length));
  const describe = (index: number, isGuessed: boolean): KeyColumn => {
    const name = names?.[index];
    return { index, isGuessed, ...(name !== undefined && { name }) };
  };
  if (column !== undefined) return describe(findColumn(names, width, column), false);
  const body = isNamed ? rows.slice(1) : rows;
  const valuesOf = (at: number): string[] => body.map((row) => row[at] ?? "");
  const named = names ? guessByName(names, valuesOf) : -1;
  if (named !== -1) return describe(named, true);
  const left = Array.from({ length: width }, (_, at) => at).filter((at) => {
    const values = valuesOf(at);
    return width === 1 || (new Set(values).size > 1 && !isTime(values));
  });
  return left.length === 1 ? describe(left[0]!, true) : undefined;
}

function findColumn(names: readonly string[] | undefined, width: number, column: string): number {
  const wanted = column.trim();
  const exact = names?.indexOf(wanted) ?? -1;
  if (exact !== -1) return exact;
  const alike = names?.findIndex((name) => plain(name) === plain(wanted)) ?? -1;
  if (alike !== -1 && plain(wanted) !== "") return alike;
  if (/^\d+$/.test(wanted)) {
    if (Number(wanted) >= 1 && Number(wanted) <= width) return Number(wanted) - 1;
    throw new BadTrace(`no column ${wanted}`, `--column from 1 to ${width}`);
  }
  if (names === undefined)
    throw new BadTrace(`no names of columns`, `--column as a number from 1 to ${width}`);
  throw new BadTrace(`no column "${wanted}"`, `--column with one of ${listNames(names)}`);
}

/**
 * The field that is the key by its name, or because it is the only one. Undefined if several may be
 * the key.
 */
export function guessField(records: readonly object[]): string | undefined {
  const names = fieldNames(records);
  if (names.length === 1) return names[0];
  const at = guessByName(names, (index) =>
    records.map((record) => String(fieldOf(record, names[index]!))),
  );
  return names[at];
}

/**
 * Names of the fields of records, and of the fields of nested objects, as in `request.uri`.
 * @param depth number of levels of objects.
 */
export function fieldNames(records: readonly object[], depth = 1): string[] {
  const namesIn = (record: object): string[] =>
    Object.entries(record).flatMap(([name, value]: [string, unknown]) =>
      depth > 0 && typeof value === "object" && value !== null && !Array.isArray(value)
        ? fieldNames([value], depth - 1).map((inner) => `${name}.${inner}`)
        : [name],
    );
  return [...new Set(records.flatMap(namesIn))];
}

/** Names for an error: the first few. */
export function listNames(names: readonly string[]): string {
  const shown = names.slice(0, 12).join(", ");
  return names.length > 12 ? `${shown}, …` : shown;
}
