import { host } from "../host.ts";
import type { EngineProfile } from "../profile/profile.ts";
import { lengthOfView, of } from "./intrinsics.ts";
import { readOwn } from "./properties.ts";
import { addFieldList } from "./extras.ts";
import { alignedText } from "./text.ts";
import type { Bounds, Visitor } from "./visitor.ts";
import { getOwnPropertySymbols } from "./object-functions.ts";

/** A text of up to this length is never a tree. */
const LONGEST_FLAT = 12;
/** A view of more elements is searched for symbols only, because a list of its keys takes long. */
const LONGEST_VIEW = 1024;

/**
 * The possible error of the sum of a walk, because the size of some things can't be known from
 * inside the program.
 */
export class ErrorBounds implements Bounds {
  /** Bytes that the sum may be too high by. */
  low = 0;
  /** Bytes that the sum may be too low by. */
  high = 0;
  readonly #profile: EngineProfile;
  /** The buffer of the last view. */
  #buffer: object | undefined;
  /** Bytes of this buffer that the view shows. */
  #shown = 0;

  constructor(profile: EngineProfile) {
    this.#profile = profile;
  }

  add(low: number, high: number): void {
    this.low += low;
    this.high += high;
  }

  addShareable(bytes: number): void {
    this.low += bytes;
  }

  view(visitor: Visitor, view: object, buffer: object, shown: number): void {
    const length = lengthOfView(view) ?? 0;
    // Indices come first in the list.
    const isShort = length <= LONGEST_VIEW;
    const keys = isShort ? Reflect.ownKeys(view).slice(length) : getOwnPropertySymbols(view);
    const own = readOwn(visitor, view, keys);
    if (own.count > 0) addFieldList(visitor, own);
    this.#buffer = buffer;
    this.#shown = shown;
  }

  // The description of a symbol is mostly a text of the program.
  symbol(symbol: symbol): void {
    const { length } = of<string>(Symbol.prototype, "description")(symbol) ?? "";
    this.high += 2 * alignedText(length, this.#profile) + this.#profile.symbol;
  }

  // Other values may keep the bytes that the view does not show. A resizable buffer reserves room.
  buffer(buffer: object, bytes: number, room: number): void {
    this.add(buffer === this.#buffer ? bytes - this.#shown : 0, room - bytes);
  }

  // A text may be a tree of concatenations, with up to one node for each character, until it is
  // read. A text of narrow characters may be a slice of a wide text, if the engine does not say.
  text(text: string, bytes: number): void {
    const { length } = text;
    if (length < 2) return;
    const { stringHeader, slot } = this.#profile;
    const isWide = bytes > alignedText(length, this.#profile);
    const node = stringHeader + 2 * slot + (isWide ? 24 : 0);
    if (length > LONGEST_FLAT) this.high += node * (length - LONGEST_FLAT) + 56;
    if (!isWide && host().isOneByte?.(text) !== true) this.high += length + slot;
  }

  // The fields may be a hash table with room for twice as many. Each number may have a box,
  // although it is small now. Keys and hidden classes may belong to the object alone.
  fields(count: number, characters: number, bytes: number, own: number): void {
    const { objectHeader, slot, double, dictionary } = this.#profile;
    const table = objectHeader + dictionary(Math.max(2 * count, 8));
    this.add(bytes + own - (objectHeader + slot * count), table - bytes + count * double);
    this.shape(count, characters);
  }

  // The keys, with a hidden class for each.
  shape(count: number, characters: number): void {
    const { stringHeader, slot } = this.#profile;
    if (count > 0) this.high += (stringHeader + 15 * slot) * count + 24 * slot + 2 * characters;
  }

  // The fields are a list or a hash table.
  indices(count: number, asList: number, asTable: number, isTable: boolean): void {
    const { slot } = this.#profile;
    if (isTable) {
      const most = Math.max(0, Math.min(asList, 8192 * slot) - asTable) + asTable;
      this.add(asTable - slot * count, most);
    } else this.add(asList - Math.min(asTable, slot * (count + 2)), asList);
  }

  // A literal and its copies share elements that are constants. Pushing leaves room for more
  // elements.
  array(length: number, isConstant: boolean, boxes: number): void {
    const { arrayHeader, emptyArray, slot } = this.#profile;
    const elements = isConstant && length > 0 ? arrayHeader - emptyArray + slot * length : 0;
    this.add(elements, slot * (length + 17) + boxes);
  }

  // The array is a list or a hash table.
  sparse(asList: number, asTable: number, isTable: boolean, isFast: boolean): void {
    const { slot } = this.#profile;
    this.add(
      isTable ? 0 : asList - asTable,
      isFast ? Math.max(0, asList * 1.5 + 20 * slot - asTable) : 0,
    );
  }

  // A table keeps the room of deleted entries. A Set that was filled by `add` may have the room of
  // an empty Set.
  table(size: number, bytesOf: (size: number) => number, isSet: boolean): void {
    const bytes = bytesOf(size);
    this.add(isSet && size <= 4 ? bytes - bytesOf(0) : 0, bytesOf(Math.max(4 * size, 16)) - bytes);
  }
}
