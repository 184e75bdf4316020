/** Recognizes a file by its first bytes, and makes its reader. */
import { isUtf8 } from "node:buffer";
import { basename } from "node:path";
import type { ReadOptions } from "../trace-file.ts";
import { BadTrace, countOf, ForeignFile } from "./bad-trace.ts";
import { fieldNames, guessField, listNames } from "./choose-key.ts";
import { refuseForeignBinary, refuseForeignText } from "./foreign-files.ts";
import type { FormatName } from "./format-names.ts";
import { createJsonLineReader, fieldOf, parseRecord } from "./json-lines.ts";
import { KeyLinesReader } from "./key-lines.ts";
import {
  createLineReader,
  readArcLine,
  readLirsLine,
  readLogLine,
  readTwitterLine,
} from "./line-readers.ts";
import {
  createOracleReader,
  createU32Reader,
  isNumbered,
  looksLikeOracle,
  looksLikeU32,
} from "./number-readers.ts";
import { isCutRecord, recognizeText } from "./recognize-text.ts";
import type { RequestSink } from "./request-sink.ts";
import { planTable } from "./table-plan.ts";
import type { Encoding } from "./text-decoder.ts";
import { decodeSample, readMark } from "./text-decoder.ts";
import type { TraceReader } from "./trace-reader.ts";

/** The recognized format of a file. */
export interface Recognition {
  readonly format: FormatName;
  /** Whether the format was found without `--format`. */
  readonly isGuessed: boolean;
  /** The description of the key, if the format has several candidates. */
  readonly key?: string;
  /** The options that had an effect. */
  readonly used: readonly (keyof ReadOptions)[];
  /** Undefined for a binary format. */
  readonly text?: { readonly encoding: Encoding; readonly markLength: number };
  open(sink: RequestSink): TraceReader;
}

/** The first bytes of a file, unpacked. */
export interface Sample {
  readonly path: string;
  readonly bytes: Buffer;
  /** Whether the sample is the whole file. */
  readonly isWhole: boolean;
}

const BINARY: readonly FormatName[] = ["u32", "oracleGeneral"];

/** The ending of a name in lower case. The ending of a packed file is removed first. */
export function endingOf(path: string): string {
  const name = basename(path).replace(/\.(gz|gzip|zst|zstd)$/i, "");
  return /[^.](\.[^.]+)$/.exec(name)?.[1]?.toLowerCase() ?? "";
}

/**
 * Recognizes a file by its content. Its name decides only if the content is not enough.
 * @throws {BadTrace} if the file is not a trace, or if the user must name the key.
 */
export function recognize(sample: Sample, options: ReadOptions): Recognition {
  const { format } = options;
  const isBinary = isBinaryData(sample.bytes, options) || isNamedU32(sample);
  const isForced = format !== undefined && BINARY.includes(format);
  if (isForced || (isBinary && format === undefined)) {
    const found = isForced ? format : recognizeBinary(sample);
    const open = found === "u32" ? createU32Reader : createOracleReader;
    return { format: found, isGuessed: !isForced, used: isForced ? ["format"] : [], open };
  }
  if (isBinary) throw new BadTrace("a binary file", textOf(format));
  return recognizeLines(sample, options);
}

/** Throws a ForeignFile if a file in a folder is not a trace, even if `--format` is set. */
export function refuseForeign(sample: Sample, options: ReadOptions): void {
  const { format } = options;
  if (format === undefined) return void recognize(sample, options);
  const { bytes, path } = sample;
  if (isBinaryData(bytes, options)) {
    refuseForeignBinary(bytes);
    if (!BINARY.includes(format)) throw new ForeignFile("binary data", textOf(format));
  } else if (format !== "lines") {
    refuseForeignText(bytes.toString(), endingOf(path));
  }
}

/** The expected form of a text of this format, for an error. */
export function textOf(format: FormatName | undefined): string {
  return format === "lines" ? "text with one key per line" : "text";
}

function isBinaryData(bytes: Buffer, { encoding }: ReadOptions): boolean {
  const mark = readMark(bytes);
  const isWide = (mark?.encoding ?? encoding ?? "").startsWith("utf16");
  if (isWide) {
    const text = decodeSample(bytes, mark?.encoding ?? "utf16le", mark?.length ?? 0);
    return text.includes("\0");
  }
  if (bytes.includes(0)) return true;
  // The end of the sample may be cut in the middle of a character, which does not matter here.
  if (isUtf8(bytes)) return false;
  const controls = bytes.reduce((count, byte) => count + (isControl(byte) ? 1 : 0), 0);
  return controls > 0.02 * bytes.length;
}

/** Whether a file has the ending .u32, and its content is not certainly text. */
function isNamedU32({ path, bytes }: Sample): boolean {
  if (endingOf(path) !== ".u32") return false;
  return !/[\r\n]/.test(bytes.toString("latin1")) || !isUtf8(bytes) || bytes.some(isControl);
}

function isControl(byte: number): boolean {
  return byte < 9 || (byte > 13 && byte < 32) || byte === 127;
}

