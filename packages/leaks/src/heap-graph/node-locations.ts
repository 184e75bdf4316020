import { Edges } from "../paths/edges.ts";
import type { Location } from "../paths/retaining-path.ts";
import { Scripts } from "../paths/scripts.ts";
import { toOriginal } from "../paths/to-original.ts";
import { printFile } from "../paths/working-directory.ts";
import type { Graph } from "../graph/graph.ts";

/** Where the nodes of a graph are defined, in files as paths print them. */
export class NodeLocations {
  readonly #scripts: Scripts;
  readonly #isLive: boolean;

  /** `isLive` says that the graph is of this process, whose source maps then apply. */
  constructor(graph: Graph, isLive: boolean) {
    this.#scripts = new Scripts(new Edges(graph));
    this.#isLive = isLive;
  }

  /** The place of a closure or of the class of an object, or undefined if it is unknown. */
  locationOf(node: number): Location | undefined {
    const place = this.#scripts.placesOf([node]).get(node);
    if (place === undefined) return undefined;
    const { script, line, column } = this.#isLive ? toOriginal(place) : place;
    return { url: printFile(script), line: line + 1, column: column + 1 };
  }
}
