import { colourOf, Plot, renderPlot } from "./plot.ts";

/** A bar of a chart. */
export interface Bar {
  readonly arm: string;
  /** Bars of a group stand together. */
  readonly group: string;
  readonly value: number;
  readonly label: string;
}

/** Horizontal bars with their values, shortest first in each group. */
export function renderBars(title: string, unit: string, bars: readonly Bar[]): string {
  const groups = [...new Set(bars.map(({ group }) => group))];
  const totals = new Map<string, number>();
  for (const { arm, value, group } of bars) if (group === groups[0]) totals.set(arm, value);
  const arms = [...new Set(bars.map(({ arm }) => arm))].sort((a, b) => (totals.get(a) ?? 0) - (totals.get(b) ?? 0));
  return renderPlot(title, {
    width: 1000,
    height: 60 + groups.length * (arms.length * 26 + 24),
    marginLeft: 160,
    marginRight: groups.length > 1 ? 130 : 90,
    marginBottom: 44,
    x: { grid: true, label: unit, labelArrow: "none", labelAnchor: "center", nice: true },
    y: { domain: arms, label: null, padding: 0.25 },
    fy: { domain: groups, label: null, padding: 0.1, ...(groups.length < 2 && { axis: null }) },
    marks: [
      Plot.barX(bars, { x: "value", y: "arm", fy: "group", fill: (bar: Bar) => colourOf(bar.arm), rx: 2 }),
      Plot.text(bars, { x: "value", y: "arm", fy: "group", text: "label", textAnchor: "start", dx: 6, fill: "var(--text)" }),
      Plot.ruleX([0], { stroke: "var(--text)" }),
    ],
  });
}
