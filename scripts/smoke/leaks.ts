import { assertCollected, collectGarbage, LeakError, track } from "@heapwise/leaks";
import { HeapGraph, HeapSnapshotError } from "@heapwise/leaks/snapshot";
import { expect, type Checks } from "./check.ts";

const META = {
  node_fields: ["type", "name", "id", "self_size", "edge_count", "trace_node_id", "detachedness"],
  node_types: [["object", "synthetic"], "string", "number", "number", "number", "number", "number"],
  edge_fields: ["type", "name_or_index", "to_node"],
  edge_types: [["property", "element", "weak"], "string_or_number", "node"],
  trace_function_info_fields: [],
  trace_node_fields: [],
  sample_fields: [],
  location_fields: ["object_index", "script_id", "line", "column"],
};

/** A root that has a `Server`, which has two `Session`s, one of them by a weak edge. */
const SNAPSHOT = JSON.stringify({
  snapshot: { meta: META, node_count: 4, edge_count: 3, trace_function_count: 0 },
  nodes: [
    [1, 0, 1, 0, 1, 0, 0],
    [0, 1, 3, 100, 2, 0, 0],
    [0, 2, 5, 24, 0, 0, 0],
    [0, 2, 7, 32, 0, 0, 0],
  ].flat(),
  edges: [0, 3, 7, 0, 4, 14, 2, 5, 21],
  trace_function_infos: [],
  trace_tree: [],
  samples: [],
  locations: [],
  strings: ["", "Server", "Session", "server", "session", "last"],
});

async function* pieces(text: string): AsyncGenerator<Uint8Array> {
  const { TextEncoder } = globalThis as unknown as {
    TextEncoder: new () => { encode(text: string): Uint8Array };
  };
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length; at += 100) yield bytes.subarray(at, at + 100);
}

/** What needs neither Node nor a collector. */
export const leaksChecks: Checks = {
  "leaks reads a heap snapshot, and measures what an object retains": async () => {
    const graph = await HeapGraph.read(pieces(SNAPSHOT));
    expect(graph.nodeCount === 4 && graph.edgeCount === 3, "all nodes and edges");
    expect(graph.totalBytes === 156, `the sum of sizes, got ${graph.totalBytes}`);
    expect(graph.byType("Session").join() === "5,7", "both sessions");
    expect(graph.node(3).retainedBytes === 124, `124, got ${graph.node(3).retainedBytes}`);
    const path = String(graph.retainingPath(5));
    expect(path.includes("Server") && path.includes("session"), `a path, got ${path}`);
    expect(graph.toDot([5]).startsWith("digraph"), "a picture");
  },
  "leaks refuses a snapshot that ends in the middle": async () => {
    const half = pieces(SNAPSHOT.slice(0, SNAPSHOT.length >> 1));
    const error = await HeapGraph.read(half).catch((each: unknown) => each);
    expect(error instanceof HeapSnapshotError, `a HeapSnapshotError, got ${String(error)}`);
  },
};

interface Session {
  readonly user: string;
}

/** Assertions that need no heap snapshot, on any engine whose collector can be called. */
export const leaksCollections: Checks = {
  "leaks sees that objects are collected": async () => {
    await collectGarbage();
    // An engine that scans its stack conservatively may keep one of them for a while.
    let error: unknown;
    for (let i = 0; i < 20; i++) {
      const user = `user ${i}`;
      const make = (): { session: Session } => ({ session: { user } });
      error = await assertCollected(make, { explain: false }).then(
        () => undefined,
        (each: unknown) => each,
      );
      if (error === undefined) return;
    }
    throw error;
  },
  "leaks sees that an object is held": async () => {
    const held: Session[] = [];
    const make = (): { session: Session } => {
      const session = { user: "ada" };
      held.push(session);
      return { session };
    };
    const options = { explain: false, timeout: 0 };
    const error = await assertCollected(make, options).catch((each: unknown) => each);
    expect(
      error instanceof LeakError && error.code === "LEAK",
      `a LeakError, got ${String(error)}`,
    );
    const status = await track(held[0]!, "session").status();
    expect(status === "live", `live, got ${status}`);
  },
};
