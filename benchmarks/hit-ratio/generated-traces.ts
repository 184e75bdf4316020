import { createRandom } from "../workloads/random.ts";
import { createZipf } from "../workloads/zipf.ts";
import type { Trace } from "./trace.ts";
import { traceOf } from "./trace.ts";

/** A stream that is generated on demand, the same every time. */
export interface GeneratedTrace {
  readonly name: string;
  readonly title: string;
  generate(): Trace;
}

const REQUESTS = 400_000;

function generate(
  name: string,
  title: string,
  makeNext: () => (at: number) => number,
): GeneratedTrace {
  return {
    name,
    title,
    generate() {
      const next = makeNext();
      return traceOf(
        name,
        Uint32Array.from({ length: REQUESTS }, (_, at) => next(at)),
      );
    },
  };
}

/**
 * Popularity that moves: Zipf 0.9 over 40,000 keys. Every 40,000 requests a tenth of the ranks
 * change their keys.
 */
function zipfMix(): (at: number) => number {
  const random = createRandom(11);
  const rank = createZipf(40_000, 0.9, random);
  const holder = Uint32Array.from({ length: 40_000 }, (_, id) => id);
  return (at) => {
    if (at % 40_000 === 39_999) {
      for (let i = 0; i < 4_000; i += 1) {
        const [a, b] = [Math.floor(random() * 40_000), Math.floor(random() * 40_000)];
        [holder[a], holder[b]] = [holder[b]!, holder[a]!];
      }
    }
    return holder[rank()]!;
  };
}

/**
 * A working set under Zipf 0.9, interrupted by scans over keys that never return: 4,000 of every
 * 16,000 requests.
 */
function scanMix(): (at: number) => number {
  const rank = createZipf(20_000, 0.9, createRandom(12));
  let scanned = 20_000;
  return (at) => {
    if (at % 16_000 < 12_000) return rank();
    scanned += 1;
    return scanned;
  };
}

/** Phases of 50,000 requests: a loop over 6,000 keys, then Zipf 0.9 over 20,000 others. */
function loopMix(): (at: number) => number {
  const rank = createZipf(20_000, 0.9, createRandom(13));
  return (at) => (Math.floor(at / 50_000) % 2 === 0 ? at % 6_000 : 6_000 + rank());
}

/** Streams that show one behaviour each, in addition to the recorded ones. */
export const GENERATED_TRACES: readonly GeneratedTrace[] = [
  generate("zipf-mix", "generated: Zipf 0.9 over 40,000 keys whose popularity moves", zipfMix),
  generate("scan-mix", "generated: a Zipf working set, interrupted by scans", scanMix),
  generate("loop-mix", "generated: loops over 6,000 keys between Zipf phases", loopMix),
];