function recognizeBinary({ path, bytes }: Sample): "u32" | "oracleGeneral" {
  const ending = endingOf(path);
  if (ending === ".u32") return "u32";
  if (/oracleGeneral/i.test(basename(path))) return "oracleGeneral";
  refuseWideText(bytes);
  if (ending === ".txt") throw new BadTrace("a binary file", textOf("lines"));
  refuseForeignBinary(bytes);
  if (isNumbered(bytes)) return "u32";
  if (looksLikeOracle(bytes)) return "oracleGeneral";
  if (looksLikeU32(bytes)) return "u32";
  refuseZeros(bytes);
  throw new ForeignFile(
    "binary data of no known kind",
    "--format u32 or oracleGeneral if the data have that format",
  );
}

/** Throws if nearly every other byte is 0, as in UTF-16 text of most languages. */
function refuseWideText(bytes: Buffer): void {
  const half = Math.floor(bytes.length / 2);
  const zerosFrom = (start: number): number => {
    let zeros = 0;
    for (let at = start; at < 2 * half; at += 2) if (bytes[at] === 0) zeros += 1;
    return zeros;
  };
  const isText = (odd: number): boolean =>
    half > 1 && zerosFrom(odd) > 0.7 * half && zerosFrom(1 - odd) < 0.01 * half;
  const found = "text of two bytes per character";
  if (isText(1)) throw new BadTrace(`${found} without a mark`, "--encoding utf16le");
  if (isText(0))
    throw new BadTrace(
      `${found}, the high one first, without a mark`,
      "UTF-8 or a byte order mark",
    );
}

/** Throws if a text has zeros, like a log that was truncated while a program continued to write. */
function refuseZeros(bytes: Buffer): void {
  const text = bytes.filter((byte) => byte !== 0);
  if (!(text.includes(10) || text.includes(13)) || text.some(isControl)) return;
  const zeros = (bytes.length - text.length).toLocaleString("en");
  throw new BadTrace(
    `text with bytes that are 0 (${zeros} in the first ${countOf(bytes.length, "byte")})`,
    "text without them, as from tr -d '\\000'",
  );
}

function recognizeLines(sample: Sample, options: ReadOptions): Recognition {
  const { path, bytes, isWhole } = sample;
  const mark = readMark(bytes);
  const encoding = mark?.encoding ?? options.encoding ?? "utf8";
  const markLength = mark?.length ?? 0;
  const decoded = decodeSample(bytes, encoding, markLength);
  if (options.format === undefined) refuseForeignText(decoded, endingOf(path));
  // The last line may be cut off.
  const text = isWhole ? decoded : decoded.slice(0, lastLineEnd(decoded) || undefined);
  const found = recognizeText(text, endingOf(path), options);
  if (options.format === undefined && endingOf(path) === ".json" && found !== "jsonl")
    throw new ForeignFile("a JSON document", "JSON lines, as from jq -c '.[]'");
  const used: (keyof ReadOptions)[] = [];
  if (options.format !== undefined) used.push("format");
  if (options.encoding !== undefined && mark === undefined) used.push("encoding");
  const shared = {
    format: found,
    isGuessed: options.format === undefined,
    text: { encoding, markLength },
  };
  if (found === "jsonl") {
    const { field, isGuessed } = planField(text, options);
    return {
      ...shared,
      key: `field "${field}"${isGuessed ? " (guessed)" : ""}`,
      used: isGuessed ? used : [...used, "field"],
      open: (sink) => createLineReader(sink, createJsonLineReader(field)),
    };
  }
  if (found === "csv" || found === "tsv" || found === "libcachesim-csv") {
    const plan = planTable(text, found, options);
    return { ...shared, key: plan.key, used: [...used, ...plan.used], open: plan.open };
  }
  return { ...shared, used, open: (sink) => openLines(found, sink) };
}

function openLines(format: FormatName, sink: RequestSink): TraceReader {
  if (format === "access-log") return createLineReader(sink, readLogLine);
  if (format === "twitter") return createLineReader(sink, readTwitterLine);
  if (format === "arc") return createLineReader(sink, readArcLine);
  if (format === "lirs") return createLineReader(sink, readLirsLine);
  return new KeyLinesReader(sink);
}

function lastLineEnd(text: string): number {
  return Math.max(text.lastIndexOf("\n"), text.lastIndexOf("\r")) + 1;
}

function planField(
  text: string,
  { field: given }: ReadOptions,
): { field: string; isGuessed: boolean } {
  const parsed = text.split(/\r\n|\n|\r/).map(parseRecord);
  const records = parsed.filter((record) => record !== undefined);
  const names = listNames(fieldNames(records, 9));
  if (given !== undefined) {
    if (records.length > 0 && records.every((record) => fieldOf(record, given) === undefined))
      throw new BadTrace(`no field "${given}"`, `--field with one of ${names}`);
    return { field: given, isGuessed: false };
  }
  const guessed = guessField(records);
  if (guessed === undefined) {
    if (records.length > 0)
      throw new BadTrace("no field that is certainly the key", `--field with one of ${names}`);
    if (isCutRecord(text))
      throw new BadTrace(
        `a first line that is longer than ${text.length.toLocaleString("en")} bytes`,
        "--field with the name of the key",
      );
    throw new BadTrace("no line with a JSON object", "JSON lines");
  }
  return { field: guessed, isGuessed: true };
}
