import {
  checkFunction,
  integerFrom,
  oneOf,
  print,
  readOptions,
  refuse,
} from "../checks/arguments.ts";
import type { ViewNode } from "./graph-view.ts";

/** The node of a picture, as it is passed to `highlight` and `label`. */
export type PictureNode = ViewNode;

/** Options of `toDot` and `toMermaid`. */
export interface PictureOptions {
  /**
   * `referrers`, the default, draws what keeps the nodes alive; `references` draws what the nodes
   * keep alive.
   */
  direction?: "referrers" | "references";
  /** How many edges the picture goes away from the nodes. 3 by default; 0 draws the nodes only. */
  depth?: number;
  /** The most neighbours drawn of a node, 10 by default. The others become "and 312 more". */
  tooMany?: number;
  /** Called once for each node drawn; a node for which it returns true is drawn in red. */
  highlight?: (node: PictureNode) => boolean;
  /** Called once for each node drawn; its text replaces the description of the node. */
  label?: (node: PictureNode) => string;
}

/** Options of `toHtml`. */
export interface PageOptions {
  /** The heading of the page. By default, it names the nodes. */
  title?: string;
  /** How many edges away from the nodes the page can be expanded. 5 by default. */
  depth?: number;
  /** The most neighbours of a node that one step shows, 10 by default. */
  tooMany?: number;
  /** The most nodes that the page carries, 1500 by default. It says how many it left out. */
  maxNodes?: number;
  /** Called once for each node of the page; a node for which it returns true is drawn in red. */
  highlight?: (node: PictureNode) => boolean;
  /** Called once for each node of the page; its text replaces the description of the node. */
  label?: (node: PictureNode) => string;
}

const inBoth = {
  depth: integerFrom(0),
  tooMany: integerFrom(1),
  highlight: checkFunction,
  label: checkFunction,
};

/** The options of a picture without those of others. */
export function readPictureOptions(action: string, options: PictureOptions): PictureOptions {
  const direction = oneOf("referrers", "references");
  return readOptions(action, options, { direction, ...inBoth });
}

/** The options of a page without those of others. */
export function readPageOptions(options: PageOptions): PageOptions {
  return readOptions("draw page", options, {
    title: (action, name, value) => {
      if (typeof value !== "string") refuse(action, `${name} is ${print(value)}`, "a string");
    },
    maxNodes: integerFrom(1),
    ...inBoth,
  });
}

/** The ids of a picture, each once. */
export function readIds(action: string, ids: number | readonly number[]): number[] {
  const list = new Set<unknown>(Array.isArray(ids) ? ids : [ids]);
  if (list.size === 0) refuse(action, "ids is empty", "at least one id", RangeError);
  for (const id of list) {
    if (!Number.isSafeInteger(id)) refuse(action, `an id is ${print(id)}`, "an integer");
  }
  return [...list] as number[];
}
