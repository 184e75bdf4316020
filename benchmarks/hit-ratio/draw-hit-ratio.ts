import { BASELINE, OURS } from "../adapters/catalogue.ts";
import { formatEntries, formatPercent } from "../rendering/format.ts";
import { escapeHtml } from "../rendering/escape-html.ts";
import { colourOf } from "../rendering/colours.ts";
import { Plot, renderLegend, renderPlot } from "../rendering/plot.ts";
import type { Cell, Chart } from "../suite.ts";
import type { HitsAnswer, HitsTask } from "./measure-hit-ratio.ts";
import { OPT } from "./opt.ts";
import { armsOf, byTrace } from "./tabulate-hit-ratio.ts";

type Cells = readonly Cell<HitsTask, HitsAnswer>[];

interface Point {
  readonly arm: string;
  readonly entries: number;
  readonly hits: number;
}

/** Number of labels that fit on the axis. */
const MOST_TICKS = 7;

/**
 * Sizes that are marked on the axis: all sizes if they are few, else powers of ten, or else the
 * first and the last size.
 */
function ticksOf(capacities: readonly number[]): number[] {
  if (capacities.length <= MOST_TICKS) return [...capacities];
  const powers = capacities.filter((size) => Number.isInteger(Math.log10(size)));
  return powers.length > 1 ? powers : [capacities[0]!, capacities.at(-1)!];
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
  // The chart of a trace without hits has a height too.
  const ceiling = 10 * Math.max(1, Math.ceil(Math.max(...points.map(({ hits }) => hits)) / 10));
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
      ticks: ticksOf(capacities),
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

/**
 * Hit-ratio curves of our policies and the baseline below the best possible curve, one small chart
 * for each trace.
 */
export function drawHits(cells: Cells): Chart[] {
  const arms = armsOf(cells);
  const hasBaseline = arms.includes(BASELINE);
  // The baseline has exactly the hits of our strict LRU, whose line would hide it.
  const lines = arms.filter(
    (arm) =>
      arm === OPT ||
      arm === BASELINE ||
      (arm.startsWith("heapwise ") && !(hasBaseline && arm === OURS)),
  );
  const titles = new Map(cells.map(({ task }) => [task.trace, task.title]));
  const figures = [...byTrace(cells)].map(
    ([trace, answers]) =>
      `<figure><figcaption><b>${escapeHtml(trace)}</b> ${escapeHtml(titles.get(trace) ?? "")}</figcaption>${drawTrace(trace, answers, lines)}</figure>`,
  );
  const same = hasBaseline
    ? ` ${BASELINE} and ${OURS} have the same line: both are exact.`
    : ` ${OURS} and ${BASELINE} have the same line: both are exact.`;
  return [
    {
      title: "Hit ratio by cache size",
      note: `The dashed line is the best possible cache. Higher is better.${same}`,
      html: `${renderLegend(lines)}<div class="grid">${figures.join("")}</div>`,
    },
  ];
}
