import { renderBars } from "../rendering/bars.ts";
import type { Cell, Chart } from "../suite.ts";
import type { MemoryAnswer, MemoryTask } from "./measure-memory.ts";

/** The chart of the memory suite. */
export function drawMemory(cells: readonly Cell<MemoryTask, MemoryAnswer>[]): Chart[] {
  const title = "Bytes per entry";
  const bars = cells.map(({ task, answer }) => ({
    arm: task.arm,
    group: `${task.shape.kind} keys`,
    value: answer.bytesPerEntry,
    label: answer.bytesPerEntry.toFixed(1),
  }));
  return [
    {
      title,
      note: "Memory of the cache itself for each of 1M entries after churn: heap and external memory. Keys and values do not count. Lower is better.",
      html: renderBars(title, "bytes", bars),
    },
  ];
}
