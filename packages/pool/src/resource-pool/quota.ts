/** The share of a pool in a bound that it has together with others. */
export interface Quota {
  /** Takes room for one resource; false when there is none. The owner pumps the pool when there may be. */
  take(): boolean;
  /** Gives the room back. */
  give(): void;
  /** Hears that something became idle, which could make room for others. */
  onIdle(): void;
  /** Hears that nobody waits any more. */
  onQuiet(): void;
}
