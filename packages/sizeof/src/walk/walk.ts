import type { Accounting } from "../accounting.ts";
import { host } from "../host.ts";
import { aligned, type EngineProfile } from "../profile/profile.ts";
import { SIZE } from "../size.ts";
import { readArray, type ArrayReader } from "./array.ts";
import { hiddenFields, readOther } from "./other.ts";
import { alignedText, textBytes, textFingerprint } from "./text.ts";
import { PREFIX, Visited } from "./visited.ts";

/** Decides whether parts that several values may hold are charged. */
export interface Sharing {
  /** `large`: backing buffers, and texts of 1 KB and more. `all`: every object as well. */
  readonly parts: "large" | "all";
  /** Hears of each such part with its bytes, once for each walk. Returns whether to charge them. */
  charge(part: object | string, bytes: number): boolean;
}

/** What a walk needs to know. */
export interface WalkOptions {
  readonly profile: EngineProfile;
  readonly exclude: ((value: unknown) => boolean) | undefined;
  readonly seen: Accounting | undefined;
  readonly share: Sharing | undefined;
  readonly plain: boolean;
  /** The walk stops where more bytes than these are found. */
  readonly limit: number;
  /** Whether `low` and `high` are wanted. */
  readonly isBanded: boolean;
  /** Whether what the value holds is left out. */
  readonly isShallow: boolean;
}

/** A container of which the rest is still to be read. */
export interface Cursor {
  /** Reads on. Whether there is still more. */
  read(walk: Walk): boolean;
}

/** Texts of so many characters are charged through `share`. */
export const LONG = 1024;
/** Texts up to here are copied when they are cut out of another one. */
const COPIED = 12;
/** Of so many objects with keys alike, one is asked for keys out of sight. */
const EVERY = 8;
const ALWAYS = 255;
/** Texts that are remembered, a power of two. */
const TEXTS = 128;
/** A tree of so many objects is looked at as if it were none. */
const LARGEST_TREE = 2 ** 20;

const { getPrototypeOf, getOwnPropertyDescriptor } = Object;

/**
 * Adds up what a value holds. The walk is iterative: what is found waits on a stack, and long
 * containers are read in chunks.
 *
 * Invariants:
 * - no code of the value runs: properties are read through their descriptors, proxies are told by the
 *   runtime and left alone, built-in getters are those of this realm;
 * - every object is charged once, however often and by whatever path it is reached;
 * - what was added for an object before it turned out to be known is taken back.
 */
export class Walk {
  bytes = 0;
  /** Bytes outside of the heap, which `bytes` includes. */
  external = 0;
  /** Objects visited. */
  objects = 0;
  /** Those of which a part is out of sight. */
  opaque = 0;
  /** What `bytes` may be too high by. */
  low = 0;
  /** What `bytes` may be too low by. */
  high = 0;
  readonly options: WalkOptions;
  readonly profile: EngineProfile;
  /** Objects that are still to be visited. */
  readonly stack: object[] = [];
  /** Containers that are still to be read on. */
  readonly cursors: Cursor[] = [];
  /** The reader of the last array, for the next one. */
  reader: ArrayReader | undefined = undefined;
  readonly #isProxy: (value: unknown) => boolean;
  readonly #smallest: number;
  readonly #visited = new Visited();
  #texts: (string | undefined)[] | undefined = undefined;
  /** Texts that were charged through `share`. */
  #longTexts: Set<string> | undefined = undefined;
  #hidden: Uint8Array | undefined = undefined;
  readonly #isPolluted: boolean;
  /** Whether code of the caller runs, whose errors it has to hear of. */
  #isCalling = false;
  #isInside = false;
  /** Whether no object is reached by two paths, says the caller. */
  #isTree: boolean;

  constructor(options: WalkOptions) {
    this.options = options;
    this.profile = options.profile;
    this.#isTree = options.plain;
    this.#smallest = options.profile.smallest;
    this.#isProxy = options.plain ? () => false : host().isProxy;
    this.#isPolluted = hasKeys(Object.prototype);
  }

