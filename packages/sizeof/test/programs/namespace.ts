/**
 * Prints whether the texts of a module stay as they are, before its exports have values and
 * afterwards.
 */
import { detachDeep } from "@heapwise/sizeof";
// oxlint-disable-next-line import/no-self-import, import/no-cycle -- needed before its values
import * as self from "./namespace.ts";

const before = detachDeep(self) === self && detachDeep([self])[0] === self;
export const text: string = "a text of more than 13 characters".slice(2);
console.log(JSON.stringify([before, detachDeep({ self }).self === self, text]));
