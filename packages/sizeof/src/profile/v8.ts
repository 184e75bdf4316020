import type { EngineProfile } from "./profile.ts";

/** The figures that differ between builds of V8. */
interface Build {
  readonly name: string;
  /** Bytes of a reference. */
  readonly slot: number;
  readonly date: number;
  readonly arrayBuffer: number;
  readonly typedArray: number;
  readonly dataView: number;
  /** The least room, in elements, of a `Set` that was made from an array. */
  readonly leastSet: number;
}

/**
 * The layout of V8 in units of a reference. Sources: `src/objects` of V8 11.3 and 13.6. Every
 * formula was checked by heap slope, and the suite `sizeof-accuracy` of the benchmarks checks it
 * again on the running engine.
 *
 * - A hash table has a capacity that is a power of 2. `Map` and `Set` fill theirs. The table of the
 *   fields of an object has room for one and a half times the fields.
 * - Hidden classes, their descriptors and prototypes are shared, and belong to no value.
 */
function layOut({ name, slot, leastSet, ...sizes }: Build): EngineProfile {
  const table = (cells: number): number => 2 * slot + slot * cells;
  return {
    name,
    slot,
    alignment: slot,
    smallest: slot === 8 ? 2 ** 31 : 2 ** 30,
    double: slot + 8,
    stringHeader: slot + 8,
    objectHeader: 3 * slot,
    emptyObject: 7 * slot,
    dictionaryFrom: 128,
    emptyArray: 4 * slot,
    arrayHeader: 6 * slot,
    dictionary: (count) => table(6 + 3 * capacity(count + (count >> 1))),
    sparse: (count) => table(4 + 3 * capacity(count + (count >> 1))),
    map: (size) => 4 * slot + table(3 + 3.5 * capacity(size)),
    set: (size) => 4 * slot + table(3 + 2.5 * capacity(size && Math.max(size, leastSet))),
    bigint: (digits) => (slot === 8 ? 16 : 8) + 8 * digits,
    symbol: 2 * slot + 8,
    regexp: 7 * slot,
    error: 33 * slot,
    promise: slot === 8 ? 48 : 20,
    weakRef: 4 * slot,
    weakMap: 17 * slot,
    finalizationRegistry: 17 * slot,
    proxy: slot === 8 ? 32 : 20,
    closure: 12 * slot,
    wrapper: 4 * slot,
    onHeapBytes: 64,
    onHeapHeader: 2 * slot,
    ...sizes,
  };
}

/** The smallest power of 2 that is at least `count`, and at least 4. */
function capacity(count: number): number {
  return count <= 4 ? 4 : 2 ** (32 - Math.clz32(count - 1));
}

/**
 * The layout of V8 with references of 8 bytes: Node and Deno.
 *
 * @param major The version of V8: 11 on Node 20, 13 on Node 24. There are two layouts, below 12 and
 *   from 12 on.
 *
 * @example
 * ```ts
 * import { sizeOf, v8 } from "@heapwise/sizeof";
 *
 * sizeOf(new Date(0), { profile: v8(11) }); // => 112
 * sizeOf(new Date(0), { profile: v8(13) }); // => 96
 * ```
 */
export function v8(major: number): EngineProfile {
  const isOld = major < 12;
  return layOut({
    name: "v8",
    slot: 8,
    date: isOld ? 112 : 96,
    arrayBuffer: isOld ? 88 : 96,
    typedArray: isOld ? 96 : 104,
    dataView: isOld ? 80 : 88,
    leastSet: isOld ? 4 : 8,
  });
}

/**
 * The layout of V8 with compressed references of 4 bytes: Chrome, Edge, Electron and workerd.
 *
 * @example
 * ```ts
 * import { compressedV8, sizeOf, v8 } from "@heapwise/sizeof";
 *
 * sizeOf([1, 2, 3], { profile: compressedV8 }); // => 36
 * sizeOf([1, 2, 3], { profile: v8(13) }); // => 72
 * ```
 */
export const compressedV8: EngineProfile = /* @__PURE__ */ layOut({
  name: "v8-compressed",
  slot: 4,
  date: 52,
  arrayBuffer: 52,
  typedArray: 60,
  dataView: 52,
  leastSet: 8,
});
