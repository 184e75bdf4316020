import type { Graph } from "../graph/graph.ts";
import { classNameOf } from "./class-name-of.ts";

/**
 * Watches an object without holding it. Nothing in the box leads to the object but the weak
 * reference, and a snapshot shows both.
 */
export class HeapwiseProbeBox {
  readonly ref: WeakRef<WeakKey>;
  readonly label: string | undefined;
  readonly className: string;
  /** Set while a snapshot is taken, to find the box in it whatever a bundler calls the class. */
  marker = "";

  constructor(object: WeakKey, label?: string) {
    this.ref = new WeakRef(object);
    this.label = label;
    this.className = classNameOf(object);
  }

  /**
   * Whether the object was not collected yet. Keeps it alive to the end of the job: no collection
   * of the same job can free it.
   */
  isLive(): boolean {
    return this.ref.deref() !== undefined;
  }
}

let markers = 0;

/**
 * Runs a function that takes a snapshot, and returns the nodes of the objects in it, in the order
 * of the boxes: undefined for each that is not in the snapshot.
 */
export async function withMarkers<Taken>(
  boxes: readonly HeapwiseProbeBox[],
  take: () => Promise<Taken>,
): Promise<{ taken: Taken; find(graph: Graph): (number | undefined)[] }> {
  // At most twelve characters: V8 would store a longer text as two parts, without a name.
  const names = boxes.map(() => (Math.random() + ++markers).toString(36).slice(0, 12));
  boxes.forEach((box, i) => (box.marker = names[i]!));
  try {
    const taken = await take();
    return { taken, find: (graph) => names.map((name) => findTarget(graph, name)) };
  } finally {
    for (const box of boxes) box.marker = "";
  }
}

/** The target of the weak reference in the box that has a marker. */
function findTarget(graph: Graph, marker: string): number | undefined {
  const { columns } = graph;
  const name = columns.strings.indexOf(marker);
  if (name < 0) return undefined;
  for (let text = 0; text < graph.nodeCount; text++) {
    if (columns.nodeNames[text] !== name) continue;
    for (const edge of graph.edgesTo(text)) {
      if (graph.edgeNameOf(edge) !== "marker") continue;
      const ref = follow(graph, graph.sourceOf(edge), "ref");
      const target = ref === undefined ? undefined : follow(graph, ref, "target");
      if (target !== undefined) return target;
    }
  }
  return undefined;
}

function follow(graph: Graph, node: number, name: string): number | undefined {
  const { firstEdges, edgeTargets } = graph.columns;
  for (let edge = firstEdges[node]!; edge < firstEdges[node + 1]!; edge++) {
    if (graph.edgeNameOf(edge) === name) return edgeTargets[edge];
  }
  return undefined;
}
