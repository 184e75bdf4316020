import { BASELINE, OURS } from "../adapters/catalogue.ts";
import { formatEntries } from "../rendering/format.ts";
import { Plot, renderPlot, renderSwatches } from "../rendering/plot.ts";
import type { Cell, Chart } from "../suite.ts";
import type { RoundsResult, RoundsTask } from "../throughput/measure-rounds.ts";
import { perNode } from "../throughput/per-node.ts";
import { keysRows, USES } from "./tabulate-keys.ts";

interface Point {
  readonly set: string;
  readonly size: string;
  readonly use: string;
  readonly ratio: number;
}

const colourOfUse = (use: string): string =>
  `var(--policy-${Object.values(USES).indexOf(use) + 1})`;

/** A dot for each set and use, by size. */
export function drawKeys(cells: readonly Cell<RoundsTask, RoundsResult[]>[]): Chart[] {
  return perNode(cells, (own) => {
    const points: Point[] = keysRows(own).flatMap(({ set, entries, uses }) =>
      [...uses].map(([use, arms]) => ({
        set,
        size: formatEntries(entries),
        use,
        ratio: arms.get(OURS)!.ratio.median,
      })),
    );
    const sets = [...new Set(points.map(({ set }) => set))];
    const title = `String keys of many shapes: time per operation, against ${BASELINE}`;
    const html = renderPlot(title, {
      width: 1000,
      height: 110 + 26 * sets.length,
      marginLeft: 190,
      marginRight: 20,
      marginBottom: 44,
      x: {
        type: "log",
        ticks: [0.1, 0.2, 0.5, 1, 2],
        tickFormat: (ratio: number) => String(ratio),
        grid: true,
        label: `time over ${BASELINE} →`,
        labelArrow: "none",
        labelAnchor: "center",
      },
      y: { domain: sets, label: null },
      fx: {
        label: null,
        domain: [...new Set(points.map(({ size }) => size))],
        tickFormat: (size: string) => `${size} entries`,
      },
      marks: [
        Plot.frame({ stroke: "var(--rule)" }),
        Plot.ruleX([1], { stroke: "var(--text)", strokeOpacity: 0.6 }),
        Plot.dot(points, {
          x: "ratio",
          y: "set",
          fx: "size",
          r: 4.5,
          fill: ({ use }: Point) => colourOfUse(use),
          title: ({ set, use, ratio }: Point) => `${set}, ${use}: ${ratio.toFixed(2)}`,
        }),
      ],
    });
    const legend = renderSwatches(Object.values(USES).map((use) => [use, colourOfUse(use)]));
    const note = "Medians of the rounds. Left of the line is faster.";
    return [{ title, note, html: legend + html }];
  });
}
