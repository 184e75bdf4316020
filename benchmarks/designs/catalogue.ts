import { LRUCache } from "@heapwise/lru";
import type { Adapter, MeasuredCache } from "../adapters/adapter.ts";
import type { DesignedCache, TableDesign } from "./design.ts";
import {
  hashIdentity,
  hashMixed,
  hashMultiplied,
  hashSampleOf8,
  hashSip,
  hashTailOf4,
  hashTailOf8,
} from "./key-hashes.ts";

type Create = (max: number) => DesignedCache<unknown, unknown>;

/**
 * With more keys, too many texts of the suites have the same last four characters, and the index
 * would read more.
 */
const ENOUGH_FOR_TAILS_OF_4 = 2 ** 18;
/** Up to this number the index has two chains per entry, above it about one. */
const LARGEST_SPARSE = 2 ** 15;

let copies = 0;

/**
 * Loads a copy of a module: another query is another module, which has its own type feedback. Under
 * vitest this is the source.
 */
async function loadCopy<Module>(name: string): Promise<Module> {
  const extension = import.meta.url.endsWith(".ts") ? "ts" : "js";
  const url = new URL(`./${name}.${extension}?copy=${copies++}`, import.meta.url);
  return (await import(url.href)) as Module;
}

function chosenFor(max: number): TableDesign {
  return {
    hashString: max <= ENOUGH_FOR_TAILS_OF_4 ? hashTailOf4 : hashTailOf8,
    hashInteger: hashIdentity,
    tableLength: tableLength(max, max <= LARGEST_SPARSE ? 2 : 1),
  };
}

/** The smallest power of two that is enough for `chainsPerEntry` chains per entry. */
function tableLength(max: number, chainsPerEntry: number): number {
  return 2 ** Math.max(0, Math.ceil(Math.log2(max * chainsPerEntry)));
}

async function chained(
  change: (max: number) => Partial<TableDesign> = () => ({}),
): Promise<Create> {
  const { ChainedLru } = await loadCopy<typeof import("./chained-lru.ts")>("chained-lru");
  return (max) => new ChainedLru(max, { ...chosenFor(max), ...change(max) });
}

async function columns(): Promise<Create> {
  const { ColumnLru } = await loadCopy<typeof import("./column-lru.ts")>("column-lru");
  return (max) => new ColumnLru(max, chosenFor(max));
}

async function map(): Promise<Create> {
  const { MapLru } = await loadCopy<typeof import("./map-lru.ts")>("map-lru");
  return (max) => new MapLru(max);
}

async function growing(splitsPerAdd: number): Promise<Create> {
  const { GrowingLru } = await loadCopy<typeof import("./growing-lru.ts")>("growing-lru");
  return (max) => new GrowingLru(max, splitsPerAdd);
}

/** Each copy of the policy is another class for the interface. */
async function unrecognized(): Promise<Create> {
  const { unrecognizedLru } =
    await loadCopy<typeof import("./unrecognized-lru.ts")>("unrecognized-lru");
  return (max) => new LRUCache({ max, policy: unrecognizedLru() });
}

/** Strict LRU through the interface of policies. */
export const THROUGH_INTERFACE = "lru by interface";

const LOADERS: Readonly<Record<string, () => Promise<Create>>> = {
  "tail of 4": () => chained(() => ({ hashString: hashTailOf4 })),
  "sample of 8": () => chained(() => ({ hashString: hashSampleOf8 })),
  "all, multiply": () => chained(() => ({ hashString: hashMultiplied })),
  "all, HalfSipHash": () => chained(() => ({ hashString: hashSip })),
  "hash table": () => chained(),
  "Map to slot": map,
  "one record": () => chained(),
  "separate columns": columns,
  "0.5 chains": () => chained((max) => ({ tableLength: tableLength(max, 0.5) })),
  "1 chain": () => chained((max) => ({ tableLength: tableLength(max, 1) })),
  "2 chains": () => chained((max) => ({ tableLength: tableLength(max, 2) })),
  "4 chains": () => chained((max) => ({ tableLength: tableLength(max, 4) })),
  identity: () => chained(),
  mixed: () => chained(() => ({ hashInteger: hashMixed })),
  [THROUGH_INTERFACE]: unrecognized,
  "doubled by bucket": () => growing(8),
  "doubled at once": () => growing(Infinity),
};

/** Names of the designs. They are loaded like adapters. */
export const DESIGNS: readonly string[] = Object.keys(LOADERS);

/**
 * Loads a design, each time a new copy of its code. Returns undefined if there is no such design.
 */
export async function loadDesign(name: string): Promise<Adapter | undefined> {
  const create = await LOADERS[name]?.();
  return (
    create && {
      name,
      exact: true,
      bounded: true,
      keysAsProperties: false,
      // A design has only the methods that these suites call, and `clear` is not called.
      create: <K, V>(capacity: number) => create(capacity) as MeasuredCache<K, V>,
    }
  );
}
