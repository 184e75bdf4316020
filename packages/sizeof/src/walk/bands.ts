import { host } from "../host.ts";
import type { EngineProfile } from "../profile/profile.ts";
import { alignedText, textBytes } from "./text.ts";

/** Texts up to here are never trees. */
const FLAT = 12;

/** What the sum of a walk may be off by, because nothing that runs in the engine can know more. */
export class Bands {
  /** What the sum may be too high by. */
  low = 0;
  /** What it may be too low by. */
  high = 0;
  readonly #profile: EngineProfile;

  constructor(profile: EngineProfile) {
    this.#profile = profile;
  }

  clear(): void {
    this.low = this.high = 0;
  }

  add(low: number, high: number): void {
    this.low += low;
    this.high += high;
  }

  /** What may be somebody else's. */
  atom(bytes: number): void {
    this.low += bytes;
  }

  /** A text may be a tree of concatenations that nobody has read yet: up to a node for each character. */
  text(text: string): void {
    const { length } = text;
    if (length < 2) return;
    const { stringHeader, slot } = this.#profile;
    const isWide = textBytes(text, this.#profile) > alignedText(length, this.#profile);
    const node = stringHeader + 2 * slot + (isWide ? 24 : 0);
    if (length > FLAT) this.high += node * (length - FLAT) + 56;
    if (!isWide && host().isOneByte === undefined) this.high += length + slot;
  }

  /** A hash table after deletions, and a box for each number that is small now. */
  fields(count: number, bytes: number): void {
    const { objectHeader, slot, double, dictionary } = this.#profile;
    const room = dictionary(Math.max(count + 3, 8));
    this.add(bytes - (objectHeader + slot * count), objectHeader + room - bytes + count * double);
  }

  /** An object without prototype may be no hash table, or one after deletions. */
  dictionary(count: number): void {
    const { dictionary, slot } = this.#profile;
    const bytes = dictionary(count);
    this.add(bytes - slot * count, dictionary(Math.max(2 * count, 8)) - bytes);
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
