import { idOf, type SmallEdge, type SmallHeap } from "./small-heap.ts";

const ROOT = 0;

/** What retains what, by the words of the rule and by nothing but reachability. */
export class DominanceModel {
  readonly #heap: SmallHeap;
  readonly #reachedByUser: ReadonlySet<number>;
  /** For each node, the nodes that are lost without it. A node is among its own. */
  readonly lostWithout: readonly ReadonlySet<number>[];

  constructor(heap: SmallHeap) {
    this.#heap = heap;
    const all = heap.nodes.map((_, node) => node);
    this.#reachedByUser = this.#findReachedByUser();
    const retaining = heap.edges.filter((edge) => this.retains(edge));

    // What only weak edges reach hangs on the root.
    const targets = new Set(retaining.map(({ to }) => to));
    const starts = [ROOT, ...all.filter((node) => !targets.has(node))];
    const found = reach(starts, retaining);
    const lost = all.filter((node) => !found.has(node));
    const arrows = [
      ...retaining.filter(({ from }) => found.has(from)),
      ...[...starts, ...lost].map((to) => ({ from: ROOT, to })),
    ];
    this.lostWithout = all.map((removed) => {
      const kept = reach(
        removed === ROOT ? [] : [ROOT],
        arrows.filter(({ to }) => to !== removed),
      );
      return new Set(all.filter((node) => !kept.has(node)));
    });
  }

  retains({ from, to, kind, name }: SmallEdge): boolean {
    if (kind === "weak" || from === to) return false;
    if (kind === "shortcut" && from !== ROOT) return false;
    if (kind === "internal") {
      const half = /^\d+ \/ part of key .* pair in WeakMap \(table @(\d+)\)$/.exec(String(name));
      if (half !== null && Number(half[1]) === idOf(from)) return false;
    }
    return from === ROOT || this.#reachedByUser.has(from) || !this.#reachedByUser.has(to);
  }

  isReachedByUser(node: number): boolean {
    return this.#reachedByUser.has(node);
  }

  /** The dominator, other than the node itself, which has the most dominators of its own. */
  dominator(node: number): number {
    if (node === ROOT) return ROOT;
    const dominators = this.dominatorsOf(node).filter((dominator) => dominator !== node);
    return dominators.reduce((deepest, dominator) =>
      this.dominatorsOf(dominator).length > this.dominatorsOf(deepest).length ? dominator : deepest,
    );
  }

  dominatorsOf(node: number): number[] {
    return [...this.lostWithout.keys()].filter((other) => this.lostWithout[other]!.has(node));
  }

  /** Bytes of all nodes that are lost without one of these. */
  retainedBytes(nodes: readonly number[]): number {
    const lost = new Set(nodes.flatMap((node) => [...this.lostWithout[node]!]));
    return [...lost].reduce((sum, node) => sum + this.#heap.nodes[node]!.bytes, 0);
  }

  #findReachedByUser(): Set<number> {
    const { nodes, edges } = this.#heap;
    const starts = edges.filter(({ from, to, kind }) => {
      const { kind: kindOfTarget, name } = nodes[to]!;
      const isDocuments = kindOfTarget === "synthetic" && name === "(Document DOM trees)";
      return from === ROOT && (kind === "shortcut" || (kind === "element" && isDocuments));
    });
    return reach(
      starts.map(({ to }) => to),
      edges.filter(({ kind }) => kind !== "weak"),
    );
  }
}

function reach(
  starts: readonly number[],
  arrows: readonly { readonly from: number; readonly to: number }[],
): Set<number> {
  const reached = new Set(starts);
  for (const node of reached) for (const { from, to } of arrows) if (from === node) reached.add(to);
  return reached;
}
