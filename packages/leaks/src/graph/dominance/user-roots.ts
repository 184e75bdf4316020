import type { Columns } from "../columns.ts";

/** Whether a node is the one of V8 from which all documents of a page hang. */
export function isDomTreesRoot(
  { kindNames, nodeKinds, nodeNames, strings }: Columns,
  node: number,
): boolean {
  return (
    kindNames[nodeKinds[node]!] === "synthetic" &&
    strings.at(nodeNames[node]!) === "(Document DOM trees)"
  );
}

/**
 * Whether a node to which the root has an edge belongs to the program, as a global object does, and
 * not to the engine, as its stack and its handles do. Distances are counted from these nodes.
 */
export function isUserRoot(columns: Columns, node: number): boolean {
  return (
    columns.kindNames[columns.nodeKinds[node]!] !== "synthetic" || isDomTreesRoot(columns, node)
  );
}
