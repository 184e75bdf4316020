import { BASELINE, FLOOR, OURS } from "../adapters/catalogue.ts";
import { formatEntries } from "../rendering/format.ts";
import { colourOf } from "../rendering/colours.ts";
import { Plot, renderPlot } from "../rendering/plot.ts";
import type { Cell, Chart } from "../suite.ts";
import { WORKLOADS } from "../workloads/workload.ts";
import type { RoundsResult, RoundsTask, Section } from "./measure-rounds.ts";
import { perNode } from "./per-node.ts";
import { NOISE, rowsOf } from "./tabulate-throughput.ts";

type Cells = readonly Cell<RoundsTask, RoundsResult[]>[];

interface Point {
  readonly arm: string;
  readonly workload: string;
  readonly keys: string;
  readonly entries: string;
  readonly ratio: number;
  readonly lower: number;
  readonly upper: number;
  readonly together: boolean;
}

// A dot outside this range sits at its edge. The label still has the value.
const RATIO_DOMAIN: [number, number] = [0.05, 4];
const RATIO_TICKS = [0.1, 0.2, 0.5, 1, 2];

function pointsOf(cells: Cells, section: Section): Point[] {
  const clamp = (x: number): number => Math.min(RATIO_DOMAIN[1], Math.max(RATIO_DOMAIN[0], x));
  return rowsOf(cells, section).flatMap(({ workload, keys, entries, arms }) =>
    [...arms.values()]
      .filter(({ arm }) => arm !== BASELINE)
      .map(({ arm, ratio }) => ({
        arm,
        workload,
        keys,
        entries: formatEntries(entries),
        ratio: clamp(ratio.median),
        lower: clamp(ratio.lower),
        upper: clamp(ratio.upper),
        together: section === "together",
      })),
  );
}

const RATIO_AXIS: Plot.ScaleOptions = {
  type: "log",
  domain: RATIO_DOMAIN,
  ticks: RATIO_TICKS,
  tickFormat: (ratio: number) => String(ratio),
  grid: true,
  label: `time over ${BASELINE} →`,
  labelArrow: "none",
  labelAnchor: "center",
};

/** One chart for each kind of keys, with every rival at each size. */
function drawStrict(cells: Cells): Chart[] {
  const points = pointsOf(cells, "strict");
  return [...new Set(points.map(({ keys }) => keys))].map((keys) => {
    const shown = points.filter((point) => point.keys === keys);
    const arms = [...new Set(shown.map(({ arm }) => arm))];
    const order = [
      OURS,
      ...arms.filter((arm) => arm !== OURS && arm !== NOISE && arm !== FLOOR),
      FLOOR,
      NOISE,
    ];
    const title = `${keys.startsWith("string") ? "String" : "Integer"} keys: time per operation, against ${BASELINE}`;
    const html = renderPlot(title, {
      width: 1000,
      height: 860,
      marginLeft: 120,
      marginRight: 100,
      marginBottom: 44,
      x: RATIO_AXIS,
      y: { domain: order.filter((arm) => arms.includes(arm)), label: null, padding: 0.4 },
      fx: {
        domain: ["1k", "100k", "1M"],
        label: null,
        tickFormat: (size: string) => `${size} entries`,
      },
      fy: { domain: [...WORKLOADS], label: null },
      marks: ratioMarks(shown, "entries", "workload"),
    });
    return {
      title,
      note: "Dots are medians, bars reach from the first to the third quartile of the rounds. Left of the line is faster.",
      html,
    };
  });
}

function ratioMarks(points: readonly Point[], fx: keyof Point, fy: keyof Point): Plot.Markish[] {
  const colour = (point: Point): string => colourOf(point.arm);
  return [
    Plot.frame({ stroke: "var(--rule)" }),
    Plot.ruleX([1], { stroke: "var(--text)", strokeOpacity: 0.6 }),
    Plot.link(points, {
      x1: "lower",
      x2: "upper",
      y1: "arm",
      y2: "arm",
      fx,
      fy,
      stroke: colour,
      strokeWidth: 2,
      strokeOpacity: 0.6,
    }),
    Plot.dot(points, {
      x: "ratio",
      y: "arm",
      fx,
      fy,
      r: 4.5,
      fill: (point: Point) => (point.together ? "var(--page)" : colourOf(point.arm)),
      stroke: colour,
      strokeWidth: 2,
      title: ({ arm, ratio, lower, upper }: Point) =>
        `${arm}: ${ratio.toFixed(2)} (${lower.toFixed(2)}–${upper.toFixed(2)})`,
    }),
  ];
}

/** Our policies alone and all together, at one size. */
function drawPolicies(cells: Cells): Chart[] {
  const points = [...pointsOf(cells, "policies"), ...pointsOf(cells, "together")].filter(
    ({ entries }) => entries === "100k",
  );
  if (points.length === 0) return [];
  const title = `Our policies at 100k entries: time per operation, against ${BASELINE}`;
  const html = renderPlot(title, {
    width: 1000,
    height: 380,
    marginLeft: 140,
    marginRight: 80,
    marginBottom: 44,
    x: RATIO_AXIS,
    y: { domain: [...new Set(points.map(({ arm }) => arm))], label: null, padding: 0.4 },
    fx: { domain: [...WORKLOADS], label: null },
    fy: { label: null },
    marks: ratioMarks(points, "workload", "keys"),
  });
  return [
    {
      title,
      note: "Filled: the policy alone in its process. Hollow: all policies alive in one process.",
      html,
    },
  ];
}

/** The charts of the throughput suite. */
export function drawThroughput(cells: Cells): Chart[] {
  return perNode(cells, (own) => [...drawStrict(own), ...drawPolicies(own)]);
}
