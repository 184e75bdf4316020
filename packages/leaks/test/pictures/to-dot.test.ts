import { describe, expect, it } from "vitest";
import { describeEdge, describeNode } from "../../src/pictures/shown-text.ts";
import { toDot } from "../../src/pictures/to-dot.ts";
import { parseDot } from "./parse-dot.ts";
import { HOSTILE_NAMES } from "./hostile-names.ts";
import { leakView, SmallView } from "./small-view.ts";

/** 1 <- 2 <- 3 <- 4 <- 5: each node is held by the next one. */
const chain = new SmallView({ 1: "A", 2: "B", 3: "C", 4: "D", 5: "E" }, [
  [2, 1, "a"],
  [3, 2, "b"],
  [4, 3, "c"],
  [5, 4, "d"],
]);

/** Node 1, which `count` others hold. */
function hub(count: number): SmallView {
  const ids = Array.from({ length: count }, (_, at) => at + 2);
  const nodes = Object.fromEntries([1, ...ids].map((id) => [id, `Holder${id}`]));
  return new SmallView(
    nodes,
    ids.map((id) => [id, 1, "held"]),
  );
}

describe("toDot", () => {
  it("draws what keeps a node alive, three edges far", () => {
    const { nodes, edges } = parseDot(toDot(chain, 1));
    expect([...nodes.keys()]).toEqual(["n1", "n2", "n3", "n4"]);
    expect(edges.map(({ from, to, label }) => [from, to, label])).toEqual([
      ["n2", "n1", ".a"],
      ["n3", "n2", ".b"],
      ["n4", "n3", ".c"],
    ]);
    expect(nodes.get("n1")).toBe("A\n@1, 24 B, retains 999 B");
    expect(nodes.get("n4")).toBe("D\n@4, 24 B, retains 996 B\n… 1 more referrer");
  });

  it("draws what a node keeps alive in the other direction", () => {
    const { nodes, edges } = parseDot(toDot(chain, 3, { direction: "references", depth: 1 }));
    expect([...nodes.keys()]).toEqual(["n3", "n2"]);
    expect(edges).toMatchObject([{ from: "n3", to: "n2", label: ".b" }]);
    expect(nodes.get("n2")).toMatch(/… 1 more reference$/);
  });

  it("draws only the nodes if the depth is 0, and each of them once", () => {
    const { nodes, edges } = parseDot(toDot(chain, [1, 2, 1], { depth: 0 }));
    expect([...nodes.keys()]).toEqual(["n1", "n2"]);
    expect(edges).toMatchObject([{ from: "n2", to: "n1" }]);
  });

  it("shows ten neighbours of a node, and counts the others", () => {
    const { nodes, edges } = parseDot(toDot(hub(322), 1));
    expect(nodes.size).toBe(12);
    expect(nodes.get("more1")).toBe("and 312 more");
    expect(edges.at(-1)).toMatchObject({ from: "more1", to: "n1" });
    expect(parseDot(toDot(hub(10), 1)).nodes.has("more1")).toBe(false);
    expect(parseDot(toDot(hub(5), 1, { tooMany: 2 })).nodes.get("more1")).toBe("and 3 more");
  });

  it("shows the referrers that are nearest to the root, and the references that retain most", () => {
    const view = new SmallView(
      {
        1: "A",
        2: { type: "Far", distance: 9, retainedBytes: 9 },
        3: { type: "Unreached", distance: -5, retainedBytes: 1 },
        4: { type: "Near", distance: 2, retainedBytes: 5 },
      },
      [2, 3, 4].flatMap((id): [number, number][] => [
        [id, 1],
        [1, id],
      ]),
    );
    const drawn = (direction: "referrers" | "references", tooMany: number): string[] => [
      ...parseDot(toDot(view, 1, { direction, depth: 1, tooMany })).nodes.keys(),
    ];
    expect(drawn("referrers", 1)).toEqual(["n1", "n4", "more1"]);
    expect(drawn("referrers", 2)).toEqual(["n1", "n4", "n2", "more1"]);
    expect(drawn("references", 1)).toEqual(["n1", "n2", "more1"]);
  });

  it("draws a cycle once, and no edge from a node to itself", () => {
    const view = new SmallView({ 1: "A", 2: "B" }, [
      [1, 2, "b"],
      [2, 1, "a"],
      [1, 1, "self"],
    ]);
    const { nodes, edges } = parseDot(toDot(view, 1, { depth: 9 }));
    expect(nodes.size).toBe(2);
    expect(edges.map(({ from, to }) => `${from} ${to}`).sort()).toEqual(["n1 n2", "n2 n1"]);
  });

  it("joins the references between two nodes into one arrow, and omits the hidden class", () => {
    const view = new SmallView({ 1: "A", 2: "B", 3: "system / Map" }, [
      [2, 1, "first"],
      [2, 1, 7],
      [2, 1, "last", "context"],
      [2, 1, "one more"],
      [2, 1, "and more"],
      [1, 3, "map", "internal"],
    ]);
    const { edges } = parseDot(toDot(view, 1));
    expect(edges).toMatchObject([{ label: ".first, [7], last, …" }]);
    expect(parseDot(toDot(view, 1, { direction: "references" })).nodes.size).toBe(1);
  });

  it("does not follow a weak reference, and dashes it between nodes that are drawn anyway", () => {
    const view = new SmallView({ 1: "A", 2: "Holder", 3: "WeakRef", 4: "Root" }, [
      [2, 1, "a"],
      [3, 1, "target", "weak"],
      [4, 2, "holder"],
      [4, 1, "seen", "weak"],
    ]);
    const { nodes, edges } = parseDot(toDot(view, 1));
    expect([...nodes.keys()]).toEqual(["n1", "n2", "n4"]);
    expect(edges.find(({ from, to }) => from === "n4" && to === "n1")).toMatchObject({
      label: "(seen)",
      style: "dashed",
    });
    expect(edges.filter(({ style }) => style === "dashed")).toHaveLength(1);
  });

  it("paints what highlight chooses, and takes the text from label", () => {
    const text = toDot(leakView(3), 100, {
      highlight: ({ type }) => type === "Map",
      label: ({ type, id }) => `the "${type}" of ${id}`,
    });
    const { nodes } = parseDot(text);
    expect(nodes.get("n5")).toMatch(/^the "Map" of 5\n@5, 24 B, retains 7\.7 MB$/);
    expect(text.match(/#ffd9d6/g)).toHaveLength(1);
    expect(text).toMatch(/^ {2}n5 .*#ffd9d6/m);
    expect(text).toMatch(/^ {2}n100 .*#d9e8ff/m);
  });

  it("lets no name out of its quotes", () => {
    for (const name of HOSTILE_NAMES) {
      for (const kind of ["object", "closure", "string", "native", "regexp", "symbol", "hidden"]) {
        const view = new SmallView({ 1: { type: name, name, kind }, 2: "B" }, [[2, 1, name]]);
        const text = toDot(view, 1);
        const { nodes, edges } = parseDot(text);
        expect(nodes.size).toBe(2);
        expect(nodes.get("n1")!.split("\n")[0]).toBe(describeNode(view.node(1)));
        expect(edges).toMatchObject([{ label: describeEdge({ kind: "property", name }) }]);
        expect(text.length).toBeLessThan(4000);
        expect(text).not.toMatch(/[\p{Cs}\p{Cf}\u2028\u2029]|(?!\n)\p{Cc}/u);
      }
      const labelled = parseDot(toDot(chain, 1, { depth: 0, label: () => name }));
      expect(labelled.nodes.size).toBe(1);
    }
  });

  it("refuses bad arguments at once", () => {
    const bad =
      (ids: unknown, options?: object): (() => string) =>
      () =>
        toDot(chain, ids as number, options as never);
    expect(bad([])).toThrow(
      new RangeError("Cannot draw DOT: ids is empty, expected at least one id"),
    );
    expect(bad("1")).toThrow(new TypeError('Cannot draw DOT: an id is "1", expected an integer'));
    expect(bad(9)).toThrow(RangeError);
    expect(bad(1, { depth: -1 })).toThrow(
      new RangeError("Cannot draw DOT: depth is -1, expected an integer from 0"),
    );
    expect(bad(1, { tooMany: 0 })).toThrow("tooMany is 0, expected an integer from 1");
    expect(bad(1, { direction: "up" })).toThrow(RangeError);
    expect(bad(1, { label: "x" })).toThrow(TypeError);
    expect(bad(1, { highlight: 1 })).toThrow(TypeError);
    expect(bad(1, { colour: "red" })).toThrow('option "colour" is not known');
  });
});
