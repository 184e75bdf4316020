import type { Location } from "../paths/retaining-path.ts";

/** A node as pictures show it. */
export interface ViewNode {
  /** The `id` of the snapshot, `@id` in DevTools. */
  readonly id: number;
  /** What V8 calls the node: `object`, `closure`, `string` and so on. */
  readonly kind: string;
  /** The name of the snapshot: of a class, a function, or the text of a string. */
  readonly name: string;
  /** The constructor's name for the kind `object`, else the kind in round brackets. */
  readonly type: string;
  /** Bytes of the node itself. */
  readonly selfBytes: number;
  /** Bytes that would be free without the node. */
  readonly retainedBytes: number;
  /** Edges from the root on the shortest way. */
  readonly distance: number;
  /** Where the closure, or the class of the object, is defined. */
  readonly location?: Location | undefined;
}

/** A reference as pictures show it. */
export interface ViewEdge {
  /** What V8 calls the edge: `property`, `element`, `context`, `internal`, `weak` and so on. */
  readonly kind: string;
  readonly name: string | number;
  /** The `id` of the node that has the reference. */
  readonly from: number;
  /** The `id` of the node to which the reference leads. */
  readonly to: number;
}

/** The part of a heap graph that pictures need. */
export interface GraphView {
  /** @throws {Error} if the graph has no node with this id. */
  node(id: number): ViewNode;
  /** What the node refers to. */
  references(id: number): readonly ViewEdge[];
  /** What refers to the node. */
  referrers(id: number): readonly ViewEdge[];
}

/** A retaining path as pages show it, from the root to the node. */
export interface ViewPath {
  readonly root: string;
  readonly steps: readonly {
    readonly edge: string;
    readonly node: string;
    readonly location?: Location;
    /** The `id` of the node to which the step leads. */
    readonly id?: number;
  }[];
}

/** A graph that also knows why a node is alive, which a page shows. */
export interface PathView extends GraphView {
  /** The shortest chain of references to the node from a root of the program. */
  retainingPath(id: number): ViewPath | undefined;
}
