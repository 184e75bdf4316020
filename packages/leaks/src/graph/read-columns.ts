import { openSource, type ReadOptions, type SnapshotSource } from "./byte-source.ts";
import type { Columns } from "./columns.ts";
import { SnapshotParser } from "./snapshot-parser.ts";

/**
 * Reads a heap snapshot into columns, piece by piece.
 * @throws {HeapSnapshotError} if the bytes are not one.
 */
export async function readColumns(
  source: SnapshotSource,
  options: ReadOptions = {},
): Promise<Columns> {
  const parser = new SnapshotParser();
  for await (const piece of openSource(source, options)) parser.push(piece);
  return parser.finish();
}
