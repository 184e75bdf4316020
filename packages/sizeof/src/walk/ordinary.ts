import type { Family } from "./family.ts";
import { readOwn, type Own } from "./properties.ts";
import type { Visitor } from "./visitor.ts";

/** Adds an object by the list of its keys. */
export function readOrdinary(
  visitor: Visitor,
  object: object,
  proto: object | null,
  family?: Family,
): void {
  const own = readOwn(visitor, object, Reflect.ownKeys(object));
  const { names, characters } = own;
  visitor.addFields(
    object,
    proto,
    own.count,
    characters,
    names[0]?.charCodeAt(0) ?? 0,
    family,
    names,
  );
  if (own.elements > 0) addElements(visitor, own);
}

/** Elements that a list has room for to which so many were added one by one. */
export function roomOf(length: number): number {
  let room = 0;
  while (room < length) room += 17 + ((room + 1) >> 1);
  return room;
}

/** Adds room for fields with an index: a list, or a hash table where that saves much. */
function addElements(visitor: Visitor, { elements, highest }: Own): void {
  const { slot, sparse } = visitor.profile;
  const asList = slot * (2 + roomOf(highest + 1));
  const asTable = sparse(elements);
  const isTable = 3 * asTable <= asList || highest > 1024 + 2 * elements;
  visitor.bytes += isTable ? asTable : asList;
  visitor.bounds?.indices(elements, asList, asTable, isTable);
}
