import type { Accounting } from "../accounting.ts";
import { host } from "../host.ts";
import { aligned, type EngineProfile } from "../profile/profile.ts";
import { SIZE } from "../size.ts";
import { readArray } from "./array.ts";
import type { Bands, Mark } from "./bands.ts";
import { familyOf } from "./kind.ts";
import { hiddenFields, noteClosed, readOther } from "./other.ts";
import { RecentTexts } from "./recent-texts.ts";
import { textBytes, textFingerprint } from "./text.ts";
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
  /** Whether no object is reached by two paths, and none runs code, says the caller. */
  readonly plain: boolean;
  /** The walk stops where more bytes than these are found. */
  readonly limit: number;
  /** What hears of all that the sum can't know; only where bounds are wanted. */
  readonly bands: Bands | undefined;
}

/** Texts of so many characters are charged through `share`. */
export const LONG = 1024;
/** Texts up to here are copied when they are cut out of another one. */
const COPIED = 12;
/** Of so many objects that are alike one is asked for keys out of sight. */
const EVERY = 8;
const ALWAYS = -1;
/** Sorts of objects that are told apart for it, a power of two. */
export const LIKENESSES = 64;
/** A tree of so many objects is looked at as if it were none. */
const LARGEST_TREE = 2 ** 20;

const { getPrototypeOf, getOwnPropertyDescriptor, getOwnPropertyNames } = Object;

/**
 * Adds up what a value holds. The walk is iterative: what is found waits on a stack.
 *
 * Invariants:
 * - no code of the value runs: properties are read through their descriptors, proxies are told by the
 *   runtime and left alone, built-in getters are those of this realm;
 * - every object is charged once, however often and by whatever path it is reached;
 * - what was added for an object before it turned out to be known is taken back;
 * - between two walks it refers to nothing of the last one.
 */
export class Walk {
  bytes = 0;
  /** Bytes outside of the heap, which `bytes` includes. */
  external = 0;
  /** Objects visited. */
  objects = 0;
  /** Those of which a part is out of sight. */
  opaque = 0;
  profile!: EngineProfile;
  plain = false;
  exclude: WalkOptions["exclude"] = undefined;
  seen: Accounting | undefined = undefined;
  share: Sharing | undefined = undefined;
  bands: Bands | undefined = undefined;
  /** Objects that are still to be visited. */
  readonly stack: object[] = [];
  #limit = Infinity;
  #smallest = 0;
  /** Whether the fields of plain objects may be read as they are. */
  #isDirect = false;
  readonly #isProxy = host().isProxy;
  /** Whether each object is met but once: the caller says so, or `seen` tells. */
  #isTree = false;
  readonly #visited = new Visited();
  readonly #texts = new RecentTexts();
  /** Texts that were charged through `share`. */
  #longTexts: Set<string> | undefined = undefined;
  /** For objects alike, how many were not asked for keys out of sight since one was. */
  readonly #hidden = new Int8Array(LIKENESSES);
  /** Whether code of the caller runs, whose errors it has to hear of. */
  #isCalling = false;

  /** Whether the walk stopped at its limit. */
  get isOver(): boolean {
    return this.bytes > this.#limit;
  }

  /** Adds a value and all that it holds. */
  run(value: unknown, options: WalkOptions): void {
    const { profile, exclude, seen, share, plain, limit, bands } = options;
    this.profile = profile;
    this.exclude = exclude;
    this.seen = seen;
    this.share = share;
    this.plain = plain;
    this.bands = bands;
    this.#limit = limit;
    this.#smallest = profile.smallest;
    this.#isDirect = plain && !isPolluted();
    const mayCycle = plain && share === undefined && seen === undefined;
    this.#isTree = mayCycle || seen !== undefined;
    this.#start(value, mayCycle ? LARGEST_TREE : Infinity);
    // Too many objects to be sure that it is no cycle: once more, and each object once.
    if (this.stack.length > 0 && !this.isOver) {
      this.clear();
      this.#isTree = false;
      this.#start(value, Infinity);
    }
  }

  /** Forgets all but the sums. */
  clear(): void {
    this.exclude = this.seen = this.share = this.#longTexts = undefined;
    this.#isCalling = false;
    if (this.stack.length > 0) this.stack.length = 0;
    this.#visited.clear();
    this.#texts.clear();
    this.#hidden.fill(0);
  }

