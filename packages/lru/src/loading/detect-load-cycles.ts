/// <reference types="node" />
import { AsyncLocalStorage } from "node:async_hooks";
import type { CycleDetector } from "./cycle-detector.ts";

/** A load that another load waits for. */
interface Wait {
  readonly load: object;
}

/**
 * The graph of the loads that wait for one another. The async context of a loader carries its load
 * across awaits, so that each call inside it is known to belong to that load. All caches of a
 * process share the graph, because loads of several caches may wait for one another.
 */
class WaitGraph implements CycleDetector {
  readonly #asking = new AsyncLocalStorage<object>();
  readonly #waits = new WeakMap<object, Set<Wait>>();

  run<Result>(load: object, loader: () => Result): Result {
    return this.#asking.run(load, loader);
  }

  wait(load: object): (() => void) | undefined {
    const asking = this.#asking.getStore();
    if (asking === undefined) return () => {};
    if (this.#reaches(load, asking)) return undefined;
    const waits = this.#waits.get(asking) ?? new Set();
    this.#waits.set(asking, waits);
    const wait = { load };
    waits.add(wait);
    return () => waits.delete(wait);
  }

  #reaches(from: object, to: object): boolean {
    const seen = new Set([from]);
    // The loop also visits the loads that it adds.
    for (const load of seen) {
      if (load === to) return true;
      for (const wait of this.#waits.get(load) ?? []) seen.add(wait.load);
    }
    return false;
  }
}

const graph = new WaitGraph();

/**
 * Finds loads that would wait for themselves, for the option `loadCycles`. A `getOrLoad` whose load
 * is asked for by itself, directly or through other loads and caches, then rejects with a
 * `LoadCycleError`; without this option it never settles.
 *
 * Give it to each cache whose loaders use one another. It runs on Node and on hosts that have the
 * `AsyncLocalStorage` of Node.
 *
 * @returns The detector, the same for all caches of the process.
 *
 * @example
 * ```ts
 * import { LRUCache } from "@heapwise/lru";
 * import { detectLoadCycles } from "@heapwise/lru/load-cycles";
 *
 * const words: LRUCache<string, string> = new LRUCache<string, string>({
 *   max: 100,
 *   loadCycles: detectLoadCycles(),
 *   load: async (word): Promise<string> => {
 *     await Promise.resolve();
 *     return words.getOrLoad(word === "hen" ? "egg" : "hen");
 *   },
 * });
 * await words.getOrLoad("hen"); // => throws LoadCycleError
 * ```
 */
export function detectLoadCycles(): CycleDetector {
  return graph;
}
