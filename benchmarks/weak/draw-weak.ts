import { renderBars } from "../rendering/bars.ts";
import { Plot, renderPlot } from "../rendering/plot.ts";
import type { Cell, Chart } from "../suite.ts";
import type { TailAnswer, WeakAnswer, WeakTask } from "./measure-weak.ts";
import { documentsOf } from "./tabulate-weak.ts";
import { WEAK_ARMS } from "./adapters/catalogue.ts";

type Cells = readonly Cell<WeakTask, WeakAnswer>[];

const HELD = "the consumers alone";

/** The charts of the weak suite. */
export function drawWeak(cells: Cells): Chart[] {
  return [drawDocuments(cells), drawBytes(cells)];
}

function drawDocuments(cells: Cells): Chart {
  const title = "Live megabytes while consumers come and go";
  const answers = documentsOf(cells);
  const lines = [
    ...answers.map(({ arm, megabytes, hitRatio }) => ({
      name: `${arm}, ${(100 * hitRatio).toFixed(0)}% hits`,
      megabytes,
    })),
    ...answers.slice(0, 1).map(({ heldMegabytes }) => ({ name: HELD, megabytes: heldMegabytes })),
  ];
  const names = lines.map(({ name }) => name);
  const points = lines.flatMap(({ name, megabytes }) =>
    megabytes.map((value, step) => ({ name, step, value })),
  );
  type Point = (typeof points)[number];
  const colour = ({ name }: Pick<Point, "name">): string =>
    name === HELD ? "var(--text)" : `var(--policy-${[4, 3, 2, 1][names.indexOf(name)]!})`;
  const line = { x: "step", y: "value", z: "name", stroke: colour, strokeWidth: 2 };
  const isHeld = ({ name }: Point): boolean => name === HELD;
  const html = renderPlot(title, {
    width: 1000,
    height: 380,
    marginLeft: 50,
    marginBottom: 44,
    x: { label: "steps", labelArrow: "none", labelAnchor: "center" },
    y: { domain: [0, 220], grid: true, label: "live MB", labelArrow: "none" },
    marks: [
      Plot.line(
        points.filter((point) => !isHeld(point)),
        line,
      ),
      Plot.line(points.filter(isHeld), { ...line, strokeDasharray: "5 4" }),
    ],
  });
  const items = names.map(
    (name) => `<li><i style="--swatch: ${colour({ name })}"></i>${name}</li>`,
  );
  return {
    title,
    note: "4000 documents of 50 KB. Few consumers, then many, then few again; each holds a document for a while. A Map keeps all documents. An LRU decodes documents again that its consumers still hold, and then memory has them twice. A weak cache finds every document that a consumer holds, and drops it when its consumers end.",
    html: `${html}<ul class="legend">${items.join("")}</ul>`,
  };
}

function drawBytes(cells: Cells): Chart {
  const title = "Bytes per entry held weakly";
  const bars = cells.flatMap(({ task, answer }) =>
    task.kind === "tail" && task.repeat === 0
      ? [
          {
            arm: task.arm,
            group: `weak ${WEAK_ARMS.find(({ name }) => name === task.arm)!.weak}`,
            value: (answer as TailAnswer).bytesPerEntry,
            label: (answer as TailAnswer).bytesPerEntry.toFixed(1),
          },
        ]
      : [],
  );
  return {
    title,
    note: "Memory that the cache adds for each of 1M objects that are held elsewhere. Lower is better.",
    html: renderBars(title, "bytes", bars),
  };
}
