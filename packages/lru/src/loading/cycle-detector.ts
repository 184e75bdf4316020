/**
 * Finds loads that wait for one another in a circle. The cache itself finds a loader that asks for
 * its own key before its first `await`; whoever calls after that can only be told by a context that
 * follows the program through its awaits, as `detectLoadCycles()` of `@heapwise/lru/load-cycles` does.
 */
export interface CycleDetector {
  /** Calls a loader. What is asked for in it, now or later, is asked for by this load. */
  run<Result>(load: object, loader: () => Result): Result;
  /**
   * Notes that the load which is asking is to wait for another one. Returns what takes the note
   * back; undefined when it would be waiting for itself.
   */
  wait(load: object): (() => void) | undefined;
}
