import type { StringTable } from "../string-table.ts";
import { bitsFor, isSet, setBit } from "./bits.ts";

/** An entry of a WeakMap, as the name of an edge describes it. */
interface EphemeronName {
  /** The text that the edge from the key and the edge from the table have in common. */
  readonly pair: string;
  /** The id of the node of the WeakMap's table. */
  readonly tableId: number;
}

/**
 * `.` matches no line break, so the two edges to a text with line breaks are ordinary edges, as in
 * DevTools. So are those whose name would be too long for V8, which then writes the format itself.
 */
const PATTERN =
  /^\d+( \/ part of key \(.*? @\d+\) -> value \(.*? @\d+\) pair in WeakMap \(table @(\d+)\))$/;

/**
 * Reads the names of internal edges that V8 writes for a WeakMap: both the key and the table have
 * an edge to the value, and only the names tell that they are two halves of one.
 *
 * Source: `V8HeapExplorer::ExtractEphemeronHashTableReferences` in `heap-snapshot-generator.cc`.
 */
export class EphemeronNames {
  readonly #strings: StringTable;
  /** Names that are known to be others, so that each of the few common ones is decoded once. */
  readonly #others: Uint32Array;

  constructor(strings: StringTable) {
    this.#strings = strings;
    this.#others = bitsFor(strings.length);
  }

  /** Returns the entry in a name, or undefined if the name is that of another edge. */
  read(name: number): EphemeronName | undefined {
    if (isSet(this.#others, name)) return undefined;
    const match = PATTERN.exec(this.#strings.at(name));
    if (match !== null) return { pair: match[1]!, tableId: Number(match[2]) };
    setBit(this.#others, name);
    return undefined;
  }
}
