import { BASELINE } from "../adapters/catalogue.ts";
import { formatEntries, formatPercent } from "../rendering/format.ts";
import { colourOf, Plot, renderLegend, renderPlot } from "../rendering/plot.ts";
import type { Cell, Chart } from "../suite.ts";
import type { HitsAnswer, HitsTask } from "./measure-hits.ts";
import { OPT } from "./opt.ts";
import { armsOf, byTrace } from "./tabulate-hits.ts";

type Cells = readonly Cell<HitsTask, HitsAnswer>[];

interface Point {
  readonly arm: string;
  readonly entries: number;
  readonly hits: number;
}

function drawTrace(
  trace: string,
  answers: ReadonlyMap<string, HitsAnswer>,
  shown: readonly string[],
): string {
  const points = shown.flatMap((arm) => {
    const { capacities, hitRatios } = answers.get(arm)!;
    return capacities.map((entries, i): Point => ({ arm, entries, hits: 100 * hitRatios[i]! }));
  });
  const [{ capacities }] = answers.values() as unknown as [HitsAnswer];
  const ceiling = 10 * Math.ceil(Math.max(...points.map(({ hits }) => hits)) / 10);
  const line = {
    x: "entries",
    y: "hits",
    z: "arm",
    stroke: (point: Point) => colourOf(point.arm),
    strokeWidth: 2,
  };
  const isOpt = (point: Point): boolean => point.arm === OPT;
  return renderPlot(`Hit ratio of ${trace} by cache size`, {
    width: 480,
    height: 300,
    marginLeft: 44,
    marginBottom: 44,
    x: {
      type: "log",
      ticks: [...capacities],
      tickFormat: formatEntries,
      label: "entries",
      labelArrow: "none",
      labelAnchor: "center",
    },
    y: { domain: [0, ceiling], grid: true, label: "hits, %", labelArrow: "none" },
    marks: [
      Plot.line(
        points.filter((point) => !isOpt(point)),
        line,
      ),
      Plot.line(points.filter(isOpt), { ...line, strokeDasharray: "5 4" }),
      Plot.dot(points, {
        x: "entries",
        y: "hits",
        r: 3,
        fill: (point: Point) => colourOf(point.arm),
        title: ({ arm, entries, hits }: Point) =>
          `${arm}, ${entries.toLocaleString("en")} entries: ${formatPercent(hits / 100)}%`,
      }),
    ],
  });
}

/** Hit-ratio curves of our policies and the baseline under their ceiling, one small chart for each trace. */
export function drawHits(cells: Cells): Chart[] {
  const shown = armsOf(cells).filter(
    (arm) => arm === OPT || arm === BASELINE || arm.startsWith("heapwise "),
  );
  // The baseline has the very hits of our strict LRU, whose line would hide it.
  const lines = shown.filter((arm) => arm !== "heapwise lru");
  const titles = new Map(cells.map(({ task }) => [task.trace, task.title]));
  const figures = [...byTrace(cells)].map(
    ([trace, answers]) =>
      `<figure><figcaption><b>${trace}</b> ${titles.get(trace) ?? ""}</figcaption>${drawTrace(trace, answers, lines)}</figure>`,
  );
  return [
    {
      title: "Hit ratio by cache size",
      note: `The dashed line is the best that any cache could do. The line of ${BASELINE} is also that of heapwise lru: both are exact.`,
      html: `${renderLegend(lines)}<div class="grid">${figures.join("")}</div>`,
    },
  ];
}
