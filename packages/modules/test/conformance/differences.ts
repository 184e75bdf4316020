import type { BackendName } from "@heapwise/modules";

/** A graph that a backend runs in another way than Node, by design. */
export interface Difference {
  /** The name of the graph. */
  readonly graph: string;
  readonly backend: BackendName;
  readonly reason: string;
  /** Versions of Node for which that is so; all by default. */
  readonly since?: number;
  readonly before?: number;
}

/** All differences. A row that does not differ any more fails the tests. */
export const DIFFERENCES: readonly Difference[] = [
  {
    graph: "a property of a namespace is described as a writable value",
    backend: "function",
    reason: "a namespace is an object with accessors: a proxy would make each read slow",
  },
  {
    graph: "names of a namespace in a cycle cannot be listed before they have values",
    backend: "function",
    reason: "a namespace is an object with accessors, which are only called by reads",
  },
  {
    graph: "the text of a function is that of the file",
    backend: "function",
    reason: "functions that use imports have the text of the transformed code",
  },
  {
    graph: "two export * that give the same namespace do not conflict",
    backend: "function",
    reason: "the specification of 2025, which V8 follows from Node 25 on",
    before: 25,
  },
  {
    graph: "an imported namespace that is exported is that namespace",
    backend: "function",
    reason: "the specification of 2025, which V8 follows from Node 25 on",
    before: 25,
  },
  {
    graph: "CommonJS that is imported runs before it is found that a name is missing",
    backend: "function",
    reason: "names of CommonJS are those that it has after it ran, not those that a scan finds",
  },
  {
    graph: "a property that only running finds is a name",
    backend: "function",
    reason: "names of CommonJS are those that it has after it ran, not those that a scan finds",
  },
  {
    graph: "a module that was deleted from require.cache runs again",
    backend: "function",
    reason: "require.cache is a copy: only the host decides what is loaded again",
  },
  {
    graph: "an export of a name that is not declared is a SyntaxError",
    backend: "function",
    reason: "the transform does not look for it: reads of the export throw a ReferenceError",
  },
  {
    graph: "arguments is not there in an ES module",
    backend: "function",
    reason: "the code is the body of a function; its arguments are empty",
  },
];
