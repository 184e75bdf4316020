import type { HeapGraph } from "../heap-graph/heap-graph.ts";
import type { Call } from "./call.ts";
import { mistake } from "./mistake.ts";
import { nearest } from "./nearest.ts";

/** The nodes that a call is about: some of a type, or one by its id. */
export interface ChosenNodes {
  /** The type, or the id as `@id`. */
  readonly name: string;
  /** How many nodes the type has. */
  readonly count: number;
  /** The ids of those that are looked at. */
  readonly ids: readonly number[];
}

/** Whether a word is an id, such as `@123`. */
export function isId(word: string): boolean {
  return /^@\d+$/.test(word);
}

/**
 * The nodes that `--type` or a word `@id` names; up to `most` of a type, spread over all of it.
 * @throws {Error} if the snapshot has no such nodes, or if not exactly one of both is given.
 */
export function chosenNodes(call: Call, graph: HeapGraph, most: number): ChosenNodes {
  const type = call.text("type");
  const words = call.words.filter(isId);
  const [word] = words;
  if (words.length + (type === undefined ? 0 : 1) !== 1) {
    throw mistake("Cannot choose objects: expected either --type NAME or one @ID");
  }
  if (word !== undefined) return { name: word, count: 1, ids: [checkedId(graph, word)] };
  const name = type!;
  const { length: count } = graph.byType(name);
  if (count > 0) return { name, count, ids: graph.sample(name, most) };
  const near = nearest(
    name,
    graph.typeStats().map((each) => each.type),
  );
  const wanted = near === undefined ? "a type that `heapwise-leaks types` lists" : near;
  throw mistake(`Cannot find ${name}: no object has this type, expected ${wanted}`);
}

function checkedId(graph: HeapGraph, word: string): number {
  const id = Number(word.slice(1));
  try {
    return graph.node(id).id;
  } catch (error) {
    throw mistake((error as Error).message, { cause: error });
  }
}
