/** A way to find the bytes of a value for `sizeCalculation` of lru-cache, as users write it. */
export interface SizingAdapter {
  readonly name: string;
  /** Bytes of a value. */
  sizeOf(value: unknown): number;
}
