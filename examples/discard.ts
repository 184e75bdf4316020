/** Ends a resource wherever it is. A pool that cannot do so finds it dead at the next check. */
export function discard(pool: object, value: unknown, reason: unknown): void {
  (pool as { discard?: (value: unknown, reason: unknown) => boolean }).discard?.(value, reason);
}
