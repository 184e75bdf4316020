/** What makes and takes back objects. */
export interface Source<T> {
  acquire(): T;
  release(object: T): void;
}

/** Objects that live at a time. */
const LIVE = 64;

/**
 * Replaces objects in a ring, one after the other: each lives for as long as 63 others. The module is
 * loaded once for each arm, so that the loop knows one kind of source alone.
 */
export function replaceInRing<T>(
  source: Source<T>,
  use: (object: T, i: number) => number,
): (count: number) => number {
  const ring = Array.from({ length: LIVE }, () => source.acquire());
  return (count) => {
    let sum = 0;
    for (let i = 0; i < count; i += 1) {
      const at = i & (LIVE - 1);
      source.release(ring[at]!);
      const object = source.acquire();
      sum += use(object, i);
      ring[at] = object;
    }
    return sum;
  };
}

/** Objects that are done with at once: what never leaves the loop the compiler may keep in registers. */
export function useAtOnce<T>(
  source: Source<T>,
  use: (object: T, i: number) => number,
): (count: number) => number {
  return (count) => {
    let sum = 0;
    for (let i = 0; i < count; i += 1) {
      const object = source.acquire();
      sum += use(object, i);
      source.release(object);
    }
    return sum;
  };
}
