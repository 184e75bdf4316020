import { Plot, renderPlot } from "../rendering/plot.ts";
import type { Cell, Chart } from "../suite.ts";
import type { PoolAnswer, PoolTask } from "./measure-pools.ts";
import type { SimulationAnswer, SimulationName } from "./simulations/simulate.ts";
import { cellsOf } from "./tabulate-pools.ts";

const NOTES: Readonly<Record<SimulationName, string>> = {
  spike:
    "50 requests of 2 ms at once, 5 idle resources, 150 ms to create one. Returned resources serve the requests long before new ones do. Creations that have begun are finished, so that a bound on creations keeps the pool small.",
  outage: "No resource can be created from 3 s to 7 s, and resources that are lent break.",
  "lifetime herd": "50 resources that live for 10 s: with jitter they are not replaced together.",
  "slow destroy":
    "Resources are replaced after 5 loans. Resources that are being destroyed count against the bound of 20 until they are gone.",
  overload: "From 2 s to 6 s twice as many requests arrive as can be served.",
};

/** The charts of the suite: the course of each simulation. */
export function drawPools(cells: readonly Cell<PoolTask, PoolAnswer>[]): Chart[] {
  return cellsOf<"simulation", SimulationAnswer>(cells, "simulation").map(({ task, answer }) => {
    const title = `Simulation: ${task.name}`;
    const series = [...new Set(answer.points.map((point) => point.series))];
    const html = renderPlot(title, {
      width: 1000,
      height: 40 + 110 * series.length,
      marginLeft: 60,
      marginRight: 20,
      marginBottom: 44,
      x: { label: "milliseconds", labelAnchor: "center", labelArrow: "none" },
      y: { label: null, grid: true, ticks: 3, zero: true },
      fy: { label: null, axis: null, domain: series },
      marks: [
        Plot.areaY(answer.points, {
          x: "ms",
          y: "value",
          fy: "series",
          fill: "var(--policy-1)",
          fillOpacity: 0.15,
          curve: "step-after",
        }),
        Plot.lineY(answer.points, {
          x: "ms",
          y: "value",
          fy: "series",
          stroke: "var(--policy-1)",
          curve: "step-after",
        }),
        Plot.text(series, {
          fy: (each: string) => each,
          text: (each: string) => each,
          frameAnchor: "top-left",
          dx: 6,
          dy: 4,
          fill: "var(--text)",
        }),
      ],
    });
    return { title, note: NOTES[task.name], html };
  });
}
