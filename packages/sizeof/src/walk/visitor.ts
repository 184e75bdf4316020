import type { EngineProfile } from "../profile/profile.ts";
import type { Family } from "./family.ts";
import type { Sharing } from "./walk-options.ts";

/**
 * The walk as the readers see it. A reader adds the bytes of one object, and passes each value that
 * the object holds to `read`.
 */
export interface Visitor {
  /** Bytes of everything that was read so far. */
  bytes: number;
  /** Bytes outside the heap, which `bytes` includes. */
  external: number;
  /** Objects read so far. */
  objects: number;
  /** Objects read so far of which a part can't be seen. */
  opaque: number;
  /** Layout to count with. */
  readonly profile: EngineProfile;
  /** Whether to add spare room of objects and arrays, as if they were filled step by step. */
  readonly spare: boolean;
  /** Decides about parts that several values may hold. Undefined if each part counts. */
  readonly share: Sharing | undefined;
  /** Collects the possible error of the sum. Undefined if no bounds are wanted. */
  readonly bounds: Bounds | undefined;
  /** Objects that were found and still have to be visited. */
  readonly stack: object[];

  /** Adds an object, and puts the objects that it holds on the stack. */
  visit(object: object): void;
  /** Marks an object as visited and counts it. Returns false if it was visited before. */
  isNew(object: object): boolean;
  /** Adds a value: a primitive at once, an object by way of the stack. */
  read(value: unknown): void;
  /**
   * Reads something long in parts. `read` reads the next part, and returns whether there is more.
   * The objects of one part are visited before the next part is read.
   */
  inParts(length: number, read: () => boolean): void;
  /** Asks the caller whether to charge a part that several values may hold. */
  charge(part: object, bytes: number): boolean;
  /**
   * Runs code of the caller, or of a class that reports its own bytes. Errors of it reach the
   * caller.
   */
  call<Result>(callback: () => Result): Result;
  /** Whether a number is stored in its slot, without a box. */
  isSmall(value: number): boolean;

  /** Adds bytes that the program may own as well, as it owns a constant. */
  addShareable(bytes: number): void;
  /** Adds bytes of an object of which a part can't be seen. */
  addOpaque(bytes: number): void;
  /** Adds a text. Equal texts count each time, because the walk can't know whether they are one. */
  addText(text: string): void;
  /** Adds a property with getter and setter, which are not called. */
  addAccessor(property: PropertyDescriptor): void;
  /** Adds the data that an object inherits from its prototypes. */
  addInherited(family: Family, proto: object | null): void;
  /**
   * Adds an object whose `count` fields were read.
   *
   * @param characters Number of characters of the names.
   * @param first The first of these characters.
   * @param names The names, if they are known.
   */
  addFields(
    object: object,
    proto: object | null,
    count: number,
    characters: number,
    first: number,
    family?: Family,
    names?: readonly string[],
  ): void;
  /** Whether an object with this many fields passes the limit. If it does, adds their room. */
  passesLimit(fields: number): boolean;
  /** Whether to search an object of this shape for hidden keys. */
  shouldSearch(shapeId: number): boolean;
  /** Notes how many hidden fields an object of this shape has. Returns their number. */
  noteHidden(shapeId: number, hidden: number): number;
}

/**
 * Collects the possible error of the sum. Only `measure` uses a collector. For all other functions
 * the collector is undefined, and not in their bundle.
 */
export interface Bounds {
  /** Widens the bounds: the sum may be `low` bytes too high, and `high` bytes too low. */
  add(low: number, high: number): void;
  /** Notes bytes that the program may own as well. */
  addShareable(bytes: number): void;
  /** Notes a symbol. */
  symbol(symbol: symbol): void;
  /** Notes a text that counts `bytes`. */
  text(text: string, bytes: number): void;
  /**
   * Notes an object with `count` fields that counts `bytes`, and `own` for keys and hidden class.
   */
  fields(count: number, characters: number, bytes: number, own: number): void;
  /** Notes fields whose keys no other object may have. */
  shape(count: number, characters: number): void;
  /** Notes fields whose keys are indices. */
  indices(count: number, asList: number, asTable: number, isTable: boolean): void;
  /** Notes an array without many holes. */
  array(length: number, isConstant: boolean, boxes: number): void;
  /** Notes an array with many holes. */
  sparse(asList: number, asTable: number, isTable: boolean, isFast: boolean): void;
  /** Notes a Map or a Set. */
  table(size: number, bytesOf: (size: number) => number, isSet: boolean): void;
  /** Notes a buffer of `bytes` bytes that may grow to `room`. */
  buffer(buffer: object, bytes: number, room: number): void;
  /** Notes a view, and adds what hangs on it under keys that are not indices. */
  view(visitor: Visitor, view: object, buffer: object, shown: number): void;
}
