import type { PageEdge, PageNode } from "../src/pictures/page-data.ts";
import { drawn } from "./elements.ts";
import {
  DIRECTIONS,
  type Direction,
  type GraphState,
  type Rest,
  type Scene,
} from "./graph-state.ts";
import { place, type Area, type LineSize, type Places, type Point } from "./layout.ts";
import { fitText, textWidth } from "./text-width.ts";
import { counted, factsOf, grouped, sentenceOf } from "./words.ts";

const SANS = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', sans-serif";
const MONO = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace";
/** As in the style sheet, since the boxes are as wide as their texts. */
const FONTS = { text: `600 13px ${SANS}`, facts: `11px ${SANS}`, edge: `11px ${MONO}` };
const MOST = { text: 250, edge: 150 };
const LEAST_WIDTH = 196;
const PAD = 14;
const NODE_HEIGHT = 72;
const REST_HEIGHT = 28;

/** A scene as it is drawn. */
export interface Drawing {
  /** Arrows first, so that boxes cover them. */
  readonly parts: readonly SVGElement[];
  /** Where each node is, by its index. */
  readonly areas: ReadonlyMap<number, Area>;
  readonly bounds: Area;
}

/** Draws the scene. The selected node is the only one that Tab reaches. */
export function draw(state: GraphState, scene: Scene, selected: number): Drawing {
  const boxes = scene.nodes.map((index) => boxOf(state.node(index), index));
  const notes = scene.rests.map((rest) => ({
    rest,
    key: keyOfRest(rest),
    text: wordsOfRest(rest),
  }));
  const sizes = [
    ...boxes.map(({ key, width }) => ({ key, width, height: NODE_HEIGHT })),
    ...notes.map(({ key, text }) => {
      return { key, width: textWidth(text, FONTS.facts) + 2 * PAD, height: REST_HEIGHT };
    }),
  ];
  const texts = scene.edges.map(({ text }) => fitText(text, FONTS.edge, MOST.edge));
  const lines = scene.edges.map(({ from, to, isWeak }, at) => ({
    from: `n${from}`,
    to: `n${to}`,
    textWidth: textWidth(texts[at]!, FONTS.edge) + 10,
    isFaint: isWeak === true,
  }));
  const stubs = notes.flatMap(({ rest: { of, direction }, key }) => {
    if (of === undefined) return [];
    const [from, to] = direction === "referrers" ? [key, `n${of}`] : [`n${of}`, key];
    return [{ from, to, textWidth: 0, isFaint: false }];
  });
  const joined = [...lines, ...stubs];
  const places = place(sizes, [...joined, ...tiesOf(state, scene)]);
  const arrows = joined.map(({ from, to }, at) => {
    const { points, text } = places.lines[at]!;
    const arrow = arrowOf(points, places.boxes.get(from)!, places.boxes.get(to)!);
    const edge = scene.edges[at];
    return edge === undefined ? stubOf(arrow) : edgeOf(state, edge, arrow, texts[at]!, text);
  });
  const areas = new Map(boxes.map(({ index, key }) => [index, places.boxes.get(key)!]));
  const groups = boxes.map((box) =>
    nodeOf(state, box, areas.get(box.index)!, box.index === selected),
  );
  const rests = notes.map(({ rest, key, text }) => restOf(rest, text, places.boxes.get(key)!));
  return { parts: [...arrows, ...rests, ...groups], areas, bounds: boundsOf(places) };
}

/** An invisible line that keeps the note about further subjects beside the subjects. */
function tiesOf(state: GraphState, { edges, rests }: Scene): LineSize[] {
  const above =
    edges.find(({ to, from }) => to === 0 && state.path.has(from)) ??
    edges.find(({ to }) => to === 0);
  if (above === undefined || rests.every(({ of }) => of !== undefined)) return [];
  return [{ from: `n${above.from}`, to: "more", textWidth: 0, isFaint: true }];
}

interface Box {
  readonly index: number;
  readonly key: string;
  readonly text: string;
  readonly facts: string;
  readonly width: number;
}

function boxOf(node: PageNode, index: number): Box {
  const text = fitText(node.text, FONTS.text, MOST.text);
  const facts = factsOf(node);
  const toggles = DIRECTIONS.map((direction) =>
    textWidth(toggleText(node, direction), FONTS.facts),
  );
  const widest = Math.max(
    textWidth(text, FONTS.text),
    textWidth(facts, FONTS.facts),
    2 * Math.max(...toggles) + 2,
  );
  const width = Math.ceil(Math.max(LEAST_WIDTH, widest + 2 * PAD + 4));
  return { index, key: `n${index}`, text, facts, width };
}

function nodeOf(
  state: GraphState,
  box: Box,
  { x, y, width }: Area,
  isSelected: boolean,
): SVGElement {
  const { index } = box;
  const node = state.node(index);
  const isSubject = index < state.data.subjects;
  const onPath = state.path.has(index);
  const classes = [
    "node",
    `kind-${node.kind.replaceAll(/[^a-z]+/g, "-")}`,
    ...(isSubject ? ["subject"] : []),
    ...(onPath ? ["on-path"] : []),
    ...(node.isHighlighted ? ["highlighted"] : []),
    ...(isSelected ? ["selected"] : []),
  ];
  const notes = [
    ...(isSubject ? ["The page is about this node"] : []),
    ...(onPath ? ["On the retaining path"] : []),
    ...(node.isHighlighted ? ["Highlighted"] : []),
  ];
  const attributes = {
    class: classes.join(" "),
    transform: `translate(${x} ${y})`,
    role: "button",
    tabindex: isSelected ? 0 : -1,
    "data-node": index,
    "aria-label": sentenceOf(node, notes),
    "aria-expanded": state.directionsOf(index).some((direction) => state.isOpen(index, direction)),
  };
  const half = (width - 8) / 2;
  return drawn("g", attributes, [
    drawn("title", {}, [`${node.text}\n${node.place ?? ""}`.trim()]),
    drawn("rect", { class: "box", width, height: NODE_HEIGHT, rx: 7 }),
    drawn("rect", { class: "stripe", x: 0, y: 8, width: 4, height: NODE_HEIGHT - 16, rx: 2 }),
    drawn("text", { class: "text", x: PAD, y: 21 }, [box.text]),
    drawn("text", { class: "facts", x: PAD, y: 38 }, [box.facts]),
    ...DIRECTIONS.map((direction, at) =>
      toggleOf(state, index, direction, { x: 4 + at * half, y: 47, width: half, height: 21 }),
    ),
  ]);
}

