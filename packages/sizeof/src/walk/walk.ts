import { host } from "../host.ts";
import { detectProfile } from "../profile/detect-profile.ts";
import { aligned, type EngineProfile } from "../profile/profile.ts";
import { SIZE } from "../size.ts";
import { readArray } from "./array.ts";
import { familyOf, undeclaredOf, type Family } from "./family.ts";
import { isDigit } from "./is-digit.ts";
import {
  PART,
  MOST_UNDECLARED,
  PROTOTYPE,
  SPARE_FIELDS,
  MANY_FIELDS,
  EVERY,
  SUSPECTS,
  SHAPE_IDS,
  SERIALS,
} from "./limits.ts";
import { primitiveBytes } from "./primitives.ts";
import { readOrdinary } from "./ordinary.ts";
import { hiddenFields, isAccessor } from "./properties.ts";
import { readByKind } from "./read-by-kind.ts";
import { isCommon, knownShape, ownShape, signatureOf } from "./shapes.ts";
import { textBytes } from "./text.ts";
import { Visited } from "./visited.ts";
import type { Bounds, Visitor } from "./visitor.ts";
import type { Seen, Sharing, WalkOptions } from "./walk-options.ts";
import {
  getOwnPropertyDescriptor,
  getOwnPropertyNames,
  getOwnPropertySymbols,
  getPrototypeOf,
} from "./object-functions.ts";

/** Reads a tree, if only the sum is wanted, and returns whether the value is one. Other users do not bundle it. */
export type ReadTree = (visitor: Visitor) => boolean;

let serials = 0;

/**
 * Adds up what a value holds. The walk is iterative: what is found waits on a stack.
 *
 * Invariants:
 * - no code of the value runs: properties are read through their descriptors, proxies are told by the
 *   runtime and left alone, built-in getters are those of this realm;
 * - every object is charged once, however often and by whatever path it is reached;
 * - between two walks it refers to nothing of the last one.
 */
export class Walk implements Visitor {
  bytes = 0;
  /** Bytes outside of the heap, which `bytes` includes. */
  external = 0;
  /** Objects visited. */
  objects = 0;
  /** Those of which a part is out of sight. */
  opaque = 0;
  profile!: EngineProfile;
  spare = false;
  exclude: WalkOptions["exclude"] = undefined;
  seen: Seen | undefined;
  share: Sharing | undefined;
  bounds: Bounds | undefined;
  /** Objects that are still to be visited. */
  readonly stack: object[] = [];
  #limit = Infinity;
  #smallest = 0;
  readonly #isProxy = host().isProxy;
  readonly #visited = new Visited();
  /** What goes on to read what is long, and returns whether there is more. */
  readonly #rests: (() => boolean)[] = [];
  #serial = 0;
  /** For objects alike, whether one was asked for keys out of sight. */
  readonly #asked = new Uint8Array(SHAPE_IDS);
  /** How many more are to be asked, and then not to be. Outlives the walk: any record of a list may have such keys. */
  readonly #turns = new Int8Array(SHAPE_IDS);
  /** Whether code of the caller runs, whose errors are thrown on. */
  #isCalling = false;

  /** Whether the walk stopped at its limit. */
  get isOver(): boolean {
    return this.bytes > this.#limit;
  }

  /**
   * Adds a value and all that it holds.
   *
   * @param limit The walk stops when it has found more bytes than these.
   * @param spare Whether to add the room that objects and arrays have to spare if they were filled step by step.
   * @param bounds Called with all that the sum cannot know, if bounds are wanted.
   */
  run(
    value: unknown,
    { profile = detectProfile(), exclude, seen, share }: WalkOptions,
    limit: number,
    spare: boolean,
    bounds?: Bounds,
    readTree?: ReadTree,
  ): void {
    this.profile = profile;
    this.exclude = exclude;
    this.seen = seen;
    this.share = share;
    this.spare = spare;
    this.bounds = bounds;
    this.#limit = limit;
    this.#smallest = profile.smallest;
    this.#serial = serials = (serials + 1) % SERIALS;
    this.#start(value, readTree);
  }

  /** Forgets all but the sums. */
  clear(): void {
    this.exclude = this.seen = this.share = this.bounds = undefined;
    this.#isCalling = false;
    this.#forget();
  }

  #forget(): void {
    if (this.stack.length > 0) this.stack.length = 0;
    if (this.#rests.length > 0) this.#rests.length = 0;
    this.#visited.clear();
    this.#asked.fill(0);
  }

