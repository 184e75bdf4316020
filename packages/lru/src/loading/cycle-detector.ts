/**
 * The option `loadCycles`: finds loads that wait for one another in a circle.
 *
 * Without it, a cache finds only a loader that asks for its own key before its first `await`. A
 * later call can be assigned to its load only by a context that follows the program across awaits,
 * as `detectLoadCycles()` of `@heapwise/lru/load-cycles` does.
 */
export interface CycleDetector {
  /** Calls a loader. Every load that it asks for, now or later, is asked for by `load`. */
  run<Result>(load: object, loader: () => Result): Result;
  /**
   * Notes that the load that is asking now waits for `load`. Returns a function that removes the
   * note, or undefined if the asking load would wait for itself.
   */
  wait(load: object): (() => void) | undefined;
}
