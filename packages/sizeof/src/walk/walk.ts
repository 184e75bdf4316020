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
  SEARCH_INTERVAL,
  SEARCHES_AFTER_HIT,
  SHAPE_IDS,
  SERIALS,
} from "./limits.ts";
import { primitiveBytes } from "./primitives.ts";
import { readOrdinary } from "./ordinary.ts";
import { readHidden, isAccessor } from "./properties.ts";
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

/**
 * Reads the objects on the stack of a value that the caller called a tree. Returns false if the
 * value may not be a tree, and has to be read again. Only `sizeOf` passes it, so that nothing else
 * bundles it.
 */
export type ReadTree = (visitor: Visitor) => boolean;

let serials = 0;

/**
 * Adds up the bytes of a value and of everything that it holds. The walk is not recursive: objects
 * that were found wait on a stack.
 *
 * Invariants:
 * - No code of the value runs. Properties are read through their descriptors, and built-in getters
 *   are the getters of this realm. If the runtime says that an object is a proxy, the walk leaves
 *   it alone.
 * - Each object counts once, even if several paths lead to it.
 * - Between two walks, this object refers to nothing of the last value.
 */
export class Walk implements Visitor {
  bytes = 0;
  external = 0;
  objects = 0;
  opaque = 0;
  profile!: EngineProfile;
  spare = false;
  exclude: WalkOptions["exclude"] = undefined;
  seen: Seen | undefined;
  share: Sharing | undefined;
  bounds: Bounds | undefined;
  readonly stack: object[] = [];
  #limit = Infinity;
  #smallest = 0;
  readonly #isProxy = host().isProxy;
  readonly #visited = new Visited();
  /** Functions that read the next part of something long, and return whether there is more. */
  readonly #unfinished: (() => boolean)[] = [];
  /** The number of this walk. */
  #serial = 0;
  /** By shape id: not 0 if this walk has searched an object of the shape for hidden keys. */
  readonly #searched = new Uint8Array(SHAPE_IDS);
  /**
   * By shape id: the searches that are left. Counts down below 0, to minus `SEARCH_INTERVAL`, while
   * no search is due. Outlives the walk, because any record of a list may have hidden keys.
   */
  readonly #searchesLeft = new Int8Array(SHAPE_IDS);
  /** Whether code of the caller runs. Its errors reach the caller. */
  #isCalling = false;

  /** Whether the walk stopped at its limit. */
  get isOver(): boolean {
    return this.bytes > this.#limit;
  }

  /**
   * Adds a value and everything that it holds.
   *
   * @param limit The walk stops when it has found more bytes than this.
   * @param spare Whether to add the spare room that objects and arrays have if they were filled
   *   step by step.
   * @param bounds Collects the possible error of the sum, if bounds are wanted.
   * @param readTree Reads the value first, if it is a tree.
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

  /** Forgets the value. Keeps the sums. */
  clear(): void {
    this.exclude = this.seen = this.share = this.bounds = undefined;
    this.#isCalling = false;
    this.#forget();
  }

  #forget(): void {
    if (this.stack.length > 0) this.stack.length = 0;
    if (this.#unfinished.length > 0) this.#unfinished.length = 0;
    this.#visited.clear();
    this.#searched.fill(0);
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
        // Otherwise it is a binding of a module without a value, or a proxy in a browser.
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
    } while (this.bytes <= this.#limit && this.#readNextPart());
  }

  inParts(length: number, read: () => boolean): void {
    // With `parts: "all"`, `share` is asked about an object when all of it was read.
    if (length > PART && this.share?.parts !== "all") this.#unfinished.push(read);
    else while (read() && !this.isOver);
  }

  /** Reads the next part of something long. Returns false if nothing is left. */
  #readNextPart(): boolean {
    const rest = this.#unfinished.pop();
    if (rest?.()) this.#unfinished.push(rest);
    return rest !== undefined;
  }

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

  isNew(object: object): boolean {
    if (!(this.seen ?? this.#visited).add(object)) return false;
    this.objects++;
    return true;
  }

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

  isSmall(value: number): boolean {
    return (value | 0) === value && value < this.#smallest && value >= -this.#smallest;
  }

  addShareable(bytes: number): void {
    this.bytes += bytes;
    this.bounds?.addShareable(bytes);
  }

  addText(text: string): void {
    const { length } = text;
    if (this.isExcluded(text)) return;
    // Such a text passes the limit even with one byte per character, so it is not read.
    if (length > 1 && this.bytes + length > this.#limit) {
      return this.addShareable(length + this.profile.stringHeader);
    }
    const bytes = textBytes(text, this.profile);
    this.addShareable(bytes);
    this.bounds?.text(text, bytes);
  }

  charge(part: object, bytes: number): boolean {
    return this.call(() => this.share!.charge(part, bytes));
  }

  /** Whether the caller excludes a value. */
  isExcluded(value: unknown): boolean {
    const { exclude } = this;
    return exclude !== undefined && this.call(() => exclude(value));
  }

  call<Result>(callback: () => Result): Result {
    this.#isCalling = true;
    const result = callback();
    this.#isCalling = false;
    return result;
  }

  addOpaque(bytes: number): void {
    this.bytes += bytes;
    this.opaque++;
  }

  addInherited({ isClosed, isHeritage }: Family, proto: object | null): void {
    if (isClosed) this.opaque++;
    if (!isHeritage || (this.seen ?? this.#visited).has(proto) || this.isExcluded(proto)) return;
    this.stack.push(proto!);
    const bytes = PROTOTYPE * this.profile.slot;
    this.bytes += bytes;
    this.bounds?.add(bytes, bytes);
  }

  /** Adds an instance of a class, or an object of another realm. */
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
    this.addInherited(family, proto);
    if (family.isNative) this.opaque++;
  }

  /**
   * Adds an object whose fields a for-in loop shows: its keys are names, and none of its prototypes
   * is a proxy.
   */
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
      // The key belongs to a prototype.
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
      if (this.passesLimit(count)) return;
    }
    const shapeId = characters * 31 + first + count * 7;
    const hasHidden = getOwnPropertyNames(object).length > count + accessors;
    if (hasHidden || (this.shouldSearch(shapeId) && getOwnPropertySymbols(object).length > 0)) {
      const hidden = readHidden(this, object);
      count += this.noteHidden(shapeId, hidden.count);
      characters += hidden.characters;
    }
    this.addFields(object, proto, count, characters, first, family);
  }

  // Compares with the limit now and then, because each comparison takes time.
  passesLimit(fields: number): boolean {
    if ((fields & MANY_FIELDS) !== 0) return false;
    const bytes = this.bytes + fields * this.profile.slot;
    if (bytes <= this.#limit) return false;
    this.bytes = bytes;
    return true;
  }

  shouldSearch(shapeId: number): boolean {
    if (this.bounds !== undefined) return true;
    const at = shapeId & (SHAPE_IDS - 1);
    const searches = this.#searchesLeft;
    const left = searches[at]! - 1;
    searches[at] = left > -SEARCH_INTERVAL ? left : 0;
    return searches[at] >= 0 || this.#searched[at]!++ === 0;
  }

  noteHidden(shapeId: number, hidden: number): number {
    if (hidden > 0) this.#searchesLeft[shapeId & (SHAPE_IDS - 1)] = SEARCHES_AFTER_HIT;
    return hidden;
  }

  addAccessor({ get, set }: PropertyDescriptor): void {
    // Objects of one shape may share the pair of functions.
    this.addShareable(3 * this.profile.slot);
    this.read(get);
    this.read(set);
  }

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
    // An object without a prototype is a hash table from the start.
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
