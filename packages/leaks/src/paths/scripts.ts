import type { Graph } from "../graph/graph.ts";
import type { Edges } from "./edges.ts";

/** A place in a script. Line and column count from 0. */
export interface Place {
  readonly script: string;
  readonly line: number;
  readonly column: number;
}

/** The number -1 in a column. */
const UNKNOWN = 0xffffffff;

/** Finds the scripts of closures, and the places where closures and classes are defined. */
export class Scripts {
  readonly #graph: Graph;
  readonly #edges: Edges;
  readonly #closureKind: number;
  #names: Map<number, string> | undefined;

  constructor(edges: Edges) {
    this.#edges = edges;
    this.#graph = edges.graph;
    this.#closureKind = edges.graph.columns.kindNames.indexOf("closure");
  }

  /** The name of the script of a closure, as the engine has it; undefined if it has none. */
  scriptOf(closure: number): string | undefined {
    const shared = this.#edges.follow(closure, "shared");
    let script = this.#edges.follow(shared, "script");
    // Before V8 12 one slot has either the script, or what a debugger knows, which has the script.
    if (script < 0) script = this.#edges.follow(shared, "script_or_debug_info");
    if (script < 0) return undefined;
    if (this.#graph.nameOf(script) === "system / DebugInfo") {
      script = this.#edges.follow(script, "script");
    }
    if (script < 0) return undefined;
    // The name of the file alone up to V8 14, and behind these words since then.
    const name = this.#graph.nameOf(script).replace(/^system \/ Script(?: \/ )?/, "");
    return name === "" ? undefined : name;
  }

  /** Whether a closure belongs to Node itself. A function that is native code does not. */
  isOfNode(closure: number): boolean {
    return this.scriptOf(closure)?.startsWith("node:") === true;
  }

  /**
   * The script, line and column of closures and of the classes of objects, all from 0. Goes over
   * all locations once: an index of them would take longer to make than the few nodes of a path.
   */
  placesOf(nodes: readonly number[]): Map<number, Place> {
    const places = new Map<number, Place>();
    const wanted = new Set(nodes);
    const { locations, nodeKinds } = this.#graph.columns;
    for (let at = 0; at < locations.length; at += 4) {
      const node = locations[at]!;
      if (!wanted.has(node)) continue;
      const isClosure = nodeKinds[node] === this.#closureKind;
      const script =
        (isClosure ? this.scriptOf(node) : undefined) ??
        this.#scriptNames().get(locations[at + 1]!);
      const line = locations[at + 2]!;
      const column = locations[at + 3]!;
      if (script === undefined || script === "" || line === UNKNOWN || column === UNKNOWN) continue;
      places.set(node, { script, line, column });
    }
    return places;
  }

  /** Names of scripts by id, taken from the closures: nodes of scripts do not have their ids. */
  #scriptNames(): Map<number, string> {
    if (this.#names !== undefined) return this.#names;
    const names = new Map<number, string>();
    const { locations, nodeKinds } = this.#graph.columns;
    for (let at = 0; at < locations.length; at += 4) {
      const node = locations[at]!;
      const id = locations[at + 1]!;
      if (names.has(id) || nodeKinds[node] !== this.#closureKind) continue;
      names.set(id, this.scriptOf(node) ?? "");
    }
    return (this.#names = names);
  }
}
