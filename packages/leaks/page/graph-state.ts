import type { PageData, PageEdge, PageNode } from "../src/pictures/page-data.ts";

export type Direction = "referrers" | "references";

export const DIRECTIONS = ["referrers", "references"] as const;

/** How many neighbours the page shows before a reader asks for more. */
const FIRST_STEP = 4;
/** More nodes than that take seconds to lay out, and nobody reads them. */
const MOST_VISIBLE = 300;

/** A note next to a node, or to the subjects, that says how many others are not shown. */
export interface Rest {
  /** The node; undefined for further subjects. */
  readonly of: number | undefined;
  readonly direction: Direction;
  /** Nodes that the page carries and can show. */
  readonly hidden: number;
  /** Nodes that the page does not carry. */
  readonly missing: number;
}

/** The part of the page's graph that is shown. */
export interface Scene {
  readonly nodes: readonly number[];
  readonly edges: readonly PageEdge[];
  readonly rests: readonly Rest[];
}

interface Links {
  readonly referrers: number[];
  readonly references: number[];
}

/** Which nodes of the page are shown, and which could be. */
export class GraphState {
  readonly data: PageData;
  /** Nodes of the retaining path, and the pairs of neighbours on it as `from>to`. */
  readonly path: ReadonlySet<number>;
  readonly pathEdges: ReadonlySet<string>;
  readonly #links: readonly Links[];
  readonly #open: Record<Direction, Map<number, number>> = {
    referrers: new Map(),
    references: new Map(),
  };
  readonly #pinned = new Set<number>();
  #subjectsShown: number;

  constructor(data: PageData) {
    this.data = data;
    this.#links = linksOf(data);
    const chain = data.path?.chain ?? [];
    this.path = new Set(chain);
    this.pathEdges = new Set(chain.slice(1).map((index, at) => `${chain[at]}>${index}`));
    this.#subjectsShown = Math.min(data.subjects, data.subjects === 1 ? 1 : FIRST_STEP);
    for (const direction of DIRECTIONS)
      this.#open[direction].set(0, Math.min(FIRST_STEP, data.step));
  }

  node(index: number): PageNode {
    return this.data.nodes[index]!;
  }

  /** The carried neighbours that keep their target alive, those that tell most first. */
  neighbours(index: number, direction: Direction): readonly number[] {
    return this.#links[index]![direction];
  }

  isOpen(index: number, direction: Direction): boolean {
    return this.#open[direction].has(index);
  }

  /** Where a click on the node goes on: away from the subjects. */
  directionsOf(index: number): readonly Direction[] {
    const { parent } = this.node(index);
    return parent === undefined ? DIRECTIONS : [parent[1]];
  }

  /** Shows the neighbours of a node, or more of them. Returns whether something changed. */
  expand(index: number, direction: Direction): boolean {
    const before = this.scene().nodes.length;
    if (before >= MOST_VISIBLE) return false;
    const open = this.#open[direction];
    const shown = open.get(index);
    open.set(index, (shown ?? 0) + this.data.step);
    // Neighbours that others brought into the picture may have used up the step.
    const most = this.neighbours(index, direction).length;
    while (open.get(index)! < most && this.scene().nodes.length === before) {
      open.set(index, open.get(index)! + this.data.step);
    }
    return shown === undefined || this.scene().nodes.length > before;
  }

  collapse(index: number, direction: Direction): void {
    this.#open[direction].delete(index);
    for (const pin of this.#pinned) {
      if (this.#chain(pin).some(([at, to]) => at === index && to === direction)) {
        this.#pinned.delete(pin);
      }
    }
  }

  /** Shows more of the nodes that the page is about. */
  expandSubjects(): boolean {
    if (this.scene().nodes.length >= MOST_VISIBLE) return false;
    this.#subjectsShown = Math.min(this.data.subjects, this.#subjectsShown + this.data.step);
    return true;
  }

  /** Shows a node, with the nodes between it and a subject. */
  reveal(index: number): void {
    for (const at of [index, ...this.#chain(index).map(([from]) => from)]) this.#pinned.add(at);
  }

  /** The nodes whose text, kind, place or `@id` has the words, best first. */
  search(words: string): number[] {
    const wanted = words.trim().toLowerCase();
    if (wanted === "") return [];
    const ranked: [number, number][] = [];
    for (const [index, { id, text, kind, place }] of this.data.nodes.entries()) {
      const low = text.toLowerCase();
      const rank =
        `@${id}` === wanted || low === wanted
          ? 0
          : low.startsWith(wanted)
            ? 1
            : low.includes(wanted) || `@${id}`.startsWith(wanted)
              ? 2
              : kind === wanted || (place ?? "").toLowerCase().includes(wanted)
                ? 3
                : 4;
      if (rank < 4) ranked.push([rank, index]);
    }
    const length = (index: number): number => this.node(index).text.length;
    return ranked
      .sort(([a, one], [b, other]) => a - b || length(one) - length(other))
      .map(([, index]) => index);
  }

  scene(): Scene {
    const seen = new Set<number>(this.path);
    for (let index = 0; index < this.#subjectsShown; index++) seen.add(index);
    for (const index of this.#pinned) seen.add(index);
    for (const index of seen) {
      for (const direction of DIRECTIONS) {
        const open = this.#open[direction].get(index) ?? 0;
        for (const other of this.neighbours(index, direction).slice(0, open)) seen.add(other);
      }
    }
    const edges = this.data.edges.filter(({ from, to }) => seen.has(from) && seen.has(to));
    return { nodes: [...seen], edges, rests: this.#rests(seen) };
  }

  #rests(seen: ReadonlySet<number>): Rest[] {
    const rests: Rest[] = [];
    const { subjects, given } = this.data;
    const hidden = subjects - this.#subjectsShown;
    if (given > this.#subjectsShown) {
      rests.push({ of: undefined, direction: "references", hidden, missing: given - subjects });
    }
    for (const index of seen) {
      for (const direction of DIRECTIONS) {
        if (!this.isOpen(index, direction)) continue;
        const carried = this.neighbours(index, direction);
        const rest = carried.filter((other) => !seen.has(other)).length;
        const missing = this.node(index)[direction] - carried.length;
        if (rest + missing > 0) rests.push({ of: index, direction, hidden: rest, missing });
      }
    }
    return rests;
  }

  /** The steps from a subject to the node, last first. */
  #chain(index: number): [number, Direction][] {
    const chain: [number, Direction][] = [];
    for (let at = this.node(index).parent; at !== undefined; at = this.node(at[0]).parent) {
      chain.push([at[0], at[1]]);
    }
    return chain;
  }
}

function linksOf({ nodes, edges }: PageData): Links[] {
  const links = nodes.map((): Links => ({ referrers: [], references: [] }));
  for (const { from, to, isWeak } of edges) {
    if (isWeak) continue;
    links[from]!.references.push(to);
    links[to]!.referrers.push(from);
  }
  // A node that nothing reaches has a distance below 0.
  const far = (index: number): number => {
    const { distance } = nodes[index]!;
    return distance < 0 ? Infinity : distance;
  };
  for (const { referrers, references } of links) {
    referrers.sort((a, b) => (far(a) === far(b) ? a - b : far(a) - far(b)));
    references.sort((a, b) => nodes[b]!.retained - nodes[a]!.retained || a - b);
  }
  return links;
}
