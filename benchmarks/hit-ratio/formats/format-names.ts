/** A kind of trace, as `--format` names it. */
export type FormatName =
  | "lines"
  | "csv"
  | "tsv"
  | "jsonl"
  | "access-log"
  | "twitter"
  | "libcachesim-csv"
  | "oracleGeneral"
  | "arc"
  | "lirs"
  | "u32";

/** A kind of trace, with its texts for the help. */
export interface FormatDescription {
  readonly name: FormatName;
  readonly title: string;
  /** One line of such a file; empty for a binary format. */
  readonly example: string;
}

/** All kinds of traces that can be read. */
export const FORMATS: readonly FormatDescription[] = [
  { name: "lines", title: "one key per line", example: "/products/17" },
  { name: "csv", title: "CSV, one column is the key", example: "2024-05-01,user:17,get" },
  { name: "tsv", title: "the same with tabs", example: "2024-05-01\tuser:17\tget" },
  { name: "jsonl", title: "JSON lines, one field is the key", example: '{"key":"user:17"}' },
  {
    name: "access-log",
    title: "nginx or Apache access log, method and URL are the key",
    example: '127.0.0.1 - - [01/May/2024:10:00:00 +0000] "GET /a HTTP/1.1" 200 12',
  },
  {
    name: "twitter",
    title: "Twitter cache trace, get and gets are requests",
    example: "0,nz:u:eeW511W3dcH3de3d15ec,22,304,18,get,0",
  },
  {
    name: "libcachesim-csv",
    title: "libCacheSim CSV (time, object, size)",
    example: "0, 13053225291711363978, 737, 13",
  },
  {
    name: "oracleGeneral",
    title: "libCacheSim oracleGeneral, binary with 24 bytes per request",
    example: "",
  },
  { name: "arc", title: "ARC trace (start, count, ignored, request)", example: "2048 8 0 17" },
  { name: "lirs", title: "LIRS trace, one block per line and lines of *", example: "2048" },
  { name: "u32", title: "little-endian numbers of 32 bits", example: "" },
];

const OTHER_NAMES: Readonly<Record<string, FormatName>> = {
  text: "lines",
  txt: "lines",
  json: "jsonl",
  ndjson: "jsonl",
  log: "access-log",
  nginx: "access-log",
  apache: "access-log",
  "cache-trace": "twitter",
  libcachesim: "libcachesim-csv",
  oracle: "oracleGeneral",
};

/** The format with a name, in any case, with or without hyphens; undefined if there is none. */
export function findFormat(name: string): FormatName | undefined {
  const plain = (text: string): string => text.toLowerCase().replace(/[-_]/g, "");
  const found = FORMATS.find((format) => plain(format.name) === plain(name))?.name;
  return found ?? Object.entries(OTHER_NAMES).find(([other]) => plain(other) === plain(name))?.[1];
}
