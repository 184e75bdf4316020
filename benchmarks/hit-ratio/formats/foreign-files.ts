import { ForeignFile } from "./bad-trace.ts";

/** First bytes of files that people keep next to traces. */
const KINDS: readonly (readonly [string, string | readonly number[], number?])[] = [
  ["a PNG picture", [0x89, 0x50, 0x4e, 0x47]],
  ["a JPEG picture", [0xff, 0xd8, 0xff]],
  ["a GIF picture", "GIF8"],
  ["a PDF document", "%PDF-"],
  ["a zip file", "PK\u0003\u0004"],
  ["a 7z file", [0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c]],
  ["a RAR file", "Rar!\u001A"],
  ["an xz file", [0xfd, 0x37, 0x7a, 0x58, 0x5a]],
  ["a bzip2 file", "BZh"],
  ["an lz4 file", [0x04, 0x22, 0x4d, 0x18]],
  ["a tar archive", "ustar", 257],
  ["a program", [0x7f, 0x45, 0x4c, 0x46]],
  ["a SQLite database", "SQLite format 3"],
  ["a Parquet file", "PAR1"],
  ["a picture or sound", "RIFF"],
  // 0x123456789abcdef0, little-endian.
  ["a libCacheSim lcs trace", [0xf0, 0xde, 0xbc, 0x9a, 0x78, 0x56, 0x34, 0x12]],
];

const ADVICE: Readonly<Record<string, string>> = {
  "an xz file": "a trace: unpack it with xz -d first",
  "a bzip2 file": "a trace: unpack it with bzip2 -d first",
  "an lz4 file": "a trace: unpack it with lz4 -d first",
  "a zip file": "a trace: unpack it first",
  "a 7z file": "a trace: unpack it first",
  "a RAR file": "a trace: unpack it first",
  "a tar archive": "a trace: unpack it with tar -x first",
  "a libCacheSim lcs trace": "the output of traceConv --output-format=oracleGeneral",
};

/** Throws if a binary file is known to be of another kind. */
export function refuseForeignBinary(sample: Buffer): void {
  const match = KINDS.find(([, magic, at = 0]) => {
    const bytes = typeof magic === "string" ? Buffer.from(magic, "latin1") : Buffer.from(magic);
    return sample.subarray(at, at + bytes.length).equals(bytes);
  });
  if (match) throw new ForeignFile(match[0], ADVICE[match[0]] ?? "a trace");
}

/**
 * Throws if a text is known to be of another kind. A `.json` file is a trace only with several
 * lines.
 */
export function refuseForeignText(text: string, ending: string): void {
  const start = text.slice(0, 1024).trimStart();
  if (/^<(!doctype html|html)/i.test(start))
    throw new ForeignFile("an HTML page", "a trace (did a download fail?)");
  if (/^<(\?xml|!--|svg)/i.test(start)) throw new ForeignFile("an XML document", "a trace");
  if (start.startsWith("%PDF-")) throw new ForeignFile("a PDF document", "a trace");
  const isOneLine = ending === ".json" && !/[\r\n]\s*\S/.test(text);
  if (isOneLine || /^[[{]\s*([\r\n]|[[{]|$)/.test(start))
    throw new ForeignFile("a JSON document", "JSON lines, as from jq -c '.[]'");
}
