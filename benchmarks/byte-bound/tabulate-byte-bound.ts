import type { Cell, Table } from "../suite.ts";
import { ARMS, OURS } from "./adapters/catalogue.ts";
import type { BoundAnswer, BoundTask } from "./task.ts";
import { faultsOf, surenessOf } from "./judge.ts";
import { KINDS, kindOf } from "./kinds/catalogue.ts";

/** The form that most users of lru-cache write. */
const COMMON = "lru-cache, JSON.stringify";

type BoundCell = Cell<BoundTask, BoundAnswer>;

/** Growth divided by the budget, in percent. */
export function percentOf({ task, answer }: BoundCell): string {
  const percent = (100 * answer.grownBytes) / task.budget;
  return Number.isFinite(percent) ? `${percent.toFixed(1)}%` : "> 500%";
}

/** Title of the table of growth and of its chart. */
export function titleOf(cells: readonly BoundCell[]): string {
  return `Growth of a cache bounded to ${cells[0]!.task.budget / 1e6} MB`;
}

/** How close each arm comes to its budget, and the cost of its sizes. */
export function tabulateBound(cells: readonly BoundCell[]): Table[] {
  return [...compared(cells), ...runtimesOf(cells).map((runtime) => holding(runtime, cells))];
}

function compared(cells: readonly BoundCell[]): Table[] {
  // The first answer is from the Node that runs the benchmarks.
  const find = (kind: string, arm: string): BoundCell | undefined =>
    cells.find(({ task }) => task.kind === kind && task.arm === arm);
  const kinds = KINDS.filter(({ isCompared }) => isCompared);
  const ours = kinds.flatMap(({ name }) => find(name, OURS) ?? []);
  const within = ours.filter(({ task, answer }) => {
    return Math.abs(answer.grownBytes / task.budget - 1) <= 0.1;
  });
  const table = (title: string, note: string, show: (cell: BoundCell) => string): Table => ({
    title,
    note,
    columns: ["values", ...ARMS],
    rows: kinds.map(({ name }) => [
      name,
      ...ARMS.map((arm) => {
        const cell = find(name, arm);
        return cell === undefined ? "–" : show(cell);
      }),
    ]),
  });
  return [
    table(
      titleOf(cells),
      `Heap and external memory of a fresh process when the cache is full and has evicted, divided by its bound. Of our results, ${within.length} of ${ours.length} kinds are within 10%. lru-cache sizes values in the ways that its users write; a short run measures it with one kind only.`,
      percentOf,
    ),
    table(
      "Time of a set with its sizing",
      `Divided by the time with ${COMMON}. The time to make the value does not count. Medians; each cell has a process of its own.`,
      ({ task, answer }) => {
        const common = find(task.kind, COMMON);
        return common === undefined
          ? "–"
          : (answer.microseconds / common.answer.microseconds).toFixed(1);
      },
    ),
  ];
}

function runtimesOf(cells: readonly BoundCell[]): string[] {
  return [...new Set(cells.map(({ answer }) => answer.runtime))];
}

/** The memory that our cache holds with each kind, next to the result of `measure`. */
function holding(runtime: string, cells: readonly BoundCell[]): Table {
  const rows = cells.flatMap(({ task, answer: { held, runtime: of } }) => {
    if (held === undefined || of !== runtime) return [];
    const percent = (bytes: number): string =>
      Number.isFinite(bytes) ? `${((100 * bytes) / task.budget).toFixed(1)}%` : "∞";
    const kind = kindOf(task.kind);
    const faults = faultsOf(kind, held, task.budget);
    const { grown, bytes, minOnce, maxOnce } = held;
    return [
      [
        task.kind,
        ...[grown, bytes, minOnce, maxOnce].map(percent),
        surenessOf(held),
        faults.length > 0 ? faults.join("; ") : (kind.unseen ?? "holds"),
      ],
    ];
  });
  return {
    title: `Memory that maxBytes bounds on Node ${runtime}`,
    note: "Held: heap and external memory divided by the bound, as above. Min and max are the sums of the bounds of measure() over the entries. Sizes are certain if the two differ by at most 15%; then 85 to 115% must be held, and of other values at most 115%. Opaque values have no upper bound, and stats().opaque counts them.",
    columns: ["values", "held", "bytes()", "min", "max", "sizes", "verdict"],
    rows,
  };
}
