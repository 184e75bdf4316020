import { formatBytes, formatEntries } from "../rendering/format.ts";
import type { Cell, Table } from "../suite.ts";
import type { MemoryAnswer, MemoryTask } from "./measure-memory.ts";

/** The table of the memory suite. */
export function tabulateMemory(cells: readonly Cell<MemoryTask, MemoryAnswer>[]): Table[] {
  const entries = formatEntries(cells[0]?.task.entries ?? 0);
  return [
    {
      title: `Memory of a cache of ${entries} entries`,
      note: "Heap and external memory of a fresh process after forced collections, without the keys and the one shared value. Full: after twice as many inserts as its capacity. The rest after clear() is known to about 0.2 MB. Resident: growth of the whole process, with keys, and with garbage that is not yet returned.",
      columns: ["cache", "keys", "bytes per entry", "empty", "after clear()", "resident"],
      rows: cells.map(({ task, answer }) => [
        task.arm,
        task.shape.kind,
        answer.bytesPerEntry.toFixed(1),
        formatBytes(answer.emptyBytes),
        formatBytes(answer.clearedBytes),
        formatBytes(answer.residentBytes),
      ]),
    },
  ];
}
