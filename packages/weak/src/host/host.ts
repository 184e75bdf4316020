import { attempt, macrotasksOf, type MacrotaskHost } from "@heapwise/lru/slots";

/** The globals of the host that this package uses. */
interface Host extends MacrotaskHost {
  readonly WeakRef: WeakRefConstructor;
  /** Undefined if the host does not report collections. */
  readonly FinalizationRegistry: FinalizationRegistryConstructor | undefined;
  readonly performance?: { now(): number };
  readonly process?: HostProcess;
  readonly console: { error(...data: unknown[]): void };
}

interface HostProcess {
  getBuiltinModule?(name: "node:v8"): HeapModule | undefined;
  on?(event: "exit", listener: () => void): unknown;
}

type Starter = (run: () => void, ms?: number) => unknown;

/** Figures of the heap in bytes, under the names that V8 gives them. */
export interface Heap {
  readonly used_heap_size: number;
  readonly heap_size_limit: number;
  /** Bytes outside of the heap, such as buffers. */
  readonly external_memory: number;
}

/** The part of `node:v8` that reads the heap. */
export interface HeapModule {
  /** Absent from the `node:v8` of some other hosts. */
  getHeapStatistics?(): Heap;
}

/**
 * The globals, read again at each use. If a test replaces one by a fake, this package uses the
 * fake.
 */
export const host: Host = globalThis as unknown as Host;

const inMacrotask = /* @__PURE__ */ macrotasksOf(host);

/**
 * The function that began macrotasks when this module was loaded. Undefined if it was a fake;
 * fake-timer libraries mark their fakes.
 */
const original = /* @__PURE__ */ findOriginal();
const inOriginal = /* @__PURE__ */ macrotasksOf({ setImmediate: original });

/**
 * Runs a function in a separate macrotask, outside every async context. Requests that come before
 * the macrotask share it.
 *
 * A macrotask may get lost: fake timers may take it and never run it, or a page may cancel all its
 * timers. So it is begun again if the host's timers have been replaced since, or if the caller says
 * `again`, as the caches do at each collection. Macrotasks begin in order: one that begins after a
 * later one does nothing. Fake timers may also never advance, so a second macrotask is begun by the
 * timers that the fakes replaced. Whichever begins first counts.
 */
export class Turn {
  readonly #run: () => void;
  #isAwaited = false;
  #last = 0;
  /** Number of the latest macrotask that has begun. */
  #begun = 0;
  /** The function that was asked to begin the last macrotask. */
  #starter: unknown = undefined;

  constructor(run: () => void) {
    this.#run = run;
  }

  /** Whether the function is going to run, unless the host's timers were replaced since. */
  get isAwaited(): boolean {
    return this.#isAwaited && this.#starter === starter();
  }

  /**
   * Makes sure that the function runs. If `again` is true, it starts another macrotask, because the
   * one that was begun may be lost.
   */
  ask(again = false): void {
    this.#isAwaited = true;
    const found = starter();
    if (!again && this.#last > this.#begun && this.#starter === found) return;
    this.#starter = found;
    const number = ++this.#last;
    const begin = (): void => {
      if (number <= this.#begun) return;
      this.#begun = number;
      if (!this.#isAwaited) return;
      this.#isAwaited = false;
      this.#run();
    };
    inMacrotask(begin);
    if (original !== undefined && original !== found) inOriginal(begin);
  }

  /** The function no longer needs to run. */
  cancel(): void {
    this.#isAwaited = false;
  }
}

/**
 * The function that begins a macrotask at present. A fake differs from the function that it
 * replaces.
 */
function starter(): Starter | undefined {
  return attempt(() => host.setImmediate ?? host.setTimeout) as Starter | undefined;
}

function findOriginal(): Starter | undefined {
  const found = starter();
  return found !== undefined && "clock" in found ? undefined : found;
}

/** The host's monotonic time, in ms. If the host has none, the time of day. */
export function hostNow(): number {
  return (attempt(() => host.performance) ?? Date).now();
}

/**
 * Thrown if the host lacks `WeakRef` or `FinalizationRegistry`, as older versions of React Native
 * do. `code` is `"HOST_UNSUPPORTED"`.
 *
 * @example
 * ```ts
 * import { UnsupportedHostError, WeakCache } from "@heapwise/weak";
 *
 * function createCache(): WeakCache<string, object> | Map<string, object> {
 *   try {
 *     return new WeakCache<string, object>();
 *   } catch (error) {
 *     if ((error as UnsupportedHostError).code !== "HOST_UNSUPPORTED") throw error;
 *     return new Map();
 *   }
 * }
 * createCache().set("a", {}).size; // => 1
 * ```
 */
export class UnsupportedHostError extends TypeError {
  override readonly name = "UnsupportedHostError";
  /** Identifies the error in each copy of the package. */
  readonly code = "HOST_UNSUPPORTED";
  /** Name of the global that the host lacks: `"WeakRef"` or `"FinalizationRegistry"`. */
  readonly missing: string;

  constructor(action: string, missing: string) {
    super(`Cannot ${action}: the host has no ${missing}, expected a host with it`);
    this.missing = missing;
  }
}

/** Whether the host reports collections. */
export const reportsCollections: boolean =
  /* @__PURE__ */ attempt(() => new host.FinalizationRegistry!(hostNow)) !== undefined;

/** Throws an `UnsupportedHostError` if the host lacks the global, which is `WeakRef` by default. */
export function checkHost(
  action: string,
  need: "WeakRef" | "FinalizationRegistry" = "WeakRef",
): void {
  if (typeof attempt(() => host[need]) !== "function") {
    throw new UnsupportedHostError(action, need);
  }
}
