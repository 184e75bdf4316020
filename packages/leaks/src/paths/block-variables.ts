import type { Edges } from "./edges.ts";

/**
 * The names that the variable of a block may have, by an edge from the scope of the block. V8 names
 * the variables of functions and modules only. Those of a block are numbered, and small numbers are
 * left out of the count, as they are no nodes; names of functions and classes show how many.
 */
export function blockVariables(edges: Edges, scope: number, edge: number): readonly string[] {
  const { graph } = edges;
  const names = namesOf(edges, edges.follow(scope, "scope_info"));
  const values = hiddenEdges(edges, scope);
  const missing = names.length - values.length;
  if (missing < 0) return [];
  const first = values.map((_, index) => index);
  const last = first.map((index) => index + missing);
  const { edgeTargets } = graph.columns;
  values.forEach((value, index) => {
    const target = edgeTargets[value]!;
    if (graph.kindOf(target) !== "closure") return;
    const place = names.indexOf(graph.nameOf(target));
    if (place < first[index]! || place > last[index]!) return;
    first[index] = last[index] = place;
  });
  for (let index = 1; index < first.length; index++)
    first[index] = Math.max(first[index]!, first[index - 1]! + 1);
  for (let index = last.length - 2; index >= 0; index--)
    last[index] = Math.min(last[index]!, last[index + 1]! - 1);
  const index = values.indexOf(edge);
  return index < 0 ? [] : names.slice(first[index], last[index]! + 1);
}

/** The names of the variables of a scope, in any order. */
export function scopeNames(edges: Edges, info: number): readonly string[] {
  const names = namesOf(edges, info);
  if (names.length > 0) return names;
  const { graph } = edges;
  const [table] = hiddenEdges(edges, info);
  if (table === undefined) return [];
  const { firstEdges, edgeTargets } = graph.columns;
  const node = edgeTargets[table]!;
  const found: string[] = [];
  for (let edge = firstEdges[node]!; edge < firstEdges[node + 1]!; edge++) {
    if (graph.kindOf(edgeTargets[edge]!) === "string") found.push(graph.nameOf(edgeTargets[edge]!));
  }
  return found;
}

/** The names at the start of what V8 keeps about a scope. More than 75 are in a table instead. */
function namesOf(edges: Edges, info: number): string[] {
  if (info < 0) return [];
  const { graph } = edges;
  const names: string[] = [];
  for (const edge of hiddenEdges(edges, info)) {
    const target = graph.columns.edgeTargets[edge]!;
    if (graph.kindOf(target) !== "string") break;
    names.push(graph.nameOf(target));
  }
  return names;
}

function hiddenEdges(edges: Edges, node: number): number[] {
  const { firstEdges, edgeKinds } = edges.graph.columns;
  const found: number[] = [];
  for (let edge = firstEdges[node]!; edge < firstEdges[node + 1]!; edge++)
    if (edgeKinds[edge] === edges.hidden) found.push(edge);
  return found;
}
