import { attempt } from "./host.ts";
import { print } from "./print.ts";

/** How to measure a type. */
export interface CalibrateOptions {
  /** Values made for each sample: more of them tell small ones apart. 5000 by default. */
  count?: number | undefined;
  /** Samples; the median of them is the result. 5 by default. */
  samples?: number | undefined;
}

/** What values of a type take. */
export interface Calibration {
  /** Bytes of one value: heap, and backing buffers outside of it. */
  bytes: number;
  /** Largest less smallest sample. */
  spread: number;
}

/** What collects garbage and tells of the heap. */
interface Collector {
  collect(): void;
  used(): number;
}

interface Runtime {
  setTimeout(callback: (value: unknown) => void, ms: number): unknown;
  gc?: () => void;
  Bun?: { gc(isFull: boolean): void };
  process?: {
    memoryUsage(): { heapUsed: number; external: number };
    getBuiltinModule?(name: string): {
      setFlagsFromString?(flags: string): void;
      runInNewContext?(code: string): unknown;
    };
  };
}

/**
 * The heap that the caller's own type takes, by experiment: makes many values, keeps them, collects the
 * garbage and reads how much the heap grew for each. The place in the array that holds a value is not counted.
 *
 * ```ts
 * import { calibrate } from "@heapwise/sizeof";
 *
 * const { bytes } = await calibrate((i) => new Map([[i, i]]));
 * bytes > 100; // => true
 * ```
 *
 * @param make Makes the value number `i`; what it returns each time is one value. What is the same for all of them is not counted.
 * @throws TypeError if the runtime can't collect garbage on demand: browsers, and Deno without `--expose-gc`.
 *   Also if `make` is not a function.
 * @throws RangeError for a `count` or `samples` that is not a positive integer.
 */
export async function calibrate<T>(
  make: (i: number) => T,
  options: CalibrateOptions = {},
): Promise<Calibration> {
  if (typeof make !== "function") {
    throw new TypeError(`Cannot calibrate: make is ${print(make)}, expected a function`);
  }
  const { count = 5000, samples = 5 } = options;
  checkCount("count", count);
  checkCount("samples", samples);
  const collector = findCollector(globalThis as unknown as Runtime);
  // Filled before, so that neither its growth nor its kind of elements is counted: newer engines keep doubles
  // beside `undefined` unboxed, but not beside `null`.
  const held = new Array<unknown>((samples + 1) * count).fill(null);
  const used: number[] = [];
  await quiet(collector, count);
  // The first sample compiles code and makes hidden classes, and does not count.
  for (let sample = 0; sample <= samples; sample++) {
    const end = (sample + 1) * count;
    for (let i = end - count; i < end; i++) held[i] = make(i);
    used.push(await settled(collector));
  }
  // Also keeps the values alive up to here.
  if (held.length === 0) throw new RangeError("Cannot calibrate: no value, expected some");
  const slopes = used.slice(1).map((bytes, i) => (bytes - used[i]!) / count);
  slopes.sort((a, b) => a - b);
  const { length } = slopes;
  const middle = (slopes[(length - 1) >> 1]! + slopes[length >> 1]!) / 2;
  return { bytes: Math.max(0, middle), spread: slopes[length - 1]! - slopes[0]! };
}

function checkCount(name: string, count: unknown): void {
  if (Number.isSafeInteger(count) && (count as number) > 0) return;
  throw new RangeError(`Cannot calibrate: ${name} is ${print(count)}, expected a positive integer`);
}

/**
 * Bytes in use after the garbage is gone, and after the turns of the event loop in which buffers are freed.
 * Read before anything else runs: the next object that V8 places among the old ones reserves the rest of
 * a page, up to 256 KB, which counts as used.
 */
async function settled({ collect, used }: Collector): Promise<number> {
  for (let i = 0; i < 4; i++) {
    await turn();
    collect();
  }
  return used();
}

/** Collects until the heap no longer changes by itself: what was there before moves, and code is compiled. */
async function quiet(collector: Collector, count: number): Promise<void> {
  let before = Infinity;
  for (let i = 0; i < 12; i++) {
    const bytes = await settled(collector);
    if (Math.abs(bytes - before) < count / 10) return;
    before = bytes;
  }
}

function turn(): Promise<unknown> {
  return new Promise((resolve) => (globalThis as unknown as Runtime).setTimeout(resolve, 0));
}

function findCollector(runtime: Runtime): Collector {
  const { gc, Bun } = runtime;
  const process = attempt(() => runtime.process);
  const builtin = attempt(() => process?.getBuiltinModule);
  const collect = Bun ? () => Bun.gc(true) : (gc ?? attempt(() => exposedGc(builtin)));
  if (collect === undefined || !process) {
    throw new TypeError("Cannot calibrate: no garbage collection on demand, expected Node or Bun");
  }
  return {
    collect: () => collect(),
    used() {
      const { heapUsed, external } = process.memoryUsage();
      return heapUsed + external;
    },
  };
}

/** The engine's collection in Node. The flag is set at run time, so that no command line needs it. */
function exposedGc(
  builtin: NonNullable<Runtime["process"]>["getBuiltinModule"],
): (() => void) | undefined {
  const { setFlagsFromString } = builtin?.("node:v8") ?? {};
  const { runInNewContext } = builtin?.("node:vm") ?? {};
  if (setFlagsFromString === undefined || runInNewContext === undefined) return undefined;
  setFlagsFromString("--expose-gc");
  return runInNewContext("gc") as () => void;
}
