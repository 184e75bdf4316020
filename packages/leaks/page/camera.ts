import type { Area, Point } from "./layout.ts";

const LEAST = 0.05;
const MOST = 3;
const MARGIN = 28;
/** A pointer that moves less than that is a click. */
const SLACK = 4;

/** Zoom and pan of a drawing: by wheel, drag, two fingers and calls. */
export class Camera {
  readonly #svg: SVGSVGElement;
  readonly #world: SVGGElement;
  readonly #pointers = new Map<number, Point>();
  #x = 0;
  #y = 0;
  #scale = 1;
  #moved = 0;

  constructor(svg: SVGSVGElement, world: SVGGElement) {
    this.#svg = svg;
    this.#world = world;
    svg.addEventListener("wheel", (event) => this.#onWheel(event), { passive: false });
    svg.addEventListener("pointerdown", (event) => this.#onDown(event));
    svg.addEventListener("pointermove", (event) => this.#onMove(event));
    for (const name of ["pointerup", "pointercancel"] as const) {
      window.addEventListener(name, (event) => this.#pointers.delete(event.pointerId));
    }
    // The end of a drag is not a click on a node.
    svg.addEventListener("click", (event) => this.#moved > SLACK && event.stopPropagation(), true);
  }

  get scale(): number {
    return this.#scale;
  }

  /** Shows the whole area. */
  showAll(area: Area): void {
    const { width, height } = this.#size();
    const wide = (width - 2 * MARGIN) / area.width;
    const scale = Math.min(1, wide, (height - 2 * MARGIN) / area.height);
    this.#set(scale, {
      x: area.x + area.width / 2,
      y: area.y + area.height / 2,
    });
  }

  /** Shows the middle of the area in the middle. */
  center(area: Area, scale: number = this.#scale): void {
    this.#set(scale, { x: area.x + area.width / 2, y: area.y + area.height / 2 });
  }

  /** Moves as far as needed to show a part of the drawing. */
  include(part: Element): void {
    const frame = this.#svg.getBoundingClientRect();
    const { left, top, width, height } = part.getBoundingClientRect();
    this.pan(
      shift(left - frame.left, width, frame.width),
      shift(top - frame.top, height, frame.height),
    );
  }

  pan(x: number, y: number): void {
    this.#x += x;
    this.#y += y;
    this.#apply();
  }

  /** Zooms around a point of the window, or around the middle. */
  zoom(factor: number, around?: Point): void {
    const { left, top, width, height } = this.#svg.getBoundingClientRect();
    const x = around === undefined ? width / 2 : around.x - left;
    const y = around === undefined ? height / 2 : around.y - top;
    const scale = Math.min(MOST, Math.max(LEAST, this.#scale * factor));
    this.#x = x - ((x - this.#x) * scale) / this.#scale;
    this.#y = y - ((y - this.#y) * scale) / this.#scale;
    this.#scale = scale;
    this.#apply();
  }

  #set(scale: number, middle: Point): void {
    const { width, height } = this.#size();
    this.#scale = Math.min(MOST, Math.max(LEAST, scale));
    this.#x = width / 2 - middle.x * this.#scale;
    this.#y = height / 2 - middle.y * this.#scale;
    this.#apply();
  }

  #size(): { width: number; height: number } {
    return this.#svg.getBoundingClientRect();
  }

  #apply(): void {
    this.#world.setAttribute("transform", `translate(${this.#x} ${this.#y}) scale(${this.#scale})`);
  }

  #onWheel(event: WheelEvent): void {
    event.preventDefault();
    const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1;
    // A pinch on a touchpad comes as small steps with Ctrl.
    const speed = event.ctrlKey ? 0.01 : 0.0015;
    this.zoom(Math.exp(-event.deltaY * lines * speed), { x: event.clientX, y: event.clientY });
  }

  #onDown(event: PointerEvent): void {
    if (event.button !== 0) return;
    if (this.#pointers.size === 0) this.#moved = 0;
    this.#pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
  }

  #onMove(event: PointerEvent): void {
    const before = this.#pointers.get(event.pointerId);
    if (before === undefined) return;
    const now = { x: event.clientX, y: event.clientY };
    const other = [...this.#pointers].find(([id]) => id !== event.pointerId)?.[1];
    this.#pointers.set(event.pointerId, now);
    this.#moved += length(before, now);
    if (other !== undefined) {
      this.zoom(length(now, other) / Math.max(1, length(before, other)), other);
      return;
    }
    if (this.#moved <= SLACK) return;
    if (!this.#svg.hasPointerCapture(event.pointerId)) this.#svg.setPointerCapture(event.pointerId);
    this.pan(now.x - before.x, now.y - before.y);
  }
}

function length(a: Point, b: Point): number {
  return Math.hypot(a.x - b.x, a.y - b.y);
}

/** How far a stretch has to move to be in view. */
function shift(start: number, size: number, room: number): number {
  if (start < MARGIN || size > room - 2 * MARGIN) return MARGIN - start;
  return Math.min(0, room - MARGIN - (start + size));
}
