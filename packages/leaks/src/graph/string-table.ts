/** The strings of a snapshot, which stay encoded until they are read. */
export interface StringTable {
  /** Number of strings. */
  readonly length: number;
  /** The string at an index. */
  at(index: number): string;
  /** The index of a text, or -1 if the table does not have it. */
  indexOf(text: string): number;
}