  /** Whether the walk stopped at its limit. */
  get isOver(): boolean {
    return this.bytes > this.options.limit;
  }

  /** Adds a value and all that it holds. */
  run(value: unknown): void {
    this.#walk(value);
    if (!this.#isTree || this.objects < LARGEST_TREE) return;
    // Too many objects to be sure that it is no cycle: once more, and each object once.
    this.#isTree = false;
    this.bytes = this.external = this.objects = this.opaque = this.low = this.high = 0;
    this.stack.length = this.cursors.length = 0;
    this.#texts = undefined;
    this.#isInside = false;
    this.#walk(value);
  }

  #walk(value: unknown): void {
    const { stack, cursors } = this;
    const { limit, isShallow } = this.options;
    this.read(value);
    this.#isInside = isShallow;
    for (let object = stack.pop(); object !== undefined;) {
      this.#visitSafely(object);
      if (this.bytes > limit || (this.#isTree && this.objects >= LARGEST_TREE)) return;
      if (isShallow) stack.length = 0;
      while (stack.length === 0 && cursors.length > 0) {
        const cursor = cursors.pop()!;
        if (cursor.read(this)) cursors.push(cursor);
        if (this.bytes > limit) return;
        if (isShallow) stack.length = 0;
      }
      object = stack.pop();
    }
  }

  /** Adds a value: a primitive at once, an object by way of the stack. Returns its part of a fingerprint. */
  read(value: unknown): number {
    switch (typeof value) {
      case "string":
        return this.text(value, false);
      case "number":
        if (this.isSmall(value)) return value;
        this.atom(this.profile.double);
        return (value * 2_654_435_769.5) | 0;
      case "object":
        if (value !== null) this.stack.push(value);
        return 3;
      case "boolean":
        return value ? 1 : 2;
      case "undefined":
        return 4;
      case "function":
        this.stack.push(value);
        return 5;
      default:
        if (!this.#isInside && !this.isExcluded(value)) this.atom(atomBytes(value, this.profile));
        return 6;
    }
  }

  /** Whether a number needs no box of its own. */
  isSmall(value: number): boolean {
    return (value | 0) === value && value < this.#smallest && value >= -this.#smallest;
  }

  /** Adds what may also be somebody else's, as a constant is. */
  atom(bytes: number): void {
    this.bytes += bytes;
    this.low += bytes;
  }

  /**
   * Adds a text, unless the same one was read just before: equal texts of fields are mostly one.
   * Short elements of arrays count each time, because cutting a text into an array copies them.
   * Returns its part of a fingerprint.
   */
  text(text: string, isElement: boolean): number {
    const { length } = text;
    const print = textFingerprint(text);
    if (this.#isInside || this.isExcluded(text)) return print;
    if (length > COPIED || (length > 1 && !isElement)) {
      const texts = (this.#texts ??= new Array<undefined>(TEXTS).fill(undefined));
      const at = (print ^ (print >>> 8)) & (TEXTS - 1);
      if (texts[at] === text) return print;
      texts[at] = text;
    }
    this.#newText(text);
    return print;
  }

  #newText(text: string): void {
    const { length } = text;
    const { limit, isBanded, seen, share } = this.options;
    // Over the limit whatever its characters are, so that they need not be looked at.
    if (this.bytes + length > limit) return this.atom(length + this.profile.stringHeader);
    const bytes = textBytes(text, this.profile);
    if (length >= LONG) {
      if (seen?.add(text) === false) return;
      if (share !== undefined && !this.#chargeText(text, bytes)) return;
    }
    this.atom(bytes);
    if (isBanded && length > 1) this.#bandText(text, bytes);
  }

  /** A text may be a tree of concatenations that nobody has read yet: up to a node for each character. */
  #bandText({ length }: string, bytes: number): void {
    const { stringHeader, slot } = this.profile;
    const isWide = bytes > alignedText(length, this.profile);
    const node = stringHeader + 2 * slot + (isWide ? 24 : 0);
    if (length > COPIED) this.high += node * (length - COPIED) + 56;
    if (!isWide && host().isOneByte === undefined) this.high += length + slot;
  }

  /** Asks whether to charge a long text, once in a walk. */
  #chargeText(text: string, bytes: number): boolean {
    const known = (this.#longTexts ??= new Set());
    if (known.has(text)) return false;
    known.add(text);
    return this.charge(text, bytes);
  }

  /** Asks whether to charge a part that others may hold. */
  charge(part: object | string, bytes: number): boolean {
    return this.call(() => this.options.share!.charge(part, bytes));
  }

  isExcluded(value: unknown): boolean {
    const { exclude } = this.options;
    return exclude !== undefined && this.call(() => exclude(value));
  }

  /** Runs code of the caller, or of a class that reports its own bytes. */
  call<Result>(callback: () => Result): Result {
    this.#isCalling = true;
    const result = callback();
    this.#isCalling = false;
    return result;
  }

  #visitSafely(object: object): void {
    try {
      this.#visit(object);
    } catch (error) {
      // Only a trap of a proxy that nothing told of may throw.
      if (this.#isCalling || host().types !== undefined) throw error;
      this.opaque++;
    }
  }

  #visit(object: object): void {
    const { seen, share } = this.options;
    if (this.#isProxy(object)) {
      if (this.isNew(object)) this.unseen(this.profile.proxy);
      return;
    }
    if (this.isExcluded(object) || seen?.add(object) === false) return;
    const before = this.bytes;
    if (Array.isArray(object)) readArray(this, object);
    else {
      const proto = getPrototypeOf(object) as object | null;
      if (proto === Object.prototype && !this.#isPolluted) this.#readPlain(object as Fields);
      else readOther(this, object, proto);
    }
    if (share?.parts !== "all" || this.bytes === before) return;
    if (!this.charge(object, this.bytes - before)) this.bytes = before;
  }

  /** Whether an object is met for the first time. It comes either always or never with a fingerprint of its content. */
  isNew(object: object, fingerprint?: number): boolean {
    const isKnown = this.options.seen !== undefined || this.#isTree;
    if (!isKnown && !this.#visited.add(object, fingerprint)) return false;
    this.objects++;
    return true;
  }

  /** Adds an object of which a part can't be seen. */
  unseen(bytes: number): void {
    this.bytes += bytes;
    this.opaque++;
  }

  /** Goes back to an earlier state of the sums, because what was added since then was known. */
  takeBack(waiting: number, bytes: number, low: number, high: number, opaque: number): void {
    this.stack.length = waiting;
    this.bytes = bytes;
    this.low = low;
    this.high = high;
    this.opaque = opaque;
  }

  /** An object literal, or what JSON made: string keys and no class. */
  #readPlain(object: Fields): void {
    const { plain } = this.options;
    if (!plain && SIZE in object) return readOther(this, object, Object.prototype);
    const { bytes, low, high, opaque } = this;
    const waiting = this.stack.length;
    let first = "";
    let count = 0;
    let fingerprint = 0;
    for (const key in object) {
      let value: unknown;
      if (plain) value = object[key];
      else {
        const property = getOwnPropertyDescriptor(object, key);
        // The caller's code may have deleted it meanwhile.
        if (property === undefined) continue;
        value = property.value;
        if (value === undefined && property.get !== property.set) {
          this.accessor(property);
          continue;
        }
      }
      if (count === 0) {
        if (isDigit(key)) {
          this.takeBack(waiting, bytes, low, high, opaque);
          return readOther(this, object, Object.prototype);
        }
        first = key;
      }
      count++;
      fingerprint = Math.imul(fingerprint, 31) + this.read(value);
      if (count === PREFIX && !this.isNew(object, fingerprint | 0)) {
        return this.takeBack(waiting, bytes, low, high, opaque);
      }
    }
    if (count < PREFIX && !this.isNew(object, fingerprint | 0)) {
      return this.takeBack(waiting, bytes, low, high, opaque);
    }
    this.fields(count + (plain ? 0 : this.#hiddenFields(object, first, count)), true);
  }

  /** Adds fields that no loop shows: of objects with keys alike all are asked where one had some, else a few. */
  #hiddenFields(object: object, first: string, count: number): number {
    const likeness = (first.length * 31 + first.charCodeAt(0) + count * 7) & 255;
    return this.mayHide(likeness) ? this.found(likeness, hiddenFields(this, object)) : 0;
  }

  /** Whether to look for hidden fields of one of the objects that are alike, a number below 256. */
  mayHide(likeness: number): boolean {
    if (this.objects <= EVERY) return true;
    const hidden = (this.#hidden ??= new Uint8Array(256));
    const number = hidden[likeness]!;
    if (number === ALWAYS) return true;
    hidden[likeness] = (number + 1) % EVERY;
    return number === 0;
  }

  /** Notes how many hidden fields an object had. Returns their number. */
  found(likeness: number, hidden: number): number {
    if (hidden > 0) (this.#hidden ??= new Uint8Array(256))[likeness] = ALWAYS;
    return hidden;
  }

  /** Adds a property with getter and setter, which are not called. */
  accessor({ get, set }: PropertyDescriptor): void {
    this.bytes += 3 * this.profile.slot;
    if (get !== undefined) this.stack.push(get);
    if (set !== undefined) this.stack.push(set);
  }

  /** Adds an object with so many fields, which were read. */
  fields(count: number, isPlain: boolean): void {
    const { profile } = this;
    const { objectHeader, slot, dictionaryFrom, emptyObject } = profile;
    const fast = objectHeader + slot * count;
    let bytes = fast;
    if (count === 0 && isPlain) bytes = emptyObject;
    else if (count >= dictionaryFrom) bytes = objectHeader + profile.dictionary(count);
    this.bytes += aligned(bytes, profile);
    if (!this.options.isBanded) return;
    this.low += bytes - fast;
    // A hash table after deletions, and a box for each number that is small now.
    const room = Math.max(count + 3, 8);
    this.high += objectHeader + profile.dictionary(room) - bytes + count * profile.double;
  }
}

interface Fields {
  [key: string]: unknown;
}

function hasKeys(object: object): boolean {
  // oxlint-disable-next-line guard-for-in
  for (const _ in object) return true;
  return false;
}

function isDigit(key: string): boolean {
  const code = key.charCodeAt(0);
  return code >= 48 && code <= 57;
}

const wellKnown: ReadonlySet<unknown> = /* @__PURE__ */ new Set(
  Object.getOwnPropertyNames(Symbol).map((name) => (Symbol as never)[name]),
);

/** Bytes of what is neither an object nor a function. */
export function primitiveBytes(value: unknown, profile: EngineProfile): number {
  switch (typeof value) {
    case "string":
      return textBytes(value, profile);
    case "number": {
      const { smallest, double } = profile;
      return (value | 0) === value && value < smallest && value >= -smallest ? 0 : double;
    }
    case "bigint":
    case "symbol":
      return atomBytes(value, profile);
    default:
      return 0;
  }
}

function atomBytes(value: unknown, profile: EngineProfile): number {
  if (typeof value === "bigint") {
    const digits = (value < 0n ? -value : value).toString(16).length;
    return profile.bigint(value === 0n ? 0 : Math.ceil(digits / 16));
  }
  // Registered and well-known symbols belong to the program.
  const isShared = Symbol.keyFor(value as symbol) !== undefined || wellKnown.has(value);
  return isShared ? 0 : profile.symbol;
}
