/// <reference types="node" />
import { textDecoderClass } from "../host/web-globals.ts";
import type { Columns } from "./columns.ts";
import { HeapSnapshotError } from "./errors.ts";
import { readHeader, type Header } from "./header.ts";
import {
  EdgeSection,
  LocationSection,
  NodeSection,
  type NumberSection,
} from "./number-sections.ts";
import { isSpace, NumberScanner } from "./number-scanner.ts";
import { StringCollector, type StringTable } from "./string-table.ts";

/** The part of the file to which the next byte belongs. */
type State =
  | "start"
  | "first-key"
  | "key"
  | "key-text"
  | "colon"
  | "value"
  | "header"
  | "skipped"
  | "numbers"
  | "strings"
  | "comma-or-end"
  | "end";

/** A header has about 2 kB. */
const MAX_HEADER = 1 << 20;
const MAX_KEY = 64;

const QUOTE = 34;
const COMMA = 44;
const COLON = 58;
const OPEN_LIST = 91;
const BACKSLASH = 92;
const CLOSE_LIST = 93;
const OPEN_OBJECT = 123;
const CLOSE_OBJECT = 125;

/**
 * Reads the bytes of a `.heapsnapshot` into columns, in pieces of any length. No text of more than
 * the header is ever made.
 *
 * Source: `HeapSnapshotJSONSerializer` of V8, which writes the header first and the strings last.
 */
export class SnapshotParser {
  #state: State = "start";
  /** Bytes before the present piece. */
  #offset = 0;
  /** Text of a key, or of the header. */
  #text = "";
  readonly #decoder = new (textDecoderClass())();
  /** Depth and position in a string, of a value that is skipped. */
  #depth = 0;
  #isInString = false;
  #isEscaped = false;

  readonly #seen: Set<string> = new Set();
  #header: Header | undefined;
  #nodes: NodeSection | undefined;
  #edges: EdgeSection | undefined;
  #locations: LocationSection | undefined;
  #strings: StringTable | undefined;

  #section: NumberSection | undefined;
  #collector: StringCollector | undefined;
  readonly #scanner = new NumberScanner();

  /** Takes the next bytes, and keeps none of them. */
  push(bytes: Uint8Array): void {
    let at = 0;
    while (at < bytes.length) at = this.#step(bytes, at);
    this.#offset += bytes.length;
  }

