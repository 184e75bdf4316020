import type { PageEdge, PagePath } from "../src/pictures/page-data.ts";
import { describeBytes } from "../src/pictures/shown-text.ts";
import { element } from "./elements.ts";
import { DIRECTIONS, type Direction, type GraphState } from "./graph-state.ts";
import { counted, grouped } from "./words.ts";

/** Longer lists are cut. */
const MOST_LISTED = 100;

/** What a reader can do in the details. */
export interface Actions {
  /** Shows the node and selects it. */
  go(index: number): void;
  toggle(index: number, direction: Direction): void;
}

/** The details of a node: its facts, why it is alive, and its neighbours as lists. */
export function detailsOf(state: GraphState, index: number, actions: Actions): Node[] {
  const { id, text, kind, self, retained, distance, place } = state.node(index);
  const facts: [string, string][] = [
    ["Id", `@${id}`],
    ["Kind", kind],
    ["Size", bytes(self)],
    ["Retains", bytes(retained)],
    ["Distance", distance < 0 ? "not reached" : distance >= 1e8 ? "engine" : grouped(distance)],
    ...(place === undefined ? [] : ([["Defined at", place]] as [string, string][])),
  ];
  const list = element("dl");
  for (const [name, value] of facts) {
    list.append(element("dt", {}, [name]), element("dd", {}, [element("bdi", {}, [value])]));
  }
  const heading = element("h2", { id: "details-heading" }, [element("bdi", {}, [text])]);
  const { path } = state.data;
  const showsPath = path !== undefined && (index === 0 || state.path.has(index));
  return [
    heading,
    list,
    ...(showsPath ? [pathOf(path, index, actions)] : []),
    ...DIRECTIONS.map((direction) => neighboursOf(state, index, direction, actions)),
  ];
}

function bytes(count: number): string {
  return count < 1000 ? `${count} B` : `${describeBytes(count)} (${grouped(count)} B)`;
}

function pathOf({ root, steps }: PagePath, selected: number, { go }: Actions): HTMLElement {
  const items = steps.map(({ edge, text, place, index }) => {
    const words = [
      element("span", { class: "edge-name" }, [element("bdi", {}, [edge])]),
      " ",
      element("bdi", { class: "node-name" }, [text]),
    ];
    const item = element("li");
    if (index === undefined) item.append(...words);
    else {
      const current = index === selected ? "step" : undefined;
      const button = element("button", { type: "button", "aria-current": current }, words);
      button.addEventListener("click", () => go(index));
      item.append(button);
    }
    if (place !== undefined) item.append(element("bdi", { class: "place" }, [place]));
    return item;
  });
  return element("section", { class: "path" }, [
    element("h3", {}, ["Retaining path"]),
    element("p", { class: "quiet" }, [`From the root (${root}) to the object`]),
    element("ol", {}, items),
  ]);
}

function neighboursOf(
  state: GraphState,
  index: number,
  direction: Direction,
  { go, toggle }: Actions,
): HTMLElement {
  const total = state.node(index)[direction];
  const carried = state.neighbours(index, direction);
  const title = direction === "referrers" ? "Referrers" : "References";
  const section = element("section", {}, [element("h3", {}, [`${title} (${grouped(total)})`])]);
  if (carried.length > 0) {
    const isOpen = state.isOpen(index, direction);
    const words = isOpen ? `Hide ${direction}` : `Show ${direction}`;
    const button = element("button", { type: "button", class: "plain" }, [words]);
    button.addEventListener("click", () => toggle(index, direction));
    section.append(button);
  }
  const texts = textsOf(state, index, direction);
  const listed = carried.slice(0, MOST_LISTED);
  const items = listed.map((other) => {
    const node = state.node(other);
    const button = element("button", { type: "button" }, [
      element("span", { class: "edge-name" }, [element("bdi", {}, [texts.get(other) ?? ""])]),
      " ",
      element("bdi", { class: "node-name" }, [node.text]),
      element("span", { class: "quiet" }, [
        ` @${node.id}, retains ${describeBytes(node.retained)}`,
      ]),
    ]);
    button.addEventListener("click", () => go(other));
    return element("li", {}, [button]);
  });
  if (items.length > 0) section.append(element("ul", {}, items));
  const rest = total - listed.length;
  if (rest > 0) {
    const more = `${listed.length > 0 ? "and " : ""}${counted(rest, direction)}`;
    section.append(element("p", { class: "quiet" }, [`${more} not in this list`]));
  }
  return section;
}

function textsOf(state: GraphState, index: number, direction: Direction): Map<number, string> {
  const isReferrers = direction === "referrers";
  const own = state.data.edges.filter(
    ({ from, to, isWeak }: PageEdge) => !isWeak && (isReferrers ? to : from) === index,
  );
  return new Map(own.map(({ from, to, text }) => [isReferrers ? from : to, text]));
}
