import type { GraphView } from "./graph-view.ts";
import { neighboursOf, type Direction, type Neighbour } from "./neighbours.ts";

/** A node that the walk chose, and the node next to which it was found. */
export interface Found {
  readonly id: number;
  readonly parent?: readonly [index: number, direction: Direction];
}

/** A node from which the walk goes on in one direction. */
export interface Visit {
  readonly index: number;
  readonly direction: Direction;
}

/** A visit, and how far it has come. */
interface Plan extends Visit {
  /** How many neighbours may still be chosen. */
  room: number;
  neighbours?: readonly Neighbour[];
  /** The place of the next neighbour. */
  next: number;
}

/**
 * Chooses the nodes of a page: the given ones, and then those near them, level by level. Each level
 * gets half of the room that is left, shared equally among its nodes, so that one node with
 * thousands of neighbours does not fill the page. Room that a level does not use is shared in
 * another round.
 */
export class PageWalk {
  readonly found: Found[] = [];
  readonly #indices = new Map<number, number>();
  readonly #view: GraphView;

  constructor(view: GraphView) {
    this.#view = view;
  }

  /** The place of a chosen node in `found`. */
  indexOf(id: number): number | undefined {
    return this.#indices.get(id);
  }

  /** Chooses a node, and returns its index. */
  add(id: number, parent?: Found["parent"]): number {
    const known = this.#indices.get(id);
    if (known !== undefined) return known;
    const index = this.found.push(parent === undefined ? { id } : { id, parent }) - 1;
    this.#indices.set(id, index);
    return index;
  }

  /**
   * Goes on from chosen nodes, `depth` edges far, until the page has `full` nodes. At most `most`
   * neighbours of a node are chosen.
   */
  go(starts: readonly Visit[], depth: number, most: number, full: number): void {
    const levels: Plan[][] = [starts.map((visit) => ({ ...visit, room: most, next: 0 }))];
    for (let before = -1; before < this.found.length && this.found.length < full;) {
      before = this.found.length;
      for (let distance = 0; distance < depth && this.found.length < full; distance++) {
        const level = levels[distance]!;
        const room = Math.ceil((full - this.found.length) / 2);
        const share = Math.max(1, Math.floor(room / level.length));
        const added = (levels[distance + 1] ??= []);
        for (const plan of level) {
          const count = Math.min(share, plan.room, full - this.found.length);
          for (const visit of this.#choose(plan, count))
            added.push({ ...visit, room: most, next: 0 });
        }
      }
    }
  }

  /** Chooses the next neighbours of a node. */
  #choose(plan: Plan, most: number): Visit[] {
    const { index, direction } = plan;
    plan.neighbours ??= neighboursOf(this.#view, this.found[index]!.id, direction);
    const added: Visit[] = [];
    while (added.length < most && plan.next < plan.neighbours.length) {
      const { id, isWeak } = plan.neighbours[plan.next++]!;
      if (isWeak || this.#indices.has(id)) continue;
      added.push({ index: this.add(id, [index, direction]), direction });
    }
    plan.room -= added.length;
    return added;
  }
}
