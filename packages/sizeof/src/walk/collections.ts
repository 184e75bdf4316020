import { iterate, mapSize, setSize } from "./intrinsics.ts";
import { PART } from "./limits.ts";
import type { Visitor } from "./visitor.ts";

/**
 * Adds a Map or a Set with everything that it holds. Returns false if the object is neither.
 *
 * Reads no more elements than there were at the start, because code of the caller may add some
 * during the walk. If a collection was made from arrays of numbers, and one of the numbers has a
 * fraction, each number is a box.
 */
export function readCollection(visitor: Visitor, collection: object, kind: "map" | "set"): boolean {
  const isMap = kind === "map";
  const size = (isMap ? mapSize : setSize)(collection);
  if (size === undefined) return false;
  visitor.bytes += visitor.profile[kind](size);
  visitor.bounds?.table(size, visitor.profile[kind], !isMap);
  const iterator = iterate(collection, isMap);
  let left = size;
  let small = 0;
  let hasBoxes = false;
  const read = (value: unknown): void => {
    visitor.read(value);
    if (!visitor.spare || typeof value !== "number") return;
    if (visitor.isSmall(value)) small++;
    else hasBoxes = true;
  };
  visitor.inParts(size, () => {
    for (const end = Math.max(0, left - PART); left > end; left--) {
      const { done, value } = iterator.next();
      if (done === true) return false;
      if (isMap) {
        read((value as unknown[])[0]);
        read((value as unknown[])[1]);
      } else read(value);
    }
    if (left > 0) return true;
    if (hasBoxes) visitor.bytes += small * visitor.profile.double;
    return false;
  });
  return true;
}
