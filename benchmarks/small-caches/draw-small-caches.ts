import { renderBars } from "../rendering/bars.ts";
import { formatBytes } from "../rendering/format.ts";
import type { Cell, Chart } from "../suite.ts";
import type { SmallAnswer, SmallTask } from "./measure-small-caches.ts";
import { smallRows } from "./tabulate-small-caches.ts";

/** The chart of the suite: bytes. */
export function drawSmall(cells: readonly Cell<SmallTask, SmallAnswer[]>[]): Chart[] {
  const title = `Memory of a cache of ${cells[0]?.task.entries ?? 0} entries`;
  const bars = smallRows(cells).flatMap(({ arm, keys, max, bytes }) =>
    bytes === undefined
      ? []
      : [{ arm, group: `${keys} keys, max ${max}`, value: bytes, label: formatBytes(bytes) }],
  );
  return [{ title, note: "Without keys and values.", html: renderBars(title, "bytes", bars) }];
}
