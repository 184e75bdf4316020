import type { Cell, Table } from "../suite.ts";
import { ARMS, OURS, type Arm, type BoundAnswer, type BoundTask } from "./arms.ts";
import { ENTRY_KINDS } from "./entries.ts";

/** What most users of lru-cache write. */
const COMMON: Arm = "lru-cache, JSON.stringify";

type BoundCell = Cell<BoundTask, BoundAnswer>;

/** Growth over budget, in percent. */
export function percentOf({ task, answer }: BoundCell): string {
  const percent = (100 * answer.grownBytes) / task.budget;
  return Number.isFinite(percent) ? `${percent.toFixed(1)}%` : "> 500%";
}

/** What the table of growth and its chart are called. */
export function titleOf(cells: readonly BoundCell[]): string {
  return `Growth of a cache bounded to ${cells[0]!.task.budget / 1e6} MB`;
}

/** How close each arm comes to its budget, and what its sizes cost. */
export function tabulateBound(cells: readonly BoundCell[]): Table[] {
  const find = (kind: string, arm: string): BoundCell | undefined =>
    cells.find(({ task }) => task.kind === kind && task.arm === arm);
  const ours = cells.filter(({ task }) => task.arm === OURS);
  const within = ours.filter(({ task, answer }) => {
    return Math.abs(answer.grownBytes / task.budget - 1) <= 0.1;
  });
  const table = (title: string, note: string, show: (cell: BoundCell) => string): Table => ({
    title,
    note,
    columns: ["values", ...ARMS],
    rows: ENTRY_KINDS.map((kind) => [
      kind,
      ...ARMS.map((arm) => {
        const cell = find(kind, arm);
        return cell === undefined ? "–" : show(cell);
      }),
    ]),
  });
  return [
    table(
      titleOf(cells),
      `Heap and external memory of a fresh process when the cache is full and has evicted, over what it was told to hold. Of ours, ${within.length} of ${ours.length} kinds are within 10%. Those of lru-cache size values as its users write it; a short run has them for one kind only.`,
      percentOf,
    ),
    table(
      "Time of a set with its sizing",
      `Over that with ${COMMON}, the making of the value not counted: medians, each of a process of its own.`,
      ({ task, answer }) => {
        const common = find(task.kind, COMMON);
        return common === undefined
          ? "–"
          : (answer.microseconds / common.answer.microseconds).toFixed(1);
      },
    ),
  ];
}