/** A part of the node that shows or hides neighbours, for pointers. Keys: Shift with an arrow. */
function toggleOf(state: GraphState, index: number, direction: Direction, area: Area): SVGElement {
  const { x, y, width, height } = area;
  const count = state.node(index)[direction];
  const isOpen = state.isOpen(index, direction);
  const classes = ["toggle", ...(isOpen ? ["open"] : []), ...(count === 0 ? ["empty"] : [])];
  const text = toggleText(state.node(index), direction);
  return drawn("g", { class: classes.join(" "), "data-toggle": direction, "aria-hidden": true }, [
    drawn("rect", { x: x + 2, y, width: width - 4, height: height - 2, rx: 4 }),
    drawn("text", { class: "facts", x: x + width / 2, y: y + 13.5 }, [text]),
  ]);
}

function toggleText(node: PageNode, direction: Direction): string {
  return `${direction === "referrers" ? "↑" : "↓"} ${counted(node[direction], direction)}`;
}

function keyOfRest({ of, direction }: Rest): string {
  return of === undefined ? "more" : `more-${direction}-${of}`;
}

function wordsOfRest({ of, hidden, missing }: Rest): string {
  const all = `and ${grouped(hidden + missing)} more`;
  if (hidden > 0) return of === undefined ? `${all} like these` : all;
  return `${all}, not in this page`;
}

function restOf(rest: Rest, text: string, { x, y, width, height }: Area): SVGElement {
  const canShow = rest.hidden > 0;
  const attributes = {
    class: canShow ? "rest" : "rest missing",
    transform: `translate(${x} ${y})`,
    ...(canShow ? { role: "button", tabindex: 0, "aria-label": `Show more: ${text}` } : {}),
    "data-rest": rest.of ?? "subjects",
    "data-direction": rest.direction,
  };
  return drawn("g", attributes, [
    drawn("rect", { class: "box", width, height, rx: height / 2 }),
    drawn("text", { class: "facts", x: width / 2, y: height / 2 + 4 }, [text]),
  ]);
}

function edgeOf(
  state: GraphState,
  { from, to, text, isWeak }: PageEdge,
  arrow: string,
  shown: string,
  at: Point,
): SVGElement {
  const onPath = state.pathEdges.has(`${from}>${to}`);
  const classes = ["edge", ...(isWeak ? ["weak"] : []), ...(onPath ? ["on-path"] : [])];
  return drawn("g", { class: classes.join(" "), "aria-hidden": true }, [
    drawn("title", {}, [isWeak ? `${text} (weak: does not keep it alive)` : text]),
    drawn("path", { class: "arrow", d: arrow }),
    drawn("text", { class: "edge-text", x: at.x, y: at.y + 4 }, [shown]),
  ]);
}

function stubOf(arrow: string): SVGElement {
  return drawn("path", { class: "arrow stub", d: arrow });
}

/**
 * A line from one box to the other one through the points between them. It leaves and enters boxes
 * upright, so that curves bend in one way only.
 */
function arrowOf(points: readonly Point[], from: Area, to: Area): string {
  const between = points.slice(1, -1);
  const start = borderOf(from, between[0] ?? centerOf(to));
  const end = borderOf(to, between.at(-1) ?? centerOf(from));
  let d = `M${show(start)}`;
  let last = start;
  for (const point of [...between, end]) {
    const y = (last.y + point.y) / 2;
    d += ` C${show({ x: last.x, y })} ${show({ x: point.x, y })} ${show(point)}`;
    last = point;
  }
  return d;
}

/** The point of the upper or lower border that is nearest to the point. */
function borderOf(area: Area, { x, y }: Point): Point {
  const inset = Math.min(16, area.width / 2);
  return {
    x: Math.min(Math.max(x, area.x + inset), area.x + area.width - inset),
    y: y < area.y + area.height / 2 ? area.y : area.y + area.height,
  };
}

function centerOf({ x, y, width, height }: Area): Point {
  return { x: x + width / 2, y: y + height / 2 };
}

function show({ x, y }: Point): string {
  return `${Math.round(x * 10) / 10} ${Math.round(y * 10) / 10}`;
}

function boundsOf({ boxes, lines }: Places): Area {
  const spots = [
    ...[...boxes.values()].flatMap(({ x, y, width, height }) => [
      { x, y },
      { x: x + width, y: y + height },
    ]),
    ...lines.flatMap(({ points, text }) => [...points, text]),
  ];
  const x = Math.min(...spots.map((spot) => spot.x));
  const y = Math.min(...spots.map((spot) => spot.y));
  const right = Math.max(...spots.map((spot) => spot.x));
  const bottom = Math.max(...spots.map((spot) => spot.y));
  return { x, y, width: right - x, height: bottom - y };
}
