import { colourOf } from "./colours.ts";
import { Plot, renderPlot } from "./plot.ts";

/** A bar of a chart. */
export interface Bar {
  readonly arm: string;
  /** Bars of a group are drawn together, under its name. */
  readonly group: string;
  readonly value: number;
  readonly label: string;
}

function renderGroup(title: string, unit: string, bars: readonly Bar[], longest: number): string {
  const order = [...bars].sort((a, b) => a.value - b.value).map(({ arm }) => arm);
  return renderPlot(title, {
    width: 1000,
    height: 56 + order.length * 26,
    marginTop: 6,
    marginLeft: 170,
    marginRight: 130,
    marginBottom: 44,
    x: { domain: [0, longest], grid: true, label: unit, labelArrow: "none", labelAnchor: "center" },
    y: { domain: order, label: null, padding: 0.25, tickSize: 0 },
    marks: [
      Plot.barX(bars, { x: "value", y: "arm", fill: (bar: Bar) => colourOf(bar.arm), rx: 2 }),
      Plot.text(bars, {
        x: "value",
        y: "arm",
        text: "label",
        textAnchor: "start",
        dx: 6,
        fill: "var(--text)",
      }),
      Plot.ruleX([0], { stroke: "var(--text)" }),
    ],
  });
}

/**
 * Horizontal bars with their values, shortest first. Each group is a chart, and all charts have the
 * same scale.
 */
export function renderBars(title: string, unit: string, bars: readonly Bar[]): string {
  const longest = Math.max(...bars.map(({ value }) => value));
  return [...new Set(bars.map(({ group }) => group))]
    .map((group) => {
      const shown = bars.filter((bar) => bar.group === group);
      return `<h4>${group}</h4>${renderGroup(`${title}, ${group}`, unit, shown, longest)}`;
    })
    .join("");
}
