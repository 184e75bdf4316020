import { collectGarbage } from "../collection/collect-garbage.ts";
import { bodyOf, type HeapGraph } from "../heap-graph/heap-graph.ts";
import { captureSteadily } from "../growth/capture-steadily.ts";
import { leastRise } from "../growth/theil-sen.ts";
import { TypeSeries } from "../growth/type-series.ts";
import { findPathsByRoot } from "../paths/find-paths.ts";
import { MOST_PATHS, type Leak } from "./leak-error.ts";

/** Most classes that an error names. */
const MOST_CLASSES = 5;

/**
 * Takes a snapshot, runs one more round and takes another one: the classes of which there are more
 * by at least one object for each iteration, without those that are only parts of others. As in the
 * counts before, one in seven may lack. Each has the paths to one of its new objects.
 *
 * @throws {SnapshotTooLargeError} if a snapshot would not fit into memory.
 */
export async function nameGrowth(
  runRound: () => Promise<void>,
  iterations: number,
  isWanted: (type: string) => boolean,
): Promise<Leak[]> {
  await collectGarbage();
  const series = new TypeSeries();
  const lastId = await lookBefore(series);
  await runRound();
  await collectGarbage();
  const graph = await captureSteadily();
  series.add(bodyOf(graph));
  const grown = new Map<string, number>();
  for (const { type, counts } of series.all()) {
    const added = counts[1]! - counts[0]!;
    if (added >= leastRise(iterations) && isWanted(type)) grown.set(type, added);
  }
  return leaksOf(graph, lastId, iterations, grown);
}

/**
 * Counts the types, and returns the highest id. In a frame of its own, so that nothing holds the
 * first snapshot while the second is taken.
 */
async function lookBefore(series: TypeSeries): Promise<number> {
  const body = bodyOf(await captureSteadily());
  series.add(body);
  let lastId = 0;
  for (let node = 0; node < body.nodeCount; node++) {
    if (isOfHeap(body.kindOf(node))) lastId = Math.max(lastId, body.idOf(node));
  }
  return lastId;
}

/** V8 numbers the objects of its heap in the order in which it saw them; others have a hash. */
function isOfHeap(kind: string): boolean {
  return kind === "object" || kind === "closure" || kind === "regexp";
}

function leaksOf(
  graph: HeapGraph,
  lastId: number,
  iterations: number,
  grown: ReadonlyMap<string, number>,
): Leak[] {
  const body = bodyOf(graph);
  /** The new objects of each of these types. */
  const born = new Map<string, number[]>();
  for (let node = 0; node < body.nodeCount; node++) {
    if (body.idOf(node) <= lastId || !isOfHeap(body.kindOf(node))) continue;
    const type = body.typeOf(node);
    if (!grown.has(type)) continue;
    const nodes = born.get(type);
    if (nodes === undefined) born.set(type, [node]);
    else nodes.push(node);
  }
  const { dominators, retainedBytes } = body.dominance;
  /** Whether a new object of a type that grows holds the node alone: it is a part of that. */
  const isPart = (node: number): boolean => {
    for (let at = dominators[node]!; at !== dominators[at]; at = dominators[at]!) {
      if (body.idOf(at) > lastId && isOfHeap(body.kindOf(at)) && grown.has(body.typeOf(at))) {
        return true;
      }
    }
    return false;
  };
  const leaks: Leak[] = [];
  for (const [type, nodes] of born) {
    // One of the middle, as the first and the last are more likely to be held by chance.
    const sample = nodes[nodes.length >> 1]!;
    if (isPart(sample)) continue;
    leaks.push({
      className: type,
      verdict: "grows",
      // An object that lacks is one that another part of the program has freed.
      perIteration: Math.max(1, grown.get(type)! / iterations),
      retainedBytes: retainedBytes[sample]!,
      paths: findPathsByRoot(body, sample, { count: MOST_PATHS, isLive: true }),
    });
  }
  return leaks.sort((a, b) => b.retainedBytes! - a.retainedBytes!).slice(0, MOST_CLASSES);
}
