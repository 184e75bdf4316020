import { nodeModule } from "../host/node-modules.ts";

/** The purpose of a collection. */
export type GcKind = "minor" | "major" | "incremental" | "weakCallbacks";

/** Totals of the collections since `gcStats` was called. */
export interface GcStats {
  /** Number of collections, of all kinds. */
  readonly count: number;
  /** Milliseconds in which the program stood still for them. */
  readonly pauseMs: number;
  /** Milliseconds of the longest of them. */
  readonly longestPauseMs: number;
  /**
   * Bytes by which the heap was smaller after each collection than before it, summed. Memory
   * outside the heap, such as that of buffers, does not count.
   */
  readonly freedBytes: number;
  /**
   * Collections by kind: `minor` of young objects; `major` of all; `incremental`, a step of a major
   * one; `weakCallbacks`, calls for weak handles of native code.
   */
  readonly byKind: Readonly<Record<GcKind, number>>;
  /** Stops counting. The totals stay. */
  [Symbol.dispose](): void;
}

/** Names of `v8.GCProfiler`. */
const KINDS: Readonly<Record<string, GcKind>> = {
  Scavenge: "minor",
  MinorMarkCompact: "minor",
  MinorMarkSweep: "minor",
  IncrementalMarking: "incremental",
  ProcessWeakCallbacks: "weakCallbacks",
};

/**
 * Counts the collections of this thread from now on, until it is disposed of. The properties are
 * live: each read includes all collections that are over. Keeps no process alive. Node only.
 *
 * The totals come from `v8.GCProfiler`, which looks at the heap before and after each collection, a
 * few hundredths of a millisecond. A `PerformanceObserver` only says when to empty the profiler.
 *
 * @throws {Error} if the host has no `v8.GCProfiler`.
 *
 * @example
 * ```ts
 * import { collectGarbage, gcStats } from "@heapwise/leaks";
 *
 * const stats = gcStats();
 * await collectGarbage();
 * stats.count >= 3; // => true
 * stats.byKind.major >= 3; // => true
 * stats[Symbol.dispose]();
 * ```
 */
export function gcStats(): GcStats {
  return new LiveGcStats();
}

interface Profiler {
  start(): void;
  stop(): { readonly statistics: readonly Collected[] } | undefined;
}

interface Collected {
  readonly gcType: string;
  /** Microseconds. */
  readonly cost: number;
  readonly beforeGC: { readonly heapStatistics: { readonly usedHeapSize: number } };
  readonly afterGC: { readonly heapStatistics: { readonly usedHeapSize: number } };
}

class LiveGcStats implements GcStats {
  readonly #profiler: Profiler;
  readonly #observer: { disconnect(): void } | undefined;
  #isOver = false;
  #count = 0;
  #pauseMs = 0;
  #longestPauseMs = 0;
  #freedBytes = 0;
  readonly #byKind: Record<GcKind, number> = {
    minor: 0,
    major: 0,
    incremental: 0,
    weakCallbacks: 0,
  };

  constructor() {
    const GCProfiler = nodeModule("node:v8")?.GCProfiler as (new () => Profiler) | undefined;
    // Bun has a profiler that never sees a collection.
    if (typeof GCProfiler !== "function" || "Bun" in globalThis) {
      throw new Error("Cannot observe collections: no v8.GCProfiler, expected Node");
    }
    this.#profiler = new GCProfiler();
    this.#profiler.start();
    this.#observer = this.#observe();
  }

  get count(): number {
    this.#drain();
    return this.#count;
  }

  get pauseMs(): number {
    this.#drain();
    return this.#pauseMs;
  }

  get longestPauseMs(): number {
    this.#drain();
    return this.#longestPauseMs;
  }

  get freedBytes(): number {
    this.#drain();
    return this.#freedBytes;
  }

  get byKind(): Readonly<Record<GcKind, number>> {
    this.#drain();
    return { ...this.#byKind };
  }

  [Symbol.dispose](): void {
    this.#drain();
    if (!this.#isOver) this.#profiler.stop();
    this.#isOver = true;
    this.#observer?.disconnect();
  }

  /** Empties the profiler after each batch of collections: it keeps 3 KB for each until then. */
  #observe(): { disconnect(): void } | undefined {
    const Observer = nodeModule("node:perf_hooks")?.PerformanceObserver;
    if (Observer === undefined) return undefined;
    // Weakly, so that statistics which nobody reads any longer end.
    const ref = new WeakRef(this);
    const observer = new Observer(() => {
      const stats = ref.deref();
      if (stats === undefined) observer.disconnect();
      else stats.#drain();
    });
    observer.observe({ entryTypes: ["gc"] });
    return observer;
  }

  #drain(): void {
    if (this.#isOver) return;
    const { statistics = [] } = this.#profiler.stop() ?? {};
    this.#profiler.start();
    for (const { gcType, cost, beforeGC, afterGC } of statistics) {
      const pauseMs = cost / 1000;
      this.#count++;
      this.#pauseMs += pauseMs;
      this.#longestPauseMs = Math.max(this.#longestPauseMs, pauseMs);
      const freed = beforeGC.heapStatistics.usedHeapSize - afterGC.heapStatistics.usedHeapSize;
      this.#freedBytes += Math.max(0, freed);
      this.#byKind[KINDS[gcType] ?? "major"]++;
    }
  }
}
