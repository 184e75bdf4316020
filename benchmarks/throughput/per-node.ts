import type { Cell } from "../suite.ts";
import type { RoundsResult, RoundsTask } from "./measure-rounds.ts";

type Cells = readonly Cell<RoundsTask, RoundsResult[]>[];

/**
 * The tables or charts of each version of Node. If there are several versions, the headings have
 * their names.
 */
export function perNode<Shown extends { readonly title: string }>(
  cells: Cells,
  show: (cells: Cells) => Shown[],
): Shown[] {
  const nodeOf = ({ answer }: Cells[number]): string => answer[0]!.node;
  const nodes = [...new Set(cells.map(nodeOf))];
  return nodes.flatMap((node) => {
    const shown = show(cells.filter((cell) => nodeOf(cell) === node));
    if (nodes.length === 1) return shown;
    return shown.map((one) => ({ ...one, title: `${one.title}, Node ${node}` }));
  });
}
