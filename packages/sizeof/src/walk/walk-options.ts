import type { EngineProfile } from "../profile/profile.ts";

/**
 * Decides whether parts that several values may hold count in this size. A cache passes it to
 * charge a block of bytes once, although two of its values are views of the block.
 *
 * ```ts
 * import { sizeOf, type Sharing } from "@heapwise/sizeof";
 *
 * const charged = new Set<object>();
 * const share: Sharing = {
 *   parts: "large",
 *   charge: (part) => charged.size < charged.add(part).size,
 * };
 * const chunk = new Uint8Array(65_536);
 * sizeOf(chunk.subarray(0, 100), { share }) > 65_536; // => true
 * sizeOf(chunk.subarray(100, 200), { share }) < 1000; // => true
 * ```
 */
export interface Sharing {
  /** `"large"` asks about the blocks of buffers. `"all"` asks about every object as well. */
  readonly parts: "large" | "all";
  /**
   * Called with each such part and its bytes, once in each walk. Returns whether the part counts.
   * If it throws, the function that was asked for the size throws the same error.
   *
   * @param part The object, or the `ArrayBuffer`.
   * @param bytes Bytes of the part alone, without the objects that it holds.
   */
  charge(part: object, bytes: number): boolean;
}

/** A set of the objects that were visited, by this walk or by an earlier one. */
export interface Seen {
  /** Adds an object. Returns false if it was there before. */
  add(object: object): boolean;
  has(object: object | null): boolean;
}

/** How a walk counts. `SizeOfOptions` describes each option. */
export interface WalkOptions {
  readonly profile?: EngineProfile | undefined;
  readonly exclude?: ((value: unknown) => boolean) | undefined;
  readonly seen?: Seen | undefined;
  readonly share?: Sharing | undefined;
}
