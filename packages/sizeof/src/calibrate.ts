import { attempt } from "./host.ts";
import { print } from "./print.ts";

/** Options of `calibrate`. */
export interface CalibrateOptions {
  /** Values made for each sample. More values measure small ones more exactly. 5000 by default. */
  count?: number | undefined;
  /** Number of samples. The result is their median. 5 by default. */
  samples?: number | undefined;
}

/** The result of `calibrate`. */
export interface Calibration {
  /**
   * Bytes of one value, at least 0: heap, and backing buffers outside the heap. May have a
   * fraction.
   */
  bytes: number;
  /** Bytes between the smallest and the largest sample. A small spread means an exact result. */
  spread: number;
}

/** Collects garbage, and reads how many bytes are in use. */
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
 * Measures how many bytes a value of your own type takes, by experiment: makes many values, keeps
 * them, collects the garbage, and reads how much the heap has grown for each value. Things that all
 * values share do not count, and neither does the reference to a value.
 *
 * Takes a second or more, and stops the program with full collections. Use it in a test or a
 * script, and pass the result to `bytesOf` of a cache, or return it from a `[SIZE]()` method. The
 * first call on Node turns on V8's `--expose-gc` if the process was started without it.
 *
 * @param make Makes the value number `i`, counted from 0. It is called `count * (samples + 1)`
 *   times.
 * @returns A promise of the bytes of one value. It is rejected with the errors below, and with an
 *   error that `make` throws.
 * @throws {TypeError} if `make` is not a function, or if the runtime can't collect garbage on
 *   demand, as browsers, and Deno without `--expose-gc`.
 * @throws {RangeError} if `count` or `samples` is not a positive integer.
 *
 * @example
 * ```ts
 * import { calibrate } from "@heapwise/sizeof";
 *
 * const { bytes, spread } = await calibrate((i) => new Map([[i, i]]), { samples: 3 });
 * bytes > 100; // => true
 * spread < bytes; // => true
 * ```
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
  // Filled at the start, so that neither its growth nor its kind of elements is counted. Filled
  // with null, because newer engines store doubles without boxes in an array with `undefined`.
  const held = new Array<unknown>((samples + 1) * count).fill(null);
  const used: number[] = [];
  await quiet(collector, count);
  // The first sample does not count, because it compiles code and makes hidden classes.
  for (let sample = 0; sample <= samples; sample++) {
    const end = (sample + 1) * count;
    for (let i = end - count; i < end; i++) held[i] = make(i);
    used.push(await settled(collector));
  }
  // This check also keeps the values alive until here.
  if (held.length === 0) throw new RangeError("Cannot calibrate: no values, expected at least one");
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
 * Bytes in use after the garbage is gone, and after the turns of the event loop in which buffers
 * are freed. They are read before other code runs: the next object that V8 puts among the old ones
 * reserves the rest of a page, up to 256 KB, and all of it counts as used.
 */
async function settled({ collect, used }: Collector): Promise<number> {
  for (let i = 0; i < 4; i++) {
    await turn();
    collect();
  }
  return used();
}

/**
 * Collects until the heap no longer changes, because older objects have moved and code is compiled.
 */
async function quiet(collector: Collector, count: number): Promise<void> {
  let before = Infinity;
  for (let i = 0; i < 12; i++) {
    const bytes = await settled(collector);
    if (Math.abs(bytes - before) < count / 10) return;
    before = bytes;
  }
}

/** Waits for the next turn of the event loop. */
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

/**
 * The collector of V8 on Node. Sets the flag at run time, so that the command line does not need
 * it.
 */
function exposedGc(
  builtin: NonNullable<Runtime["process"]>["getBuiltinModule"],
): (() => void) | undefined {
  const { setFlagsFromString } = builtin?.("node:v8") ?? {};
  const { runInNewContext } = builtin?.("node:vm") ?? {};
  if (setFlagsFromString === undefined || runInNewContext === undefined) return undefined;
  setFlagsFromString("--expose-gc");
  return runInNewContext("gc") as () => void;
}
