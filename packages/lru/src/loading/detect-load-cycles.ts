/// <reference types="node" />
import { AsyncLocalStorage } from "node:async_hooks";
import type { CycleDetector } from "./cycle-detector.ts";

/** A load that another one waits for. */
interface Wait {
  readonly load: object;
}

/**
 * Which load waits for which. A load asks for another one wherever its loader goes, across awaits:
 * the async context carries it. The caches of one process share the graph, since loads of several
 * may wait for one another.
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
    // The loop goes on with what it adds.
    for (const load of seen) {
      if (load === to) return true;
      for (const wait of this.#waits.get(load) ?? []) seen.add(wait.load);
    }
    return false;
  }
}

const graph = new WaitGraph();

/**
 * For the option `loadCycles`: makes a `getOrLoad` reject with a `LoadCycleError` that would wait for
 * ever, since its load is asked for, directly or through other loads and caches, by itself. Give it
 * to every cache whose loaders use one another. For Node, and what has its `AsyncLocalStorage`.
 */
export function detectLoadCycles(): CycleDetector {
  return graph;
}
