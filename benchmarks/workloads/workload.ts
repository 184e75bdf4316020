import type { Random } from "./random.ts";
import { shuffle } from "./random.ts";
import { createZipf } from "./zipf.ts";

/**
 * The operations on a cache: two kinds of hits, an insert that evicts, and reads that insert
 * missing keys.
 */
export const WORKLOADS = ["hit-uniform", "hit-zipf", "insert", "read-through"] as const;
export type WorkloadName = (typeof WORKLOADS)[number];

/** A stream of key ids. It is endless, and the same for the same random numbers. */
export interface Workload {
  readonly name: WorkloadName;
  /** All ids are smaller. */
  readonly count: number;
  /** The content that a full cache has when the stream begins, in the order of insertion. */
  readonly resident: Uint32Array;
  /** The next ids of the stream. */
  next(length: number): Uint32Array;
}

/**
 * Keys in the universe of the read-through workload by capacity, so that strict LRU hits about 65%
 * under Zipf 0.9. Solved with the approximation of H. Che, Y. Tung and Z. Wang, "Hierarchical web
 * caching systems", IEEE JSAC 20(7), 2002; every run reports the hit ratio that it saw.
 */
const READ_THROUGH_UNIVERSE: Readonly<Record<number, number>> = {
  100: 358,
  1_000: 5_208,
  100_000: 894_804,
  1_000_000: 10_823_274,
};

/** Capacities that the workloads are made for. */
export const CAPACITIES: readonly number[] = Object.keys(READ_THROUGH_UNIVERSE).map(Number);

function createHits(name: "hit-uniform" | "hit-zipf", capacity: number, random: Random): Workload {
  const resident = Uint32Array.from({ length: capacity }, (_, id) => id);
  if (name === "hit-uniform") {
    const uniform = (): number => Math.floor(random() * capacity);
    return { name, count: capacity, resident, next: (length) => draw(length, uniform) };
  }
  // Without the shuffle the popular keys would be neighbours in memory, which never happens in
  // practice.
  const byRank = shuffle(resident.slice(), random);
  const rank = createZipf(capacity, 0.99, random);
  return { name, count: capacity, resident, next: (length) => draw(length, () => byRank[rank()]!) };
}

function createInserts(capacity: number): Workload {
  const resident = Uint32Array.from({ length: capacity }, (_, id) => id);
  const count = capacity + Math.max(4 * capacity, 200_000);
  let id = capacity - 1;
  const next = (length: number): Uint32Array => draw(length, () => (id = (id + 1) % count));
  return { name: "insert", count, resident, next };
}

function createReadThrough(capacity: number, random: Random): Workload {
  const count = READ_THROUGH_UNIVERSE[capacity];
  if (count === undefined) {
    throw new RangeError(
      `Cannot create read-through: capacity = ${capacity}, expected ${CAPACITIES.join(", ")}`,
    );
  }
  const rank = createZipf(count, 0.9, random);
  return {
    name: "read-through",
    count,
    resident: lastDistinct(capacity, count, rank),
    next: (length) => draw(length, rank),
  };
}

/**
 * The last ids of a stream, each once, by their last use: the content of a strict LRU in its steady
 * state.
 */
function lastDistinct(length: number, count: number, id: () => number): Uint32Array {
  const seen = new Uint8Array(count);
  const ids = new Uint32Array(length);
  for (let left = length; left > 0;) {
    const next = id();
    if (seen[next]) continue;
    seen[next] = 1;
    left -= 1;
    ids[left] = next;
  }
  return ids;
}

function draw(length: number, next: () => number): Uint32Array {
  const ids = new Uint32Array(length);
  for (let i = 0; i < length; i += 1) ids[i] = next();
  return ids;
}

/** Makes the stream of a workload for caches of a capacity. */
export function createWorkload(name: WorkloadName, capacity: number, random: Random): Workload {
  if (name === "insert") return createInserts(capacity);
  if (name === "read-through") return createReadThrough(capacity, random);
  return createHits(name, capacity, random);
}
