import { integerFrom, oneOf, readOptions } from "../checks/arguments.ts";
import { macrotask } from "../host/macrotask.ts";
import { collectAsLastResort, type LastResort } from "./last-resort.ts";
import { plainCollector } from "./plain-collector.ts";

/** Options of `collectGarbage`. */
export interface CollectGarbageOptions {
  /**
   * `full`, the default, frees what no program can reach. `last-resort` also clears the caches of
   * the engine, such as V8's compilation cache, and takes about three times as long.
   */
  readonly strength?: "full" | "last-resort" | undefined;
  /**
   * Number of collections, with a macrotask between them, so that finalization callbacks can drop
   * what the next collection frees. 3 by default, 1 for `last-resort`.
   */
  readonly rounds?: number | undefined;
}

/** The result of `collectGarbage`. */
export interface Collection {
  /** Bytes by which the heap and the memory outside it became smaller; 0 if they grew. */
  readonly freedBytes: number;
  /** Milliseconds of the collections, with the waits between them. */
  readonly durationMs: number;
  /** The means that ran the collections. */
  readonly via: "gc" | LastResort;
}

const CHECKS = { strength: oneOf("full", "last-resort"), rounds: integerFrom(1) };

/**
 * Collects all garbage. First waits for two macrotasks, because an object that a job has read
 * through a `WeakRef` lives until the end of that job. Needs no flag of the command line, prints no
 * warning, and leaves no flag set. Works under fake timers, in workers, and beside a debugger.
 *
 * If the host has no `gc`, `full` is the same as `last-resort`, which tries these means in turn:
 * the inspector, `v8.queryObjects`, a heap snapshot. Outside of Node only `full` works: in Bun, and
 * in Deno and browsers that were started with `--expose-gc`.
 *
 * @throws {TypeError} if an option has the wrong type or is not known.
 * @throws {RangeError} if an option has the wrong value.
 * @throws {Error} if the host has no means to collect.
 *
 * @example
 * ```ts
 * import { collectGarbage } from "@heapwise/leaks";
 *
 * const ref = new WeakRef({});
 * const { via } = await collectGarbage();
 * via; // => "gc"
 * ref.deref(); // => undefined
 * ```
 */
export async function collectGarbage(options: CollectGarbageOptions = {}): Promise<Collection> {
  const { strength = "full", rounds } = readOptions("collect garbage", options, CHECKS);
  await settle();
  const bytes = heldBytes();
  const start = now();
  const collect = strength === "full" ? plainCollector() : undefined;
  let via: Collection["via"] = "gc";
  for (let left = rounds ?? (collect === undefined ? 1 : 3); left > 0; left--) {
    if (collect !== undefined) collect();
    else via = (await collectAsLastResort()) ?? refuseHost(strength);
    if (left > 1) await macrotask();
  }
  // Read before anything else allocates: the next old object reserves the rest of its page.
  const freedBytes = Math.max(0, bytes - heldBytes());
  const durationMs = Math.max(0, now() - start);
  return { freedBytes, durationMs, via };
}

/** Waits until the job that may hold targets of a `WeakRef` is over, and what it has queued. */
export async function settle(): Promise<void> {
  await macrotask();
  await macrotask();
}

function refuseHost(strength: string): never {
  const wanted =
    strength === "full"
      ? "a global gc, which --expose-gc makes"
      : "the inspector or heap snapshots";
  throw new Error(`Cannot collect garbage: the host has no means to, expected ${wanted}`);
}

interface Host {
  readonly process?: {
    memoryUsage?(): { readonly heapUsed: number; readonly external: number };
    hrtime?: { bigint?(): bigint };
  };
  readonly performance?: { now(): number; readonly memory?: { readonly usedJSHeapSize: number } };
}

function heldBytes(): number {
  const { process, performance } = globalThis as Host;
  if (typeof process?.memoryUsage !== "function") return performance?.memory?.usedJSHeapSize ?? 0;
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

function now(): number {
  return (globalThis as Host).performance?.now() ?? Date.now();
}
