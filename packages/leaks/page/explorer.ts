import { Camera } from "./camera.ts";
import { detailsOf } from "./details.ts";
import { draw, type Drawing } from "./drawing.ts";
import { byId } from "./elements.ts";
import { DIRECTIONS, type Direction, type GraphState } from "./graph-state.ts";
import type { Area } from "./layout.ts";
import { connectSearch } from "./search.ts";
import { grouped } from "./words.ts";

/** Below that zoom nobody can read the drawing, so that it starts at the subject. */
const LEAST_READABLE = 0.62;
const PAN_STEP = 60;

/** The page: draws the state, and turns clicks and keys into changes of the state. */
export class Explorer {
  readonly #state: GraphState;
  readonly #svg = byId<SVGSVGElement>("graph");
  readonly #world = byId<SVGGElement>("world");
  readonly #camera = new Camera(this.#svg, this.#world);
  #drawing: Drawing;
  #selected = 0;

  constructor(state: GraphState) {
    this.#state = state;
    this.#drawing = draw(state, state.scene(), 0);
  }

  start(): void {
    this.#render();
    this.#overview();
    this.#svg.addEventListener("click", (event) => this.#onClick(event));
    this.#svg.addEventListener("keydown", (event) => this.#onKey(event));
    // Not on the drawing itself, which a listener of focus makes a stop of Tab.
    this.#svg.parentElement!.addEventListener("focusin", ({ target }) => {
      this.#camera.include(target as Element);
    });
    connectSearch(this.#state, (index) => this.#go(index));
    byId("zoom-in").addEventListener("click", () => this.#camera.zoom(1.25));
    byId("zoom-out").addEventListener("click", () => this.#camera.zoom(0.8));
    byId("fit").addEventListener("click", () => this.#camera.showAll(this.#drawing.bounds));
    byId("theme").addEventListener("click", changeTheme);
    document.addEventListener("keydown", (event) => {
      if (event.key !== "/" || (event.target as Element).matches("input")) return;
      event.preventDefault();
      byId<HTMLInputElement>("search").focus();
    });
    this.#preparePrint();
  }

  /** Draws the state again. The node that the reader looks at stays in its place. */
  #render(anchor?: number): void {
    const before = anchor === undefined ? undefined : this.#drawing.areas.get(anchor);
    const hadFocus = this.#svg.contains(document.activeElement);
    const scene = this.#state.scene();
    this.#drawing = draw(this.#state, scene, this.#selected);
    this.#world.replaceChildren(...this.#drawing.parts);
    const after = anchor === undefined ? undefined : this.#drawing.areas.get(anchor);
    if (before !== undefined && after !== undefined) {
      const { scale } = this.#camera;
      const [x, y] = [before.x + before.width / 2, before.y];
      this.#camera.pan((x - after.x - after.width / 2) * scale, (y - after.y) * scale);
    }
    if (hadFocus) this.#elementOf(this.#selected)?.focus({ preventScroll: true });
    this.#showDetails();
    const { nodes, omitted } = this.#state.data;
    const all = `${grouped(scene.nodes.length)} of the ${grouped(nodes.length)} nodes in this page`;
    const rest = omitted === 0 ? "" : ` · ${grouped(omitted)} more next to them were left out`;
    byId("count").textContent = `Showing ${all}${rest}`;
  }

  #showDetails(): void {
    const nodes = detailsOf(this.#state, this.#selected, {
      go: (index) => this.#go(index),
      toggle: (index, direction) => {
        this.#toggle(index, [direction]);
        this.#elementOf(index)?.focus({ preventScroll: true });
      },
    });
    byId("details").replaceChildren(...nodes);
  }

  /** Shows the whole drawing, or the subject if the whole would be too small to read. */
  #overview(): void {
    this.#camera.showAll(this.#drawing.bounds);
    const subject = this.#drawing.areas.get(0);
    if (this.#camera.scale >= LEAST_READABLE || subject === undefined) return;
    this.#camera.center(subject, 0.85);
  }

  /** Selects a node, shows it if it is hidden, and moves to it. */
  #go(index: number): void {
    if (!this.#drawing.areas.has(index)) {
      this.#state.reveal(index);
      this.#selected = index;
      this.#render();
      this.#camera.center(this.#drawing.areas.get(index)!);
    } else {
      this.#select(index);
    }
    this.#elementOf(index)?.focus({ preventScroll: true });
  }

  #select(index: number): void {
    for (const [at, isOn] of [
      [this.#selected, false],
      [index, true],
    ] as const) {
      const node = this.#elementOf(at);
      node?.setAttribute("tabindex", isOn ? "0" : "-1");
      node?.classList.toggle("selected", isOn);
    }
    this.#selected = index;
    this.#showDetails();
  }

  /** Shows the neighbours in the directions; if all are shown already, hides them. */
  #toggle(index: number, directions: readonly Direction[]): void {
    const { text } = this.#state.node(index);
    const closed = directions.filter(
      (direction) =>
        !this.#state.isOpen(index, direction) &&
        this.#state.neighbours(index, direction).length > 0,
    );
    let message = "";
    if (closed.length > 0) {
      const done = closed.filter((direction) => this.#state.expand(index, direction));
      message = done.length > 0 ? `${done.join(" and ")} of ${text} shown` : FULL;
    } else {
      const open = directions.filter((direction) => this.#state.isOpen(index, direction));
      for (const direction of open) this.#state.collapse(index, direction);
      if (open.length > 0) message = `${open.join(" and ")} of ${text} hidden`;
      else message = `${text} has no other ${directions.join(" and ")} in this page`;
    }
    this.#selected = index;
    this.#render(index);
    byId("status").textContent = message;
  }

  #showMore(rest: Element): void {
    const of = rest.getAttribute("data-rest")!;
    const direction = rest.getAttribute("data-direction") as Direction;
    const isShown =
      of === "subjects" ? this.#state.expandSubjects() : this.#state.expand(Number(of), direction);
    byId("status").textContent = isShown ? "more nodes shown" : FULL;
    const anchor = of === "subjects" ? 0 : Number(of);
    this.#selected = anchor;
    this.#render(anchor);
  }

  #onClick(event: MouseEvent): void {
    const target = event.target as Element;
    const rest = target.closest("[data-rest]");
    if (rest?.hasAttribute("role") === true) this.#showMore(rest);
    const node = target.closest("[data-node]");
    if (node === null) return;
    const index = Number(node.getAttribute("data-node"));
    const direction = target.closest("[data-toggle]")?.getAttribute("data-toggle") as Direction;
    this.#select(index);
    this.#toggle(index, direction ? [direction] : this.#state.directionsOf(index));
    this.#elementOf(index)?.focus({ preventScroll: true });
  }

  #onKey(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey) return;
    const { key } = event;
    const target = event.target as Element;
    const rest = target.closest("[data-rest]");
    const isPress = key === "Enter" || key === " ";
    const arrow = ARROWS[key];
    if (rest !== null && isPress) this.#showMore(rest);
    else if (isPress) this.#toggle(this.#selected, this.#state.directionsOf(this.#selected));
    else if (key === "+" || key === "=") this.#camera.zoom(1.25);
    else if (key === "-") this.#camera.zoom(0.8);
    else if (key === "0") this.#camera.showAll(this.#drawing.bounds);
    else if (key === "Home") this.#go(0);
    else if (arrow === undefined) return;
    else if (event.altKey) this.#camera.pan(-arrow.x * PAN_STEP, -arrow.y * PAN_STEP);
    else if (event.shiftKey && arrow.direction !== undefined) {
      this.#toggle(this.#selected, [arrow.direction]);
    } else this.#move(arrow);
    event.preventDefault();
  }

  /** Goes to a neighbour above or below along an edge, or to the next node in the same row. */
  #move({ x, direction }: Arrow): void {
    const { areas } = this.#drawing;
    const from = areas.get(this.#selected)!;
    const far = (area: Area): number => Math.abs(centerOf(area) - centerOf(from));
    const candidates =
      direction === undefined
        ? [...areas.keys()].filter((index) => {
            const area = areas.get(index)!;
            return Math.abs(area.y - from.y) < from.height && (area.x - from.x) * x > 0;
          })
        : this.#state.neighbours(this.#selected, direction).filter((index) => areas.has(index));
    const [next] = candidates.sort((a, b) => far(areas.get(a)!) - far(areas.get(b)!));
    if (next !== undefined) {
      this.#go(next);
      return;
    }
    byId("status").textContent =
      direction === undefined ? "no other node in this row" : `no ${direction} shown`;
  }

  #elementOf(index: number): SVGGElement | null {
    return this.#world.querySelector(`[data-node="${index}"]`);
  }

  /** On paper the whole drawing is shown, whatever the window shows. */
  #preparePrint(): void {
    let transform: string | null = null;
    window.addEventListener("beforeprint", () => {
      const { x, y, width, height } = this.#drawing.bounds;
      transform = this.#world.getAttribute("transform");
      this.#world.removeAttribute("transform");
      this.#svg.setAttribute("viewBox", `${x - 10} ${y - 10} ${width + 20} ${height + 20}`);
    });
    window.addEventListener("afterprint", () => {
      this.#svg.removeAttribute("viewBox");
      if (transform !== null) this.#world.setAttribute("transform", transform);
    });
  }
}

const FULL = "The drawing is full. Hide some nodes first.";

interface Arrow {
  readonly x: number;
  readonly y: number;
  /** Up leads to referrers, and down to references. */
  readonly direction?: Direction;
}

const ARROWS: Readonly<Record<string, Arrow>> = {
  ArrowLeft: { x: -1, y: 0 },
  ArrowRight: { x: 1, y: 0 },
  ArrowUp: { x: 0, y: -1, direction: DIRECTIONS[0] },
  ArrowDown: { x: 0, y: 1, direction: DIRECTIONS[1] },
};

function centerOf({ x, width }: Area): number {
  return x + width / 2;
}

function changeTheme(): void {
  const { dataset } = document.documentElement;
  const isDark =
    dataset["theme"] === undefined
      ? matchMedia("(prefers-color-scheme: dark)").matches
      : dataset["theme"] === "dark";
  dataset["theme"] = isDark ? "light" : "dark";
}
