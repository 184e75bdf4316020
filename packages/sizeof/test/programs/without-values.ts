/** Prints the sizes of this module's own namespace, before its variables have a value. */
import { exceeds, measure, sizeOf, tally } from "@heapwise/sizeof";
// oxlint-disable-next-line import/no-cycle, import/no-self-import
import * as self from "./without-values.ts";

const text = "y".repeat(5000);
const values: unknown[] = [
  self,
  { self },
  [self, text],
  new Map([[self, text]]),
  Object.create(self),
  [Object.create(self), text],
];
const told = values.map((value) => [
  sizeOf(value),
  sizeOf(value, { plain: true }),
  measure(value).bytes,
  tally(value).bytes,
  exceeds(value, 1e6),
]);
console.log(JSON.stringify(told));

export const first: unknown = { a: 1 };
export const second: string = "x".repeat(5000);
