import { host } from "../host.ts";
import type { EngineProfile } from "../profile/profile.ts";
import { lengthOfView, of } from "./intrinsics.ts";
import { readOwn } from "./properties.ts";
import { outOfObject } from "./extras.ts";
import { alignedText } from "./text.ts";
import type { Bounds, Visitor } from "./visitor.ts";
import { getOwnPropertySymbols } from "./object-functions.ts";

/** Texts up to here are never trees. */
const FLAT = 12;
/** Views of more elements are not searched for keys that are no indices. */
const LONGEST_VIEW = 1024;

/** What the sum of a walk may be off by, because nothing that runs in the engine can know more. */
export class ErrorBounds implements Bounds {
  /** What the sum may be too high by. */
  low = 0;
  /** What it may be too low by. */
  high = 0;
  readonly #profile: EngineProfile;

  constructor(profile: EngineProfile) {
    this.#profile = profile;
  }

  /** The buffer of the last view, and the bytes that this shows of it. */
  #buffer: object | undefined;
  #shown = 0;

  add(low: number, high: number): void {
    this.low += low;
    this.high += high;
  }

  /** What may be somebody else's. */
  addShareable(bytes: number): void {
    this.low += bytes;
  }

  /** Notes that a view brings its buffer, and adds what hangs on the view under keys that are no indices. */
  view(visitor: Visitor, view: object, buffer: object, shown: number): void {
    const length = lengthOfView(view) ?? 0;
    // Indices come first. The search of a long view would take longer than all else.
    const isShort = length <= LONGEST_VIEW;
    const keys = isShort ? Reflect.ownKeys(view).slice(length) : getOwnPropertySymbols(view);
    const own = readOwn(visitor, view, keys);
    if (own.count > 0) outOfObject(visitor, own);
    this.#buffer = buffer;
    this.#shown = shown;
  }

  /** The description of a symbol, which is mostly a text of the program. */
  symbol(symbol: symbol): void {
    const { length } = of<string>(Symbol.prototype, "description")(symbol) ?? "";
    this.high += 2 * alignedText(length, this.#profile) + this.#profile.symbol;
  }

  /** What a view does not show of its buffer may be kept by others; a resizable one has reserved room. */
  buffer(buffer: object, bytes: number, room: number): void {
    this.add(buffer === this.#buffer ? bytes - this.#shown : 0, room - bytes);
  }

  /**
   * A text may be a tree of concatenations that nobody has read yet: up to a node for each character. One of
   * narrow characters may be stored as a wide one that it was cut out of, if the engine does not tell.
   */
  text(text: string, bytes: number): void {
    const { length } = text;
    if (length < 2) return;
    const { stringHeader, slot } = this.#profile;
    const isWide = bytes > alignedText(length, this.#profile);
    const node = stringHeader + 2 * slot + (isWide ? 24 : 0);
    if (length > FLAT) this.high += node * (length - FLAT) + 56;
    if (!isWide && host().isOneByte?.(text) !== true) this.high += length + slot;
  }

  /**
   * Fields may be a hash table with room for twice as many; of numbers that are small now each may have a box;
   * keys and hidden classes may be an object's own.
   */
  fields(count: number, characters: number, bytes: number, own: number): void {
    const { objectHeader, slot, double, dictionary } = this.#profile;
    const table = objectHeader + dictionary(Math.max(2 * count, 8));
    this.add(bytes + own - (objectHeader + slot * count), table - bytes + count * double);
    this.shape(count, characters);
  }

  /** Keys that no other object has, with a hidden class for each. */
  shape(count: number, characters: number): void {
    const { stringHeader, slot } = this.#profile;
    if (count > 0) this.high += (stringHeader + 15 * slot) * count + 24 * slot + 2 * characters;
  }

  /** Fields with an index are a list or a hash table. */
  indices(count: number, asList: number, asTable: number, isTable: boolean): void {
    const { slot } = this.#profile;
    if (isTable) {
      const most = Math.max(0, Math.min(asList, 8192 * slot) - asTable) + asTable;
      this.add(asTable - slot * count, most);
    } else this.add(asList - Math.min(asTable, slot * (count + 2)), asList);
  }

  /** Elements of constants are shared with the literal; pushing leaves room for more. */
  array(length: number, isConstant: boolean, boxes: number): void {
    const { arrayHeader, emptyArray, slot } = this.#profile;
    const elements = isConstant && length > 0 ? arrayHeader - emptyArray + slot * length : 0;
    this.add(elements, slot * (length + 17) + boxes);
  }

  /** A long array with holes is a list or a hash table. */
  sparse(asList: number, asTable: number, isTable: boolean, isFast: boolean): void {
    const { slot } = this.#profile;
    this.add(
      isTable ? 0 : asList - asTable,
      isFast ? Math.max(0, asList * 1.5 + 20 * slot - asTable) : 0,
    );
  }

  /** A table has room for what was deleted; a Set that add() filled may have the room of an empty one. */
  table(size: number, bytesOf: (size: number) => number, isSet: boolean): void {
    const bytes = bytesOf(size);
    this.add(isSet && size <= 4 ? bytes - bytesOf(0) : 0, bytesOf(Math.max(4 * size, 16)) - bytes);
  }
}
