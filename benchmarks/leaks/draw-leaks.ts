import { renderBars } from "../rendering/bars.ts";
import { formatBytes, formatMs } from "../rendering/format.ts";
import type { Cell, Chart } from "../suite.ts";
import type { LeaksAnswer, LeaksTask } from "./measure-leaks.ts";
import { summarizeReaders } from "./tabulate-leaks.ts";

/** The charts of the leaks suite: time and memory of the readers. */
export function drawLeaks(cells: readonly Cell<LeaksTask, LeaksAnswer>[]): Chart[] {
  const readers = summarizeReaders(cells);
  if (readers.length === 0) return [];
  const chart = (title: string, unit: string, key: "ms" | "peakBytes"): Chart => ({
    title,
    note: "Each reader in a fresh process. Lower is better.",
    html: renderBars(
      title,
      unit,
      readers.map((reader) => ({
        arm: reader.reader,
        group: "",
        value: reader[key],
        label: key === "ms" ? formatMs(reader.ms) : formatBytes(reader.peakBytes),
      })),
    ),
  });
  return [
    chart("Time of reading a heap snapshot by reader", "ms", "ms"),
    chart("Peak memory of reading a heap snapshot", "bytes", "peakBytes"),
  ];
}
