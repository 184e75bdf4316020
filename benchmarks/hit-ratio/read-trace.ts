import { basename } from "node:path";
import { BadTrace, countOf, NoKeys } from "./formats/bad-trace.ts";
import { MemoryStore } from "./formats/id-stores.ts";
import type { Recognition } from "./formats/recognize.ts";
import { recognize, textOf } from "./formats/recognize.ts";
import type { IdStore } from "./formats/request-sink.ts";
import { MOST_REQUESTS, RequestSink } from "./formats/request-sink.ts";
import { createDecoder } from "./formats/text-decoder.ts";
import type { TraceReader } from "./formats/trace-reader.ts";
import type { Container, OpenTrace } from "./formats/unpack.ts";
import { openTrace } from "./formats/unpack.ts";
import type { ReadOptions, TraceFile } from "./trace-file.ts";
import { failTrace } from "./trace-file.ts";
import type { Trace } from "./trace.ts";
import { capacitiesOf } from "./trace.ts";

/** The facts that reading a file has found. */
export interface ReadReport {
  /** The format and the counts, in one line with the path. */
  readonly understood: string;
  /** Warnings, one per line. */
  readonly warnings: string[];
}

/** A file to read. The fields that only a list of traces knows are optional. */
export type TracePath = Pick<TraceFile, "path" | "requests" | "options"> & { name?: string };

const KINDS: Readonly<Record<Recognition["format"], string>> = {
  lines: "one key per line",
  csv: "CSV",
  tsv: "TSV",
  jsonl: "JSON lines",
  "access-log": "access log",
  twitter: "Twitter cache trace",
  "libcachesim-csv": "libCacheSim CSV",
  oracleGeneral: "oracleGeneral",
  arc: "ARC trace",
  lirs: "LIRS trace",
  u32: "u32",
};

const KEYS: Partial<Record<Recognition["format"], string>> = {
  "access-log": "method and URL",
  arc: "block number",
  twitter: "the second column of get and gets",
};

const BYTES_PER_REQUEST: Partial<Record<Recognition["format"], number>> = {
  u32: 4,
  oracleGeneral: 24,
};

/**
 * Reads a trace into memory, 4 bytes per request. While it is read it can take 8.
 * @throws {Error} with one line if the file is empty, cut off, of another kind, or not as long as
 * its manifest says.
 */
export async function readTrace(file: TracePath): Promise<Trace & ReadReport> {
  let store: MemoryStore | undefined;
  const { keys, report } = await readRequests(file, (expected) => {
    store = new MemoryStore(expected);
    return store;
  });
  return { name: file.name ?? basename(file.path), ids: store!.take(), keys, ...report };
}

/** The result of reading into a store. */
export interface ReadResult {
  readonly requests: number;
  readonly keys: number;
  readonly report: ReadReport;
  readonly used: readonly (keyof ReadOptions)[];
}

/**
 * Reads a trace into a store.
 * @param createStore is called with the number of requests, or 0 if it is not known yet.
 */
export async function readRequests(
  { path, requests, options = {} }: TracePath,
  createStore: (expected: number) => IdStore,
): Promise<ReadResult> {
  const trace = await openTrace(path);
  try {
    if (trace.sample.length === 0) throw new NoKeys();
    const found = recognize({ path, bytes: trace.sample, isWhole: trace.isWhole }, options);
    const sink = new RequestSink(createStore(expectedRequests(trace, found)));
    await readAll(trace, found, sink);
    refuseNone(sink, found);
    if (requests !== undefined && sink.requests !== requests)
      failTrace(path, `${sink.requests} requests`, `${requests} as manifest.json says`);
    const report = reportOf(path, trace.container, found, sink);
    return { requests: sink.requests, keys: sink.keys, report, used: found.used };
  } catch (error) {
    if (error instanceof BadTrace) failTrace(path, error.found, error.expected, error);
    if (error instanceof RangeError && /allocation failed|array length/i.test(error.message))
      failTrace(path, "more requests or keys than memory has room for", "a part of it", error);
    throw error;
  } finally {
    await trace.close();
  }
}

