import { afterEach, expect, test, vi } from "vitest";
import type { Columns } from "../../src/graph/columns.ts";
import { Dominance } from "../../src/graph/dominance/dominance.ts";
import { randomGraph } from "./designs/graphs.ts";
import { columnsOf } from "./small-heap.ts";

afterEach(() => {
  vi.unstubAllGlobals();
});

/** Columns of a heap of objects with ordinary properties. */
async function columnsOfRandomHeap(nodeCount: number): Promise<Columns> {
  let state = 1;
  const random = (): number =>
    (state = (Math.imul(state, 48_271) >>> 0) % 0x7fff_ffff) / 0x7fff_ffff;
  const { first, targets } = randomGraph(nodeCount, 2, random);
  const root = { kind: "synthetic", name: "", bytes: 0 };
  const empty = await columnsOf({ nodes: [root], edges: [] });
  return {
    ...empty,
    nodeCount,
    edgeCount: targets.length,
    nodeKinds: new Uint8Array(nodeCount).fill(empty.kindNames.indexOf("object")),
    nodeNames: new Uint32Array(nodeCount),
    selfBytes: new Uint32Array(nodeCount).fill(16),
    firstEdges: first,
    edgeKinds: new Uint8Array(targets.length).fill(empty.edgeKindNames.indexOf("property")),
    edgeNames: new Uint32Array(targets.length),
    edgeTargets: targets,
  };
}

test("dominators take at most 24 bytes a node and 8 an edge, and 12 a node remain", async () => {
  const columns = await columnsOfRandomHeap(10_000);
  const { nodeCount, edgeCount } = columns;
  let allocated = 0;
  for (const type of [ArrayBuffer, Uint8Array, Int32Array, Uint32Array, Float64Array]) {
    const counting = new Proxy(type, {
      construct(target, args: never[], newTarget) {
        const made = Reflect.construct(target, args, newTarget) as { readonly byteLength: number };
        if (typeof args[0] === "number") allocated += made.byteLength;
        return made;
      },
    });
    vi.stubGlobal(type.name, counting);
  }
  const dominance = new Dominance(columns);
  const { dominators, retainedBytes } = dominance;
  vi.unstubAllGlobals();

  expect(retainedBytes[0]).toBe(16 * nodeCount);
  expect(allocated).toBeGreaterThan(24 * nodeCount + 4 * edgeCount);
  expect(allocated).toBeLessThan(24 * nodeCount + 8 * edgeCount);
  expect(dominators.buffer.byteLength + retainedBytes.buffer.byteLength).toBe(12 * nodeCount);
});
