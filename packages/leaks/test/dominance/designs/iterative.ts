import type { Graph } from "./design.ts";

const NONE = -1;

/**
 * The iterative algorithm: intersects the dominators of all predecessors, in reverse postorder,
 * until nothing changes. It needs no list of predecessors, and so only 16 bytes for each node. But
 * an intersection walks up the tree, so the time can grow with the square of the nodes.
 *
 * Source: Keith D. Cooper, Timothy J. Harvey and Ken Kennedy, "A simple, fast dominance algorithm",
 * 2001.
 */
export function iterative({ count, first, targets }: Graph): Uint32Array {
  const { order, numbers } = orderNodes({ count, first, targets });
  const root = count - 1;
  const dominators = new Int32Array(count).fill(NONE);
  dominators[root] = root;
  for (let isChanged = true; isChanged;) {
    isChanged = false;
    for (let number = root; number >= 0; number--) {
      const node = order[number]!;
      for (let edge = first[node]!, end = first[node + 1]!; edge < end; edge++) {
        const target = numbers[targets[edge]!]!;
        const known = dominators[target]!;
        if (known === number || target === root) continue;
        let [one, other] = known === NONE ? [number, number] : [known, number];
        while (one !== other) {
          while (one < other) one = dominators[one]!;
          while (other < one) other = dominators[other]!;
        }
        if (one === known) continue;
        dominators[target] = one;
        isChanged = true;
      }
    }
  }
  const result = new Uint32Array(count);
  for (let number = 0; number < count; number++) {
    result[order[number]!] = order[dominators[number]!]!;
  }
  return result;
}

/** Numbers the nodes in the order in which a depth-first search leaves them: the root is last. */
function orderNodes({ count, first, targets }: Graph): { order: Int32Array; numbers: Int32Array } {
  const order = new Int32Array(count);
  const numbers = new Int32Array(count);
  const cursors = first.slice();
  const seen = new Uint8Array(count);
  const path = new Int32Array(count);
  let [depth, next] = [0, 0];
  seen[0] = 1;
  while (depth >= 0) {
    const node = path[depth]!;
    const edge = cursors[node]!;
    if (edge === first[node + 1]!) {
      numbers[node] = next;
      order[next++] = node;
      depth--;
      continue;
    }
    cursors[node] = edge + 1;
    const target = targets[edge]!;
    if (seen[target] === 1) continue;
    seen[target] = 1;
    path[++depth] = target;
  }
  return { order, numbers };
}
