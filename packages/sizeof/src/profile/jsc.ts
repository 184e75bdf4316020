import type { EngineProfile } from "./profile.ts";

/**
 * The layout of JavaScriptCore: Safari and Bun. Measured by heap slope on Bun 1.4. Of the three
 * layouts it is also the nearest to SpiderMonkey (Firefox), which stores any number in a slot too.
 *
 * @example
 * ```ts
 * import { jsc, sizeOf } from "@heapwise/sizeof";
 *
 * sizeOf(1.5, { profile: jsc }); // => 0
 * ```
 */
export const jsc: EngineProfile = {
  name: "jsc",
  slot: 8,
  alignment: 16,
  smallest: Infinity,
  double: 0,
  stringHeader: 16,
  objectHeader: 24,
  emptyObject: 64,
  dictionaryFrom: 1024,
  emptyArray: 64,
  arrayHeader: 96,
  dictionary: (count) => 24 * powerOfTwo(count),
  sparse: (count) => 96 + 24 * powerOfTwo(count),
  map: (size) => (size === 0 ? 32 : 96 + 40 * powerOfTwo(2 * size)),
  set: (size) => (size === 0 ? 32 : 96 + 32 * powerOfTwo(2 * size)),
  bigint: (digits) => 16 + 16 * Math.ceil(digits / 2),
  symbol: 32,
  date: 48,
  regexp: 48,
  error: 192,
  promise: 48,
  weakRef: 32,
  weakMap: 96,
  finalizationRegistry: 128,
  proxy: 48,
  closure: 80,
  wrapper: 32,
  arrayBuffer: 128,
  typedArray: 152,
  dataView: 64,
  onHeapBytes: 0,
  onHeapHeader: 0,
};

function powerOfTwo(count: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(count, 8)));
}
