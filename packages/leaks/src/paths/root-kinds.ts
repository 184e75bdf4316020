import type { Edges } from "./edges.ts";
import type { Landmarks } from "./landmarks.ts";
import type { RootKind } from "./retaining-path.ts";
import type { RawPath } from "./search.ts";

// How the kind of a path is decided. The landmark at which it begins gives the first answer, and
// an edge further on may replace it: what a listener on a global emitter holds is given back if
// the listener is removed, not the emitter. The first replacement counts, but an edge to a store
// of AsyncLocalStorage always does.
//
// | The path begins at                               | Kind            | Replaced by              |
// | ------------------------------------------------ | --------------- | ------------------------ |
// | the global object                                | global          | listener, promise, async |
// | a variable of one of Node's own modules          | other           | listener, promise, async |
// | the variables, exports or `Module` of a module   | module          | listener, promise, async |
// | `process`                                        | global          | listener, promise, async |
// | a diagnostics channel                            | listener        | async                    |
// | a timer or immediate that is to run              | timer           | async                    |
// | a handle or request of libuv, a port, a worker   | handle          | async                    |
// | (Global handles), (Traced ...), (Eternal ...)    | handle          | listener, promise, async |
// | (Micro tasks)                                    | promise         | async                    |
// | (Stack roots), (Handle scope)                    | stack           | none                     |
// | (Compilation cache)                              | cache           | none                     |
// | another root                                     | other           | listener, promise, async |
//
// | The path goes through                                          | Kind          |
// | -------------------------------------------------------------- | ------------- |
// | `_events` of an EventEmitter, the listeners of an EventTarget  | listener      |
// | the reactions of a promise                                     | promise       |
// | the store that AsyncLocalStorage attached to a resource        | async-context |
// | a timer, a listener of a page                                  | the same      |

/** What the names of V8's roots mean. */
const ENGINE: readonly (readonly [start: string, kind: RootKind])[] = [
  ["(Micro tasks)", "promise"],
  ["(Global handles)", "handle"],
  ["(Traced handles)", "handle"],
  ["(Eternal handles)", "handle"],
  ["C++", "handle"],
  ["(Stack roots)", "stack"],
  ["(Handle scope)", "stack"],
  ["(Compilation cache)", "cache"],
];

/** Decides the kind of a path. */
export function rootKindOf(path: RawPath, edges: Edges, landmarks: Landmarks): RootKind {
  const kind = kindOfStart(path.start, landmarks);
  if (kind === "stack" || kind === "cache") return kind;
  let through: RootKind | undefined;
  for (const edge of path.edges) {
    const found = kindOfEdge(edge, edges);
    if (found === "async-context") return found;
    through ??= found;
  }
  const isFinal =
    kind === "timer" ||
    kind === "listener" ||
    kind === "promise" ||
    landmarks.kindOf(path.start) === "handle";
  return isFinal ? kind : (through ?? kind);
}

function kindOfStart(start: number, landmarks: Landmarks): RootKind {
  switch (landmarks.kindOf(start)) {
    case "global":
    case "process":
      return "global";
    case "module":
    case "record":
    case "scope":
      return "module";
    case "timer":
    case "nodeTimer":
      return "timer";
    case "channel":
      return "listener";
    case "handle":
      return "handle";
    case "engine": {
      const name = landmarks.nameOf(start);
      return ENGINE.find(([text]) => name.startsWith(text))?.[1] ?? "other";
    }
    default:
      return "other";
  }
}

function kindOfEdge(edge: number, edges: Edges): RootKind | undefined {
  const { graph } = edges;
  const { edgeKinds, edgeTargets } = graph.columns;
  const target = edgeTargets[edge]!;
  if (edgeKinds[edge] === edges.property) {
    switch (graph.edgeNameOf(edge)) {
      case "_events":
      case "<symbol kEvents>":
      case "<symbol kHandlers>":
        return "listener";
      case "<symbol kResourceStore>":
      case "<symbol kAsyncContextFrame>":
        return "async-context";
      default:
        return undefined;
    }
  }
  switch (graph.nameOf(target)) {
    case "system / PromiseReaction":
      return "promise";
    case "AsyncContextFrame":
      return "async-context";
    case "DOMTimer":
      return "timer";
    case "V8EventListener":
      return "listener";
    default:
      return undefined;
  }
}
