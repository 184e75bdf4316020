/** A value that a call can use without waiting for a load. */
export interface Found<V> {
  readonly value: V;
  /** Whether the key is due for a refresh in the background. */
  readonly isDue: boolean;
}
