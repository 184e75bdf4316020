import type { Family } from "./family.ts";
import { readOwn, type OwnProperties } from "./properties.ts";
import type { Visitor } from "./visitor.ts";

/** Adds an object without internal slots by the list of its keys. */
export function readOrdinary(
  visitor: Visitor,
  object: object,
  proto: object | null,
  family?: Family,
): void {
  const own = readOwn(visitor, object, Reflect.ownKeys(object));
  const { count, names, characters } = own;
  const first = names[0]?.charCodeAt(0) ?? 0;
  visitor.addFields(object, proto, count, characters, first, family, names);
  if (own.elements > 0) addElements(visitor, own);
}

/** Room of a list, in elements, if `length` elements were added one by one. */
export function roomOf(length: number): number {
  let room = 0;
  while (room < length) room += 17 + ((room + 1) >> 1);
  return room;
}

/** Adds the room for fields whose keys are indices: a list, or a hash table if that saves much. */
function addElements(visitor: Visitor, { elements, highest }: OwnProperties): void {
  const { slot, sparse } = visitor.profile;
  const asList = slot * (2 + roomOf(highest + 1));
  const asTable = sparse(elements);
  const isTable = 3 * asTable <= asList || highest > 1024 + 2 * elements;
  visitor.bytes += isTable ? asTable : asList;
  visitor.bounds?.indices(elements, asList, asTable, isTable);
}