  /** Returns the columns after the last bytes. */
  finish(): Columns {
    if (this.#offset === 0) throw new HeapSnapshotError("empty", "there are no bytes");
    if (this.#state === "start") throw this.#foreign(this.#offset);
    if (this.#state !== "end") {
      const detail = "the bytes end too early, expected the strings and a closing bracket";
      throw new HeapSnapshotError("truncated", detail, this.#offset);
    }
    const header = this.#header;
    const nodes = this.#nodes;
    const edges = this.#edges;
    const strings = this.#strings;
    if (header === undefined) throw this.#foreign(this.#offset);
    if (nodes === undefined || edges === undefined || strings === undefined)
      throw this.#damaged("a section is missing, expected nodes, edges and strings", 0);
    if (header.nodeCount === 0) throw this.#damaged("there are 0 nodes, expected a root", 0);
    const lastName = Math.max(nodes.lastName, edges.lastName);
    if (lastName >= strings.length)
      throw this.#damaged(`string ${lastName} is missing: there are ${strings.length}`, 0);
    return {
      nodeCount: header.nodeCount,
      edgeCount: header.edgeCount,
      kindNames: header.kindNames,
      nodeKinds: nodes.kinds,
      nodeNames: nodes.names,
      nodeIds: nodes.ids,
      selfBytes: nodes.selfBytes,
      detachedness: nodes.detachedness,
      firstEdges: nodes.firstEdges,
      edgeKindNames: header.edgeKindNames,
      edgeKinds: edges.kinds,
      edgeNames: edges.names,
      edgeTargets: edges.targets,
      locations: this.#locations?.locations ?? new Uint32Array(0),
      strings,
    };
  }

  /** Reads from `at` to the end of a part, and returns where that is. */
  #step(bytes: Uint8Array, at: number): number {
    switch (this.#state) {
      case "header":
        return this.#takeHeader(bytes, at);
      case "skipped":
        return this.#skip(bytes, at);
      case "numbers":
        return this.#takeNumbers(bytes, at);
      case "strings":
        return this.#takeStrings(bytes, at);
      case "key-text":
        return this.#takeKey(bytes, at);
      default: {
        const byte = bytes[at]!;
        if (isSpace(byte)) return at + 1;
        return this.#takeMark(byte, at);
      }
    }
  }

  /** Takes a byte between the parts. */
  #takeMark(byte: number, at: number): number {
    switch (this.#state) {
      case "start":
        if (byte !== OPEN_OBJECT) throw this.#foreign(this.#offset + at);
        this.#state = "first-key";
        return at + 1;
      case "first-key":
      case "key":
        if (byte === CLOSE_OBJECT && this.#state === "first-key")
          throw this.#foreign(this.#offset + at);
        if (byte !== QUOTE) throw this.#unexpected(byte, at, "the name of a section");
        this.#text = "";
        this.#state = "key-text";
        return at + 1;
      case "colon":
        if (byte !== COLON) throw this.#unexpected(byte, at, "a colon");
        this.#state = "value";
        return at + 1;
      case "value":
        return this.#begin(byte, at);
      case "comma-or-end":
        if (byte === COMMA) this.#state = "key";
        else if (byte === CLOSE_OBJECT) this.#state = "end";
        else throw this.#unexpected(byte, at, "a comma or a closing bracket");
        return at + 1;
      default:
        throw this.#unexpected(byte, at, "nothing after the closing bracket");
    }
  }

  #takeKey(bytes: Uint8Array, at: number): number {
    const byte = bytes[at]!;
    if (byte === QUOTE) {
      if (this.#seen.has(this.#text)) throw this.#damaged(`section ${this.#text} comes twice`, at);
      this.#seen.add(this.#text);
      this.#state = "colon";
    } else {
      this.#text += String.fromCharCode(byte);
      if (this.#text.length > MAX_KEY) throw this.#foreign(this.#offset + at);
    }
    return at + 1;
  }

  /** Begins the value of the section whose name was read, at its first byte. */
  #begin(byte: number, at: number): number {
    const key = this.#text;
    this.#text = "";
    this.#depth = 0;
    if (key === "snapshot") {
      if (byte !== OPEN_OBJECT) throw this.#unexpected(byte, at, "an object as the header");
      this.#state = "header";
      return at;
    }
    // Other files of the tools, such as CPU profiles, have sections of these names too.
    if (this.#header === undefined) throw this.#foreign(this.#offset + at);
    this.#section = this.#sectionOf(key, this.#header);
    if (this.#section === undefined && key !== "strings") {
      this.#state = "skipped";
      return at;
    }
    if (byte !== OPEN_LIST) throw this.#unexpected(byte, at, `a list as the section ${key}`);
    if (this.#section === undefined) this.#collector = new StringCollector();
    this.#state = this.#section === undefined ? "strings" : "numbers";
    return at + 1;
  }

  #sectionOf(key: string, header: Header): NumberSection | undefined {
    switch (key) {
      case "nodes":
        return (this.#nodes = new NodeSection(header));
      case "edges":
        return (this.#edges = new EdgeSection(header));
      case "locations":
        if (header.location === undefined) return undefined;
        return (this.#locations = new LocationSection(header, header.location.width));
      default:
        return undefined;
    }
  }

  #takeHeader(bytes: Uint8Array, at: number): number {
    const end = this.#skip(bytes, at);
    const isWhole = this.#state === "comma-or-end";
    this.#text += this.#decoder.decode(bytes.subarray(at, end), { stream: !isWhole });
    if (this.#text.length > MAX_HEADER) throw this.#damaged("its header has no end", end);
    if (isWhole) this.#header = readHeader(this.#text, this.#offset + end);
    return end;
  }

  /** Passes over a value, up to its end. */
  #skip(bytes: Uint8Array, at: number): number {
    for (; at < bytes.length; at++) {
      const byte = bytes[at]!;
      if (this.#isInString) {
        if (this.#isEscaped) this.#isEscaped = false;
        else if (byte === BACKSLASH) this.#isEscaped = true;
        else if (byte === QUOTE) this.#isInString = false;
      } else if (byte === QUOTE) {
        this.#isInString = true;
      } else if (byte === OPEN_LIST || byte === OPEN_OBJECT) {
        this.#depth += 1;
      } else if (byte === CLOSE_LIST || byte === CLOSE_OBJECT) {
        // A value that is no list and no object ends with the object around it.
        if (this.#depth === 0) {
          this.#state = "comma-or-end";
          return at;
        }
        this.#depth -= 1;
        if (this.#depth === 0) {
          this.#state = "comma-or-end";
          return at + 1;
        }
      } else if (byte === COMMA && this.#depth === 0) {
        this.#state = "comma-or-end";
        return at;
      }
    }
    return at;
  }

  #takeNumbers(bytes: Uint8Array, at: number): number {
    const scanner = this.#scanner;
    at = scanner.scan(bytes, at);
    if (scanner.isFull || at === bytes.length) {
      this.#store(at);
      return at;
    }
    if (bytes[at] !== CLOSE_LIST || scanner.isInNumber)
      throw this.#unexpected(bytes[at]!, at, "a number");
    this.#store(at);
    if (scanner.count > 0) throw this.#damaged("the last row of a section is cut", at);
    this.#section!.finish(this.#offset + at);
    this.#state = "comma-or-end";
    return at + 1;
  }

  /** Stores the whole rows of the batch. */
  #store(at: number): void {
    const section = this.#section!;
    const { batch, count } = this.#scanner;
    const whole = count - (count % section.width);
    if (whole === 0) return;
    section.take(batch, whole, this.#offset + at);
    this.#scanner.shift(whole);
  }

  #takeStrings(bytes: Uint8Array, at: number): number {
    const end = this.#collector!.take(bytes, at);
    if (end === bytes.length) return end;
    const byte = bytes[end]!;
    if (byte !== CLOSE_LIST) throw this.#unexpected(byte, end, "a string");
    this.#strings = this.#collector!.finish();
    if (this.#strings === undefined) throw this.#damaged("there are over 4 GB of strings", end);
    this.#state = "comma-or-end";
    return end + 1;
  }

  #damaged(detail: string, at: number): HeapSnapshotError {
    return new HeapSnapshotError("damaged", detail, this.#offset + at);
  }

  #unexpected(byte: number, at: number, wanted: string): HeapSnapshotError {
    const found =
      byte > 32 && byte < 127 ? JSON.stringify(String.fromCharCode(byte)) : `byte ${byte}`;
    return this.#damaged(`found ${found}, expected ${wanted}`, at);
  }

  #foreign(offset: number): HeapSnapshotError {
    const detail = 'it is another kind of file, expected one that starts with {"snapshot":';
    return new HeapSnapshotError("foreign", detail, offset);
  }
}
