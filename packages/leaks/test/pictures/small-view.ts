import type { PathView, ViewEdge, ViewNode, ViewPath } from "../../src/pictures/graph-view.ts";

type NodeText = string | (Partial<ViewNode> & { readonly type: string });
/** From, to, and the name of the property; or a kind and a name. */
type EdgeText = readonly [from: number, to: number, name?: string | number, kind?: string];

/** A small heap graph that a test writes down: nodes by id, and references. */
export class SmallView implements PathView {
  readonly #nodes = new Map<number, ViewNode>();
  readonly #edges: readonly ViewEdge[];
  path: ViewPath | undefined;

  constructor(nodes: Readonly<Record<number, NodeText>>, edges: readonly EdgeText[]) {
    for (const [key, given] of Object.entries(nodes)) {
      const id = Number(key);
      const part = typeof given === "string" ? { type: given } : given;
      const { type } = part;
      const plain = { kind: "object", name: type, selfBytes: 24, retainedBytes: 1000 - id };
      this.#nodes.set(id, { id, distance: id, ...plain, ...part });
    }
    this.#edges = edges.map(([from, to, name = "x", kind]) => {
      return { from, to, name, kind: kind ?? (typeof name === "number" ? "element" : "property") };
    });
  }

  node(id: number): ViewNode {
    const node = this.#nodes.get(id);
    if (node === undefined) throw new RangeError(`Cannot find node: ${id}, expected a known id`);
    return node;
  }

  references(id: number): ViewEdge[] {
    this.node(id);
    return this.#edges.filter(({ from }) => from === id);
  }

  referrers(id: number): ViewEdge[] {
    this.node(id);
    return this.#edges.filter(({ to }) => to === id);
  }

  retainingPath(): ViewPath | undefined {
    return this.path;
  }
}

/** A leak as programs have them: sessions in a Map that a module holds, and a closure. */
export function leakView(instances: number): SmallView {
  const nodes: Record<number, NodeText> = {
    1: { type: "(GC roots)", kind: "synthetic", name: "(GC roots)", distance: 1 },
    2: { type: "Module", distance: 2, retainedBytes: 8_123_456 },
    3: {
      type: "(closure)",
      kind: "closure",
      name: "handleRequest",
      distance: 3,
      location: { url: "file:///srv/app/src/requests/handle-request.ts", line: 42, column: 17 },
    },
    4: { type: "system / Context", name: "system / Context", distance: 4 },
    5: { type: "Map", distance: 5, retainedBytes: 7_654_321 },
    6: { type: "(array)", kind: "array", name: "(object elements)", distance: 6 },
    7: { type: "Server", distance: 3, retainedBytes: 123_456 },
    8: { type: "Object", distance: 4 },
    9: { type: "WeakRef", distance: 9 },
  };
  const edges: EdgeText[] = [
    [1, 2, 12],
    [2, 3, "handleRequest"],
    [3, 4, "context", "internal"],
    [4, 5, "sessions", "context"],
    [5, 6, "table", "internal"],
    [2, 7, "server"],
    [7, 3, 0],
    [7, 8, "_events"],
    [8, 3, "request"],
  ];
  for (let at = 0; at < instances; at++) {
    const id = 100 + at * 10;
    nodes[id] = {
      type: "Session",
      distance: 7,
      selfBytes: 56,
      retainedBytes: 12_345 + at,
      location: { url: "file:///srv/app/src/session.ts", line: 7, column: 3 },
    };
    nodes[id + 1] = { type: "(string)", kind: "string", name: `user-${at}`, distance: 8 };
    nodes[id + 2] = { type: "Array", distance: 8, retainedBytes: 9000 };
    nodes[id + 3] = { type: "Request", distance: 9, retainedBytes: 800 };
    edges.push(
      [6, id, at * 2],
      [id, id + 1, "userName"],
      [id, id + 2, "requests"],
      [id + 2, id + 3, 0],
      [id + 3, id, "session"],
      [9, id, "target", "weak"],
    );
  }
  const view = new SmallView(nodes, edges);
  const names = ["(GC roots)", "Module", "closure handleRequest", "Context", "Map", "(array)"];
  const texts = ["[12]", ".handleRequest", "(context)", "sessions", "(table)", "[0]"];
  const steps = names.map((node, at) => ({ edge: texts[at - 1] ?? "", node, id: at + 1 }));
  view.path = {
    root: "module",
    steps: [...steps, { edge: "[0]", node: "Session", id: 100 }].slice(1),
  };
  return view;
}
