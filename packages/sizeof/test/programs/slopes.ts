/**
 * Prints by how many bytes `calibrate` is off in a new process, in which the first collections move
 * older objects.
 */
import { calibrate, sizeOf } from "@heapwise/sizeof";

class Point {
  x: number;
  y: number;
  constructor(i: number) {
    this.x = i;
    this.y = i + 0.5;
  }
}

const kinds = [
  { make: (i: number) => new Point(i), count: undefined },
  { make: (i: number) => `a text of one length, number ${1_000_000 + i}`, count: 1000 },
  { make: () => ({}), count: 500 },
];
const errors: number[] = [];
for (const { make, count } of kinds) {
  const { bytes } = await calibrate<unknown>(make, { count });
  errors.push(bytes - sizeOf(make(1)));
}
console.log(JSON.stringify(errors));
