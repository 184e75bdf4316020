import type { Columns } from "../graph/columns.ts";
import { SnapshotParser } from "../graph/snapshot-parser.ts";
import { nodeModule } from "../host/node-modules.ts";

/** Shows a prototype to a snapshot, which finds the text. */
class HeapwisePrototypeBox {
  readonly marker: string;
  readonly prototype: object;

  constructor(marker: string, prototype: object) {
    this.marker = marker;
    this.prototype = prototype;
  }
}

/** The box that is being looked for: a variable of the module, which no optimisation removes. */
let shown: HeapwisePrototypeBox | undefined;

/**
 * Counts the instances of the class of a prototype in a heap snapshot, which is taken and read
 * within the job. Returns undefined if the host cannot take one.
 */
export function countInSnapshot(prototype: object, includeSubclasses: boolean): number | undefined {
  const v8 = nodeModule("node:v8");
  // The snapshots of Bun have no prototypes.
  if (typeof v8?.getHeapSnapshot !== "function" || "Bun" in globalThis) return undefined;
  // At most twelve characters: V8 would store a longer text as two parts, without a name.
  shown = new HeapwisePrototypeBox(Math.random().toString(36).slice(0, 12), prototype);
  try {
    const stream = v8.getHeapSnapshot();
    const parser = new SnapshotParser();
    for (let piece = stream.read(); piece !== null; piece = stream.read()) {
      parser.push(piece as Uint8Array);
    }
    const columns = parser.finish();
    const index = new PropertyIndex(columns);
    const root = index.holderOf(shown.marker);
    const found = root === undefined ? undefined : index.follow(root, index.nameOf("prototype"));
    return found === undefined ? undefined : countHeirs(index, found, includeSubclasses);
  } catch {
    return undefined;
  } finally {
    shown = undefined;
  }
}

/** The properties of a snapshot that are needed here. */
class PropertyIndex {
  readonly columns: Columns;
  readonly #property: number;

  constructor(columns: Columns) {
    this.columns = columns;
    this.#property = columns.edgeKindNames.indexOf("property");
  }

  /** The index of a name among the strings. */
  nameOf(text: string): number {
    return this.columns.strings.indexOf(text);
  }

  /** The node to which a property of a node leads. `name` is the index of its name. */
  follow(node: number, name: number): number | undefined {
    const { firstEdges, edgeKinds, edgeNames, edgeTargets } = this.columns;
    for (let edge = firstEdges[node]!; edge < firstEdges[node + 1]!; edge++) {
      if (edgeNames[edge] === name && edgeKinds[edge] === this.#property) return edgeTargets[edge];
    }
    return undefined;
  }

  /** The node with a property `marker` that is a text. */
  holderOf(text: string): number | undefined {
    const { nodeCount, nodeNames } = this.columns;
    const [marker, wanted] = [this.nameOf("marker"), this.nameOf(text)];
    for (let node = 0; node < nodeCount; node++) {
      const target = this.follow(node, marker);
      if (target !== undefined && nodeNames[target] === wanted) return node;
    }
    return undefined;
  }
}

function countHeirs(index: PropertyIndex, prototype: number, includeSubclasses: boolean): number {
  const { nodeCount } = index.columns;
  const names = ["__proto__", "constructor", "prototype"] as const;
  const [proto, maker, its] = names.map((name) => index.nameOf(name)) as [number, number, number];
  const parents = new Int32Array(nodeCount).fill(-1);
  for (let node = 0; node < nodeCount; node++) {
    parents[node] = index.follow(node, proto) ?? -1;
  }
  let count = 0;
  for (let node = 0; node < nodeCount; node++) {
    let parent = parents[node]!;
    while (includeSubclasses && parent >= 0 && parent !== prototype) parent = parents[parent]!;
    if (parent !== prototype) continue;
    const made = index.follow(node, maker);
    if (made !== undefined && index.follow(made, its) === node) continue;
    count++;
  }
  return count;
}