/** The number of requests of a binary file, if its size determines it. */
function expectedRequests({ container, size }: OpenTrace, { format }: Recognition): number {
  const bytes = BYTES_PER_REQUEST[format];
  if (bytes === undefined || container !== "plain") return 0;
  const expected = Math.floor(size / bytes);
  if (expected <= MOST_REQUESTS) return expected;
  const most = MOST_REQUESTS.toLocaleString("en");
  throw new BadTrace(countOf(expected, "request"), `at most ${most}, as in a part of it`);
}

async function readAll(trace: OpenTrace, found: Recognition, sink: RequestSink): Promise<void> {
  const reader = found.open(sink);
  if (found.text === undefined) {
    for await (const chunk of trace.chunks) await reader.push(chunk);
  } else {
    await readText(trace, found, found.text, reader);
  }
  await reader.end();
  sink.end();
}

async function readText(
  trace: OpenTrace,
  { format }: Recognition,
  { encoding, markLength }: NonNullable<Recognition["text"]>,
  reader: TraceReader,
): Promise<void> {
  const decoder = createDecoder(encoding, markLength);
  const push = async (bytes: Uint8Array): Promise<void> => {
    if (bytes.includes(0)) throw new BadTrace("a binary file", textOf(format));
    await reader.push(bytes);
  };
  for await (const chunk of trace.chunks) await push(decoder.decode(chunk));
  await push(decoder.end());
}

function refuseNone(sink: RequestSink, { format }: Recognition): void {
  if (sink.requests > 0) return;
  if (sink.isBlank) throw new NoKeys();
  throw new BadTrace(
    `no request in it (${sink.describe()}) as ${KINDS[format]}`,
    "another --format, or another file",
  );
}

function reportOf(
  path: string,
  container: Container,
  found: Recognition,
  sink: RequestSink,
): ReadReport {
  const { format, isGuessed, text } = found;
  const key = found.key ?? KEYS[format];
  const parts = [
    `${KINDS[format]} (${isGuessed ? "guessed" : "by --format"})`,
    ...(container === "plain" ? [] : [container]),
    ...(text === undefined || text.encoding === "utf8" ? [] : [text.encoding]),
    ...(key === undefined ? [] : [`key: ${key}`]),
  ];
  const warnings = warningsOf(found, sink).map((warning) => `${path}: ${warning}`);
  return { understood: `${path}: ${parts.join(", ")}; ${sink.describe()}`, warnings };
}

function warningsOf({ format }: Recognition, { requests, keys, skipped }: RequestSink): string[] {
  const warnings: string[] = [];
  const advice = ADVICE[format] ?? "is this the right --format?";
  const all = countOf(requests, "request");
  if (requests > 1 && keys === requests)
    warnings.push(`all ${all} have different keys, so no cache can hit: ${advice}`);
  else if (requests - keys < 0.01 * requests && requests > 1)
    warnings.push(`${countOf(keys, "different key")} in ${all}, so nearly no hits: ${advice}`);
  if (keys === 1)
    warnings.push(`only one key in ${all}, so all caches have the same hits: ${advice}`);
  if (skipped > requests)
    warnings.push(`more lines skipped than read: is this the right --format?`);
  return warnings;
}

const ADVICE: Partial<Record<Recognition["format"], string>> = {
  lines: "is the key a whole line? --column or --field names a part, --format the format",
  csv: "is this the right column? --column chooses another",
  tsv: "is this the right column? --column chooses another",
  "libcachesim-csv": "is this the right column? --column chooses another",
  jsonl: "is this the right field? --field chooses another",
};

/** The cache sizes of a trace: the sizes of the manifest, else by its number of keys. */
export function sizesOf(
  file: Pick<TraceFile, "capacities">,
  trace: Pick<Trace, "keys">,
): readonly number[] {
  return file.capacities ?? capacitiesOf(trace);
}
