import type { Cell } from "../suite.ts";
import type { RoundsResult, RoundsTask } from "./measure-rounds.ts";

type Cells = readonly Cell<RoundsTask, RoundsResult[]>[];

/** What is shown of each version of Node; the headings have its name if there are several. */
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
