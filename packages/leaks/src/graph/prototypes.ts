import type { Graph } from "./graph.ts";

/** Returns a function that says whether a node is the `prototype` of its `constructor`. */
export function prototypeTest(graph: Graph): (node: number) => boolean {
  const { edgeKindNames, edgeKinds, edgeNames, edgeTargets, firstEdges, strings } = graph.columns;
  const property = edgeKindNames.indexOf("property");
  const ofConstructor = strings.indexOf("constructor");
  const ofPrototype = strings.indexOf("prototype");

  const targetOf = (node: number, name: number): number | undefined => {
    for (let edge = firstEdges[node]!; edge < firstEdges[node + 1]!; edge++)
      if (edgeNames[edge] === name && edgeKinds[edge] === property) return edgeTargets[edge];
    return undefined;
  };
  return (node) => {
    const constructor = targetOf(node, ofConstructor);
    return constructor !== undefined && targetOf(constructor, ofPrototype) === node;
  };
}
