import type { Graph } from "./design.ts";

const UNSEEN = -1;

/**
 * Semi-NCA: semidominators as by Lengauer and Tarjan; then the dominator is the nearest common
 * ancestor of parent and semidominator, which a walk up the tree finds. It needs no lists of nodes
 * that wait. But the walks can take a time that grows with the square of the nodes.
 *
 * Source: Loukas Georgiadis, "Linear-time algorithms for dominators and related problems", 2005.
 */
export function semiNca({ count, first, targets }: Graph): Uint32Array {
  const numbers = new Int32Array(count).fill(UNSEEN);
  const order = new Int32Array(count);
  const parents = new Int32Array(count);
  const cursors = first.slice();
  numbers[0] = 0;
  for (let [number, next] = [0, 1]; ;) {
    const node = order[number]!;
    const edge = cursors[node]!;
    if (edge === first[node + 1]!) {
      if (number === 0) break;
      number = parents[number]!;
      continue;
    }
    cursors[node] = edge + 1;
    const target = targets[edge]!;
    if (numbers[target] !== UNSEEN) continue;
    numbers[target] = next;
    order[next] = target;
    parents[next] = number;
    number = next++;
  }

  const ends = new Int32Array(count + 1);
  for (const target of targets) ends[numbers[target]! + 1]!++;
  for (let number = 0; number < count; number++) ends[number + 1]! += ends[number]!;
  const starts = ends.slice();
  const predecessors = new Int32Array(targets.length);
  for (let number = 0; number < count; number++) {
    const node = order[number]!;
    for (let edge = first[node]!, end = first[node + 1]!; edge < end; edge++) {
      predecessors[starts[numbers[targets[edge]!]!]!++] = number;
    }
  }

  const dominators = parents.slice();
  const labels = Int32Array.from({ length: count }, (_, number) => number);
  const semidominators = labels.slice();
  for (let number = count - 1; number > 0; number--) {
    let semidominator = dominators[number]!;
    for (let at = ends[number]!; at < ends[number + 1]!; at++) {
      const candidate = evaluate(predecessors[at]!, number, parents, labels);
      if (candidate < semidominator) semidominator = candidate;
    }
    semidominators[number] = semidominator;
    labels[number] = semidominator;
  }
  for (let number = 1; number < count; number++) {
    let dominator = dominators[number]!;
    while (dominator > semidominators[number]!) dominator = dominators[dominator]!;
    dominators[number] = dominator;
  }
  const result = new Uint32Array(count);
  for (let number = 1; number < count; number++) {
    result[order[number]!] = order[dominators[number]!]!;
  }
  return result;
}

/** Returns the smallest label on the way up from a number, of numbers above `last`. Shortens it. */
function evaluate(number: number, last: number, ancestors: Int32Array, labels: Int32Array): number {
  if (number <= last) return number;
  let [top, below] = [number, 0];
  let above = ancestors[top]!;
  while (above > last) {
    ancestors[top] = below;
    below = top;
    top = above;
    above = ancestors[top]!;
  }
  let least = labels[top]!;
  while (below !== 0) {
    if (least < labels[below]!) labels[below] = least;
    else least = labels[below]!;
    const next = ancestors[below]!;
    ancestors[below] = above;
    below = next;
  }
  return labels[number]!;
}
