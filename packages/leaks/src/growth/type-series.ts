import type { Graph } from "../graph/graph.ts";

/** The numbers of one type at each mark. */
export interface TypeCounts {
  readonly type: string;
  readonly counts: readonly number[];
  readonly bytes: readonly number[];
}

/** Kinds that a program makes. The rest is the engine's: code, shapes, tables, boxed numbers. */
const KINDS = [
  "object",
  "closure",
  "regexp",
  "string",
  "concatenated string",
  "sliced string",
  "symbol",
  "bigint",
];

const PER_RECORD = 3;
const END_OF_MARK = -1;

/**
 * The place of each type that any series has seen. The names are keys, which are the very texts
 * that the classes have, so that a series makes no texts of its own.
 */
const places = Object.create(null) as Record<string, number>;
let placeCount = 0;

function placeOf(type: string): number {
  return (places[type] ??= placeCount++);
}

/** Makes room for the types of a snapshot, before anything is counted. */
export function learnTypes(graph: Graph): void {
  for (const type of countTypes(graph).keys()) placeOf(type);
}

/**
 * Counts and bytes of each type at each mark. Adding a mark makes no object and no text that stays:
 * the numbers are in one array, which is replaced by a longer one. So a series does not see itself
 * grow.
 */
export class TypeSeries {
  /** Records of place, count and bytes; after those of a mark, one with a place of -1. */
  #records: Float64Array = new Float64Array(0);

  /** Adds a mark: the types of a snapshot. */
  add(graph: Graph): void {
    const found = countTypes(graph);
    const start = this.#records.length;
    const longer = new Float64Array(start + (found.size + 1) * PER_RECORD);
    longer.set(this.#records);
    let at = start;
    for (const [type, [count, bytes]] of found) {
      longer.set([placeOf(type), count, bytes], at);
      at += PER_RECORD;
    }
    longer[at] = END_OF_MARK;
    this.#records = longer;
  }

  /** The series of each type. A type that a mark does not have has 0 there. */
  all(): TypeCounts[] {
    const all = new Map<number, { type: string; counts: number[]; bytes: number[] }>();
    for (const [type, place] of Object.entries(places)) {
      all.set(place, { type, counts: [], bytes: [] });
    }
    let mark = 0;
    for (let at = 0; at < this.#records.length; at += PER_RECORD) {
      const place = this.#records[at]!;
      if (place === END_OF_MARK) {
        for (const { counts, bytes } of all.values()) {
          counts[mark] ??= 0;
          bytes[mark] ??= 0;
        }
        mark++;
      } else {
        const row = all.get(place)!;
        row.counts[mark] = this.#records[at + 1]!;
        row.bytes[mark] = this.#records[at + 2]!;
      }
    }
    return [...all.values()].filter(({ counts }) => counts.some((count) => count > 0));
  }
}

/** Number and bytes of the objects of each type. */
export function countTypes(graph: Graph): Map<string, [count: number, bytes: number]> {
  const { kindNames, nodeKinds, nodeNames, selfBytes } = graph.columns;
  const isCounted = kindNames.map((name) => KINDS.includes(name));
  const objectKind = kindNames.indexOf("object");
  const byIndex = new Map<number, [number, number]>();
  for (let node = 0; node < graph.nodeCount; node++) {
    const kind = nodeKinds[node]!;
    if (isCounted[kind] !== true) continue;
    // Below 0 for a kind, of which all names are one type.
    const index = kind === objectKind ? nodeNames[node]! : -1 - kind;
    const sums = byIndex.get(index);
    if (sums === undefined) byIndex.set(index, [1, selfBytes[node]!]);
    else {
      sums[0]++;
      sums[1] += selfBytes[node]!;
    }
  }
  const byName = new Map<string, [number, number]>();
  for (const [index, sums] of byIndex) {
    const type = index < 0 ? `(${kindNames[-1 - index]!})` : graph.columns.strings.at(index);
    byName.set(type, sums);
  }
  return byName;
}
