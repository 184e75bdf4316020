import { attempt, macrotasksOf, type MacrotaskHost } from "@heapwise/lru/slots";

/** What this package uses of the host. */
interface Host extends MacrotaskHost {
  readonly WeakRef: WeakRefConstructor;
  /** Undefined in hosts that tell nobody of a collection. */
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

/** What the heap holds and may hold, bytes, under the names of V8. */
export interface Heap {
  readonly used_heap_size: number;
  readonly heap_size_limit: number;
  /** Outside of the heap: buffers. */
  readonly external_memory: number;
}

/** What `node:v8` tells of the heap, in bytes. */
export interface HeapModule {
  /** Absent from the stand-ins of some hosts. */
  getHeapStatistics?(): Heap;
}

/** Looked up at each use, so that a test which replaces the globals by fakes replaces them here. */
export const host: Host = globalThis as unknown as Host;

const inMacrotask = /* @__PURE__ */ macrotasksOf(host);

/** What began macrotasks when this was loaded; undefined if it was a fake, which libraries mark. */
const original = /* @__PURE__ */ findOriginal();
const inOriginal = /* @__PURE__ */ macrotasksOf({ setImmediate: original });

/**
 * Runs a function in a macrotask of its own, outside every async context: once for all who ask before
 * it begins.
 *
 * A macrotask may get lost: fake timers take it and leave, or a page cancels all its timers. So it is
 * begun once more if the host's timers are others than those that have it, or if a caller says `again`,
 * as each collection does. Macrotasks begin in order, so one that comes after a later one does nothing.
 * Fake timers may also never advance: what they have replaced begins one too, and the first counts.
 */
export class Turn {
  readonly #run: () => void;
  #isAwaited = false;
  #last = 0;
  /** The latest one that has begun. */
  #begun = 0;
  /** What is to begin the last one. */
  #starter: unknown = undefined;

  constructor(run: () => void) {
    this.#run = run;
  }

  /** Whether the function is going to run, as far as the host's timers are still the same. */
  get isAwaited(): boolean {
    return this.#isAwaited && this.#starter === starter();
  }

  /** Sees to it that the function runs. `again`: also if the macrotask that was begun for it is lost. */
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

  /** The function need not run. */
  cancel(): void {
    this.#isAwaited = false;
  }
}

/** What begins a macrotask at present; fakes are others than what they stand for. */
function starter(): Starter | undefined {
  return attempt(() => host.setImmediate ?? host.setTimeout) as Starter | undefined;
}

function findOriginal(): Starter | undefined {
  const found = starter();
  return found !== undefined && "clock" in found ? undefined : found;
}

/** The host's monotonic time, or that of day if it has no other, ms. */
export function hostNow(): number {
  return (attempt(() => host.performance) ?? Date).now();
}

/**
 * What was asked for cannot work in this host, because it lacks `WeakRef` or `FinalizationRegistry`, as older versions of
 * React Native do.
 */
export class UnsupportedHostError extends TypeError {
  override readonly name = "UnsupportedHostError";
  readonly code = "HOST_UNSUPPORTED";
  /** The global that is absent. */
  readonly missing: string;

  constructor(action: string, missing: string) {
    super(`Cannot ${action}: the host has no ${missing}, expected one that has`);
    this.missing = missing;
  }
}

/** Whether the host tells of collections. */
export const tellsCollections: boolean =
  /* @__PURE__ */ attempt(() => new host.FinalizationRegistry!(hostNow)) !== undefined;

/** Throws if the host lacks what is needed, which is a `WeakRef` mostly. */
export function checkHost(
  action: string,
  need: "WeakRef" | "FinalizationRegistry" = "WeakRef",
): void {
  if (typeof attempt(() => host[need]) !== "function") {
    throw new UnsupportedHostError(action, need);
  }
}
