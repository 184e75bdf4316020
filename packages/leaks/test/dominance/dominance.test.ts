import { checkAsyncProperty } from "@heapwise/testkit/vitest";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { SYSTEM_DISTANCE, UNREACHED } from "../../src/graph/dominance/distances.ts";
import { Dominance } from "../../src/graph/dominance/dominance.ts";
import { DominanceModel } from "./model.ts";
import { columnsOf, ephemeronName, smallHeaps, type SmallEdge } from "./small-heap.ts";

describe("in random heaps", () => {
  test("edges retain, and nodes dominate and retain bytes, as in the model", async () => {
    await checkAsyncProperty(
      fc.asyncProperty(smallHeaps, fc.infiniteStream(fc.nat(3)), async (heap, numbers) => {
        const model = new DominanceModel(heap);
        const columns = await columnsOf(heap);
        const ours = new Dominance(columns);
        const nodes = heap.nodes.map((_, node) => node);

        const edges = nodes.flatMap((node) => heap.edges.filter(({ from }) => from === node));
        expect(edges.map((_, edge) => ours.retains(edge))).toEqual(
          edges.map((edge) => model.retains(edge)),
        );
        expect(nodes.map((node) => ours.isReachedByUser(node))).toEqual(
          nodes.map((node) => model.isReachedByUser(node)),
        );
        expect([...ours.dominators]).toEqual(nodes.map((node) => model.dominator(node)));
        expect([...ours.retainedBytes]).toEqual(nodes.map((node) => model.retainedBytes([node])));
        expect(nodes.map((node) => ours.dominated(node))).toEqual(
          nodes.map((node) =>
            nodes.filter((other) => other !== 0 && ours.dominators[other] === node),
          ),
        );

        const groups = nodes.map(() => numbers.next().value as number);
        const members = [0, 1, 2, 3].map((group) => nodes.filter((node) => groups[node] === group));
        const expected = members.map((each) => model.retainedBytes(each));
        expect([...ours.retainedBytesByGroup(groups, 4)]).toEqual(expected);
        expect(members.map((each) => ours.retainedBytesOf([...each, ...each]))).toEqual(expected);
      }),
      { runs: 500 },
    );
  });
});

/**
 * A heap of objects of 8 bytes, and a root without bytes. An edge is written as "from kind to"; its
 * name is "name" unless another one follows.
 */
async function heapOf(
  count: number,
  edges: string[],
  special: Record<number, [string, string]> = {},
) {
  const nodes = Array.from({ length: count }, (_, node) => {
    const [kind, name] = special[node] ?? ["object", "Thing"];
    return { kind: node === 0 ? "synthetic" : kind, name, bytes: node === 0 ? 0 : 8 };
  });
  const parsed = edges.map((edge): SmallEdge => {
    const [from, kind, to, ...name] = edge.split(" ");
    const text = name.length > 0 ? name.join(" ") : "name";
    return { from: Number(from), kind: kind!, to: Number(to), name: kind === "element" ? 0 : text };
  });
  return new Dominance(await columnsOf({ nodes, edges: parsed }));
}

describe("a node", () => {
  test("that two nodes keep hangs on the nearest node that keeps both", async () => {
    const ours = await heapOf(6, [
      "0 shortcut 1",
      "1 property 2",
      "2 property 3",
      "2 property 4",
      "3 property 5",
      "4 property 5",
    ]);
    expect([...ours.dominators]).toEqual([0, 0, 1, 2, 2, 2]);
    expect([...ours.retainedBytes]).toEqual([40, 40, 32, 8, 8, 8]);
    expect(ours.dominated(2)).toEqual([3, 4, 5]);
    expect(ours.retainedBytesOf([3, 4, 5, 2])).toBe(32);
    expect(ours.retainedBytesOf([3, 4])).toBe(16);
  });

  test("that only weak edges reach hangs on the root, with what it keeps", async () => {
    const ours = await heapOf(4, ["0 shortcut 1", "1 weak 2", "2 property 3"]);
    expect([...ours.dominators]).toEqual([0, 0, 0, 2]);
    expect([...ours.distances]).toEqual([SYSTEM_DISTANCE, 1, UNREACHED, UNREACHED]);
  });

  test("of a lost circle hangs on the root itself, and keeps nothing", async () => {
    const ours = await heapOf(4, ["2 property 3", "3 property 2", "3 property 1", "0 shortcut 1"]);
    expect([...ours.dominators]).toEqual([0, 0, 0, 0]);
    expect([...ours.retainedBytes]).toEqual([24, 8, 8, 8]);
  });

  test("that is a value of a WeakMap is kept by its key, and not by the table", async () => {
    const [key, table, value] = [1, 2, 3];
    const ours = await heapOf(4, [
      "0 shortcut 1",
      "0 shortcut 2",
      `1 internal 3 ${ephemeronName(7, key, value, table)}`,
      `2 internal 3 ${ephemeronName(8, key, value, table)}`,
    ]);
    expect([0, 1, 2, 3].map((edge) => ours.retains(edge))).toEqual([true, true, true, false]);
    expect(ours.dominators[value]).toBe(key);
  });

  test("that the program reaches is not kept by the engine's references", async () => {
    const ours = await heapOf(4, ["0 shortcut 1", "1 property 2", "0 element 3", "3 internal 2"], {
      3: ["synthetic", "(GC roots)"],
    });
    expect([1, 2, 3].map((node) => ours.isReachedByUser(node))).toEqual([true, true, false]);
    expect(ours.dominators[2]).toBe(1);
    expect([...ours.distances]).toEqual([SYSTEM_DISTANCE, 1, 2, SYSTEM_DISTANCE + 1]);
  });
});

describe("a distance", () => {
  test("counts from the root if the heap has no user root", async () => {
    const ours = await heapOf(3, ["0 element 1", "1 property 2"], {
      1: ["synthetic", "(GC roots)"],
    });
    expect([...ours.distances]).toEqual([0, 1, 2]);
  });

  test("of a value of a WeakMap counts from the farther of its key and the table", async () => {
    const [key, table, value] = [1, 3, 4];
    const ours = await heapOf(5, [
      "0 shortcut 1",
      "1 property 2",
      "2 property 3",
      `1 internal 4 ${ephemeronName(7, key, value, table)}`,
      `3 internal 4 ${ephemeronName(8, key, value, table)}`,
    ]);
    expect([...ours.distances]).toEqual([SYSTEM_DISTANCE, 1, 2, 3, 4]);
  });

  test("does not count by links that belong to no object", async () => {
    const ours = await heapOf(
      6,
      [
        "0 shortcut 1",
        "0 shortcut 2",
        "1 internal 3 sloppy_function_map",
        "2 internal 4 4",
        "2 internal 5 5",
      ],
      { 1: ["hidden", "system / NativeContext"], 2: ["array", "(map descriptors)"] },
    );
    expect([...ours.distances]).toEqual([SYSTEM_DISTANCE, 1, 1, UNREACHED, UNREACHED, 2]);
  });
});
