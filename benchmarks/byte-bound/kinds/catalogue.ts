import { BOOK_KINDS } from "./books.ts";
import { BUFFER_KINDS } from "./buffers.ts";
import { COLLECTION_KINDS } from "./collections.ts";
import { DICTIONARY_KINDS } from "./dictionaries.ts";
import { JSON_KINDS } from "./json.ts";
import type { Kind } from "./kind.ts";
import { OPAQUE_KINDS } from "./opaque.ts";
import { RECORD_KINDS } from "./records.ts";
import { TEXT_KINDS } from "./texts.ts";

const MIXED = [
  "API record",
  "HTML fragments",
  "Buffers",
  "class instances",
  "typed arrays",
  "parsed CSV",
];

const SINGLE: readonly Kind[] = [
  ...JSON_KINDS,
  ...DICTIONARY_KINDS,
  ...TEXT_KINDS,
  ...BUFFER_KINDS,
  ...RECORD_KINDS,
  ...COLLECTION_KINDS,
  ...OPAQUE_KINDS,
  ...BOOK_KINDS,
];

const mixed = SINGLE.filter(({ name }) => MIXED.includes(name));

/** All kinds of entries. */
export const KINDS: readonly Kind[] = [
  ...SINGLE,
  { name: "mixed", isCompared: true, make: (i) => mixed[i % mixed.length]!.make!(i) },
];

const byName: ReadonlyMap<string, Kind> = new Map(KINDS.map((kind) => [kind.name, kind]));

/**
 * Returns the kind with a name.
 * @throws {RangeError} if there is no such kind.
 */
export function kindOf(name: string): Kind {
  const kind = byName.get(name);
  if (kind !== undefined) return kind;
  throw new RangeError(`Cannot make entries: "${name}", expected ${[...byName.keys()].join(", ")}`);
}