  #start(value: unknown, readTree?: ReadTree): void {
    this.bytes = this.external = this.objects = this.opaque = 0;
    this.read(value);
    for (;;) {
      try {
        if (readTree?.(this) === false) {
          this.#forget();
          return this.#start(value);
        }
        return this.#visitAll();
      } catch (error) {
        // What is not code of the caller: a binding without a value yet, or a proxy that nothing told of.
        if (this.#isCalling) throw error;
        this.opaque++;
      }
    }
  }

  #visitAll(): void {
    const { stack } = this;
    do {
      while (this.bytes <= this.#limit) {
        const object = stack.pop();
        if (object === undefined) break;
        this.visit(object);
      }
    } while (this.bytes <= this.#limit && this.#goOn());
  }

  /** Reads something at once, or in parts if it is long: the next one when all that the last one held was visited. */
  inParts(length: number, read: () => boolean): void {
    // Whether it is to be charged is asked when all of it is read.
    if (length > PART && this.share?.parts !== "all") this.#rests.push(read);
    else while (read() && !this.isOver);
  }

  /** Reads the next part of what is long. Returns whether there was one. */
  #goOn(): boolean {
    const rest = this.#rests.pop();
    if (rest?.()) this.#rests.push(rest);
    return rest !== undefined;
  }

  /** Adds an object, and puts those that it holds on the stack. */
  visit(object: object): void {
    if (this.isExcluded(object) || !this.isNew(object)) return;
    const { bytes: before, external, opaque } = this;
    if (this.#isProxy(object)) this.addOpaque(this.profile.proxy);
    else if (Array.isArray(object)) readArray(this, object);
    else {
      const proto = getPrototypeOf(object) as object | null;
      if (proto === Object.prototype && !(SIZE in object)) {
        this.#readFields(object as Fields, proto);
      } else if (proto === null || typeof object === "function" || ArrayBuffer.isView(object)) {
        readByKind(this, object, proto);
      } else this.#readInstance(object as Fields, proto);
    }
    if (this.opaque > opaque) this.opaque = opaque + 1;
    if (this.share?.parts !== "all" || this.bytes === before) return;
    if (this.charge(object, this.bytes - before)) return;
    this.bytes = before;
    this.external = external;
  }

  /** Whether an object is met for the first time. */
  isNew(object: object): boolean {
    if (!(this.seen ?? this.#visited).add(object)) return false;
    this.objects++;
    return true;
  }

  /** Adds a value: a primitive at once, an object by way of the stack. */
  read(value: unknown): void {
    switch (typeof value) {
      case "string":
        return this.addText(value);
      case "number":
        if (!this.isSmall(value)) this.addShareable(this.profile.double);
        return;
      case "object":
        if (value !== null) this.stack.push(value);
        return;
      case "function":
        this.stack.push(value);
        return;
      case "bigint":
      case "symbol":
        if (this.isExcluded(value)) return;
        this.addShareable(primitiveBytes(value, this.profile));
        if (typeof value === "symbol") this.bounds?.symbol(value);
    }
  }

  /** Whether a number needs no box of its own. */
  isSmall(value: number): boolean {
    return (value | 0) === value && value < this.#smallest && value >= -this.#smallest;
  }

  /** Adds what may also be somebody else's, as a constant is. */
  addShareable(bytes: number): void {
    this.bytes += bytes;
    this.bounds?.addShareable(bytes);
  }

  /** Adds a text, each time: nothing tells whether it is the same as an equal one. */
  addText(text: string): void {
    const { length } = text;
    if (this.isExcluded(text)) return;
    // Over the limit whatever its characters are, so that they are not looked at.
    if (length > 1 && this.bytes + length > this.#limit) {
      return this.addShareable(length + this.profile.stringHeader);
    }
    const bytes = textBytes(text, this.profile);
    this.addShareable(bytes);
    this.bounds?.text(text, bytes);
  }

  /** Asks whether to charge a part that others may hold. */
  charge(part: object, bytes: number): boolean {
    return this.call(() => this.share!.charge(part, bytes));
  }

  isExcluded(value: unknown): boolean {
    const { exclude } = this;
    return exclude !== undefined && this.call(() => exclude(value));
  }

  /** Runs code of the caller, or of a class that reports its own bytes. */
  call<Result>(callback: () => Result): Result {
    this.#isCalling = true;
    const result = callback();
    this.#isCalling = false;
    return result;
  }

  /** Adds an object of which a part can't be seen. */
  addOpaque(bytes: number): void {
    this.bytes += bytes;
    this.opaque++;
  }

  /** Notes what the prototypes of an object tell: a class that hides fields, or data that it inherits. */
  inherit({ isClosed, isHeritage }: Family, proto: object | null): void {
    if (isClosed) this.opaque++;
    if (!isHeritage || (this.seen ?? this.#visited).has(proto) || this.isExcluded(proto)) return;
    this.stack.push(proto!);
    const bytes = PROTOTYPE * this.profile.slot;
    this.bytes += bytes;
    this.bounds?.add(bytes, bytes);
  }

  /** An object of a class, or of another realm. */
  #readInstance(object: Fields, proto: object): void {
    if (object === globalThis) {
      this.objects--;
      return;
    }
    const family = familyOf(object, proto);
    if (family.kind !== "object" || family.hasProxy || SIZE in object) {
      return readByKind(this, object, proto);
    }
    this.#readFields(object, proto, family);
    this.inherit(family, proto);
    if (family.isNative) this.opaque++;
  }

  /** An object of which a loop shows the fields: string keys, no prototype that is a proxy. */
  #readFields(object: Fields, proto: object, family?: Family): void {
    let first = 0;
    let count = 0;
    let characters = 0;
    let accessors = 0;
    for (const key in object) {
      if (count === 0) {
        first = key.charCodeAt(0);
        if (isDigit(first)) return readOrdinary(this, object, proto, family);
      }
      const property = getOwnPropertyDescriptor(object, key);
      // It belongs to a prototype.
      if (property === undefined) continue;
      const value: unknown = property.value;
      if (value === undefined && isAccessor(property)) {
        this.addAccessor(property);
        accessors++;
        continue;
      }
      count++;
      characters += key.length;
      this.read(value);
      if (this.isFull(count)) return;
    }
    const shapeId = characters * 31 + first + count * 7;
    const hasHidden = getOwnPropertyNames(object).length > count + accessors;
    if (hasHidden || (this.mayHide(shapeId) && getOwnPropertySymbols(object).length > 0)) {
      const hidden = hiddenFields(this, object);
      count += this.noteHidden(shapeId, hidden.count);
      characters += hidden.characters;
    }
    this.addFields(object, proto, count, characters, first, family);
  }

  /** Whether the room of so many fields is over the limit, which is looked at now and then. Adds it if it is. */
  isFull(fields: number): boolean {
    if ((fields & MANY_FIELDS) !== 0) return false;
    const bytes = this.bytes + fields * this.profile.slot;
    if (bytes <= this.#limit) return false;
    this.bytes = bytes;
    return true;
  }

  /** Whether to look for hidden keys of one of the objects that are alike. */
  mayHide(shapeId: number): boolean {
    if (this.bounds !== undefined) return true;
    const at = shapeId & (SHAPE_IDS - 1);
    const turns = this.#turns;
    const left = turns[at]! - 1;
    turns[at] = left > -EVERY ? left : 0;
    return turns[at] >= 0 || this.#asked[at]!++ === 0;
  }

  /** Notes how many hidden fields an object had. Returns their number. */
  noteHidden(shapeId: number, hidden: number): number {
    if (hidden > 0) this.#turns[shapeId & (SHAPE_IDS - 1)] = SUSPECTS;
    return hidden;
  }

  /** Adds a property with getter and setter, which are not called. Objects alike may share the pair. */
  addAccessor({ get, set }: PropertyDescriptor): void {
    this.addShareable(3 * this.profile.slot);
    this.read(get);
    this.read(set);
  }

  /**
   * Adds an object with so many fields, which were read.
   *
   * @param characters Of their names.
   * @param first The first of these characters.
   */
  addFields(
    object: object,
    proto: object | null,
    count: number,
    characters: number,
    first: number,
    family?: Family,
    names?: readonly string[],
  ): void {
    const { profile } = this;
    const undeclared = family === undefined || count === 0 ? 0 : undeclaredOf(object, family);
    let bytes = profile.objectHeader + profile.slot * count;
    // Without a prototype it is a hash table from the start.
    if (count >= profile.dictionaryFrom || undeclared > MOST_UNDECLARED || proto === null) {
      bytes = profile.objectHeader + profile.dictionary(count);
    } else if (count === 0 && proto === Object.prototype) bytes = profile.emptyObject;
    else if (this.spare && (undeclared > 0 || family === undefined)) {
      bytes += SPARE_FIELDS * profile.slot;
    }
    let own = 0;
    if (count > 0) {
      const signature = signatureOf(count, characters, proto === null ? ~first : first);
      if (!isCommon(signature)) {
        own =
          knownShape(object, signature, profile) ??
          ownShape(
            object,
            proto,
            names ?? getOwnPropertyNames(object),
            characters,
            signature,
            bytes,
            profile,
            this.#serial,
          );
      }
    }
    this.bytes += aligned(bytes, profile) + own;
    this.bounds?.fields(count, characters, bytes, own);
  }
}

interface Fields {
  [key: string]: unknown;
}
