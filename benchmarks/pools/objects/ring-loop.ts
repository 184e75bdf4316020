/** A source that makes objects and takes them back. */
export interface Source<T> {
  acquire(): T;
  release(object: T): void;
}

/** Number of objects that are alive at the same time. */
const LIVE = 64;

/**
 * Replaces objects in a ring, one after the other: each lives as long as 63 others. The module is
 * loaded once per arm, so that the loop sees only one kind of source.
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

/**
 * Objects that are used only at once. The compiler may keep an object in registers if it never
 * leaves the loop.
 */
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
