import { Graph, layout } from "@dagrejs/dagre";

/** A box to be placed. Lengths are in pixels. */
export interface BoxSize {
  readonly key: string;
  readonly width: number;
  readonly height: number;
}

/** A line between two boxes, with room for its text. */
export interface LineSize {
  readonly from: string;
  readonly to: string;
  readonly textWidth: number;
  readonly isFaint: boolean;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** A rectangle in the drawing. */
export interface Area extends Point {
  readonly width: number;
  readonly height: number;
}

/** Where boxes, lines and their texts are. The point of a text is its middle. */
export interface Places {
  readonly boxes: ReadonlyMap<string, Area>;
  readonly lines: readonly { readonly points: readonly Point[]; readonly text: Point }[];
}

/** Settings and results of the layout. */
type Placed = Point & Readonly<Record<string, unknown>>;

/** The height of the text of a line. */
const TEXT_HEIGHT = 18;

/** Places what refers above what is referred to. */
export function place(boxes: readonly BoxSize[], lines: readonly LineSize[]): Places {
  const graph = new Graph<object, Placed, Placed & { points: Point[] }>();
  const settings = { rankdir: "TB", nodesep: 28, edgesep: 16, ranksep: 38 } as const;
  graph.setGraph(settings);
  for (const { key, width, height } of boxes) graph.setNode(key, { width, height, x: 0, y: 0 });
  for (const { from, to, textWidth, isFaint } of lines) {
    const label = { width: textWidth, height: TEXT_HEIGHT, labelpos: "c", weight: isFaint ? 0 : 1 };
    graph.setEdge(from, to, { ...label, points: [], x: 0, y: 0 });
  }
  layout(graph as never);
  return {
    boxes: new Map(
      boxes.map(({ key, width, height }) => {
        const { x, y } = graph.node(key);
        return [key, { x: x - width / 2, y: y - height / 2, width, height }];
      }),
    ),
    lines: lines.map(({ from, to }) => {
      const { points, x, y } = graph.edge(from, to);
      return { points, text: { x, y } };
    }),
  };
}
