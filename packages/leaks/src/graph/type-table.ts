import type { Graph } from "./graph.ts";

/** The nodes of a graph by their type. */
export interface TypeTable {
  /** The types, in the order of their first nodes. */
  readonly names: readonly string[];
  /** Index in `names` for each node. */
  readonly types: Uint32Array;
}

/** Finds the type of each node. Each text is made once. */
export function typeTableOf(graph: Graph): TypeTable {
  const { nodeCount, columns } = graph;
  const { nodeKinds, nodeNames, kindNames, strings } = columns;
  const objectKind = kindNames.indexOf("object");
  const names: string[] = [];
  const indices = new Map<string, number>();
  const byName = new Uint32Array(strings.length);
  const byKind = new Uint32Array(256);
  const types = new Uint32Array(nodeCount);
  for (let node = 0; node < nodeCount; node++) {
    // Indices plus 1: 0 is a name or kind that comes for the first time.
    const isObject = nodeKinds[node] === objectKind;
    const known = isObject ? byName : byKind;
    const key = isObject ? nodeNames[node]! : nodeKinds[node]!;
    let index = known[key]!;
    if (index === 0) {
      const name = graph.typeOf(node);
      let found = indices.get(name);
      if (found === undefined) {
        found = names.push(name) - 1;
        indices.set(name, found);
      }
      known[key] = index = found + 1;
    }
    types[node] = index - 1;
  }
  return { names, types };
}