  #start(value: unknown, most: number): void {
    this.bytes = this.external = this.objects = this.opaque = 0;
    this.bands?.back([0, 0]);
    this.read(value);
    for (;;) {
      try {
        return this.#visitAll(most);
      } catch (error) {
        // Only a trap of a proxy that nothing told of may throw.
        if (this.#isCalling || host().types !== undefined) throw error;
        this.opaque++;
      }
    }
  }

  #visitAll(most: number): void {
    const { stack } = this;
    while (this.bytes <= this.#limit && this.objects < most) {
      const object = stack.pop();
      if (object === undefined) return;
      this.#visit(object);
    }
  }

  #visit(object: object): void {
    const { seen, share } = this;
    if (!this.plain && this.#isProxy(object)) {
      if (this.isNew(object)) this.unseen(this.profile.proxy);
      return;
    }
    if (this.isExcluded(object) || seen?.add(object) === false) return;
    const before = this.bytes;
    if (Array.isArray(object)) readArray(this, object);
    else {
      const proto = getPrototypeOf(object) as object | null;
      if (proto === Object.prototype && (this.plain || !(SIZE in object))) {
        this.#readFields(object as Fields, proto, this.#isDirect);
      } else if (proto === null || typeof object === "function" || ArrayBuffer.isView(object)) {
        readOther(this, object, proto);
      } else this.#readInstance(object as Fields, proto);
    }
    if (share?.parts !== "all" || this.bytes === before) return;
    if (!this.charge(object, this.bytes - before)) this.bytes = before;
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
        if (!this.isExcluded(value)) this.atom(atomBytes(value, this.profile));
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
    this.bands?.atom(bytes);
  }

  /**
   * Adds a text, unless the same one was read just before: equal texts of fields are mostly one.
   * Short elements of arrays count each time, because cutting a text into an array copies them.
   * Returns its part of a fingerprint.
   */
  text(text: string, isElement: boolean): number {
    const { length } = text;
    const print = textFingerprint(text);
    if (this.isExcluded(text)) return print;
    if (length > COPIED || (length > 1 && !isElement)) {
      if (this.#texts.has(text, print)) return print;
    }
    // Over the limit whatever its characters are, so that they need not be looked at.
    if (this.bytes + length > this.#limit) this.atom(length + this.profile.stringHeader);
    else if (length < LONG || this.#isCharged(text)) {
      this.atom(textBytes(text, this.profile));
      this.bands?.text(text);
    }
    return print;
  }

  /** Whether a long text is to be charged: it is asked once in a walk. */
  #isCharged(text: string): boolean {
    const { seen, share } = this;
    if (seen?.add(text) === false) return false;
    if (share === undefined) return true;
    const known = (this.#longTexts ??= new Set());
    if (known.has(text)) return false;
    known.add(text);
    return this.charge(text, textBytes(text, this.profile));
  }

  /** Asks whether to charge a part that others may hold. */
  charge(part: object | string, bytes: number): boolean {
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

  /** Whether an object is met for the first time. It comes either always or never with a fingerprint of its content. */
  isNew(object: object, fingerprint?: number): boolean {
    if (!this.#isTree && !this.#visited.add(object, fingerprint)) return false;
    this.objects++;
    return true;
  }

  /** Adds an object of which a part can't be seen. */
  unseen(bytes: number): void {
    this.bytes += bytes;
    this.opaque++;
  }

  /** Goes back to an earlier state, because what was added since then was known. */
  takeBack(waiting: number, bytes: number, mark: Mark | undefined): void {
    this.stack.length = waiting;
    this.bytes = bytes;
    if (mark !== undefined) this.bands!.back(mark);
  }

  /** An object of a class, or of another realm. */
  #readInstance(object: Fields, proto: object): void {
    if (object === globalThis) return;
    const family = familyOf(object, proto);
    if (family.kind !== "object" || family.hasProxy || SIZE in object) {
      return readOther(this, object, proto);
    }
    this.#readFields(object, proto, false);
    noteClosed(this, family, proto);
  }

  /** An object of which a loop shows the fields: string keys, no prototype that is a proxy. */
  #readFields(object: Fields, proto: object, isDirect: boolean): void {
    const { bytes } = this;
    const waiting = this.stack.length;
    const mark = this.bands?.mark();
    let first = "";
    let count = 0;
    let accessors = 0;
    let fingerprint = 0;
    for (const key in object) {
      let value: unknown;
      if (isDirect) value = object[key];
      else {
        const property = getOwnPropertyDescriptor(object, key);
        // The caller's code may have deleted it meanwhile.
        if (property === undefined) continue;
        value = property.value;
        if (value === undefined && isAccessor(property)) {
          this.accessor(property);
          accessors++;
          continue;
        }
      }
      if (count === 0) {
        if (isDigit(key)) {
          this.takeBack(waiting, bytes, mark);
          return readOther(this, object, proto);
        }
        first = key;
      }
      count++;
      fingerprint = Math.imul(fingerprint, 31) + this.read(value);
      if (count === PREFIX && !this.isNew(object, fingerprint | 0)) {
        return this.takeBack(waiting, bytes, mark);
      }
    }
    if (count < PREFIX && !this.isNew(object, fingerprint | 0)) {
      return this.takeBack(waiting, bytes, mark);
    }
    if (!this.plain) {
      const likeness = (first.length * 31 + first.charCodeAt(0) + count * 7) & (LIKENESSES - 1);
      const names = getOwnPropertyNames(object);
      const hasHidden = names.length > count + accessors;
      if (this.mayHide(likeness) || hasHidden) {
        count += this.found(likeness, hiddenFields(this, object, hasHidden ? names : []));
      }
    }
    this.fields(count, proto === Object.prototype);
  }

  /** Whether to look for hidden keys of one of the objects that are alike, a number below `LIKENESSES`. */
  mayHide(likeness: number): boolean {
    const hidden = this.#hidden;
    const number = hidden[likeness]!;
    if (number === ALWAYS) return true;
    hidden[likeness] = (number + 1) % EVERY;
    return number === 0;
  }

  /** Notes how many hidden fields an object had. Returns their number. */
  found(likeness: number, hidden: number): number {
    if (hidden > 0) this.#hidden[likeness] = ALWAYS;
    return hidden;
  }

  /** Adds a property with getter and setter, which are not called. */
  accessor({ get, set }: PropertyDescriptor): void {
    this.bytes += 3 * this.profile.slot;
    this.read(get);
    this.read(set);
  }

  /** Adds an object with so many fields, which were read. */
  fields(count: number, isPlain: boolean): void {
    const { profile } = this;
    let bytes = profile.objectHeader + profile.slot * count;
    if (count === 0 && isPlain) bytes = profile.emptyObject;
    else if (count >= profile.dictionaryFrom) {
      bytes = profile.objectHeader + profile.dictionary(count);
    }
    this.bytes += aligned(bytes, profile);
    this.bands?.fields(count, bytes);
  }
}

interface Fields {
  [key: string]: unknown;
}

export function isAccessor({ get, set }: PropertyDescriptor): boolean {
  return get !== set;
}

/** Whether a loop over the keys of an object shows some that are not its own. */
function isPolluted(): boolean {
  // oxlint-disable-next-line guard-for-in
  for (const _ in EMPTY) return true;
  return false;
}

const EMPTY = {};

function isDigit(key: string): boolean {
  const code = key.charCodeAt(0);
  return code >= 48 && code <= 57;
}

/** Bytes of what is neither an object nor a function. */
export function primitiveBytes(value: unknown, profile: EngineProfile): number {
  const { smallest, double } = profile;
  if (typeof value === "string") return textBytes(value, profile);
  if (typeof value !== "number") return atomBytes(value, profile);
  return (value | 0) === value && value < smallest && value >= -smallest ? 0 : double;
}

const wellKnown: ReadonlySet<unknown> = /* @__PURE__ */ new Set(
  Object.getOwnPropertyNames(Symbol).map((name) => (Symbol as never)[name]),
);

function atomBytes(value: unknown, profile: EngineProfile): number {
  if (typeof value === "bigint") {
    const digits = (value < 0n ? -value : value).toString(16).length;
    return profile.bigint(value === 0n ? 0 : Math.ceil(digits / 16));
  }
  // Registered and well-known symbols belong to the program.
  if (typeof value !== "symbol" || Symbol.keyFor(value) !== undefined) return 0;
  return wellKnown.has(value) ? 0 : profile.symbol;
}
