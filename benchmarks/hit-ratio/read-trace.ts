import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { gunzipSync } from "node:zlib";
import type { Trace } from "./trace.ts";
import { capacitiesOf, numberKeys, traceOf } from "./trace.ts";

/** What `manifest.json` may say of a trace beside it. */
interface ManifestEntry {
  readonly name: string;
  readonly file: string;
  readonly title?: string;
  readonly requests?: number;
  readonly keys?: number;
  readonly capacities?: readonly number[];
}

/** A trace in a folder, not read yet. */
export interface TraceFile {
  readonly name: string;
  readonly path: string;
  /** What was recorded; empty where the folder does not say. */
  readonly title: string;
  /** Cache sizes from the manifest; by the number of keys where it has none. */
  readonly capacities?: readonly number[];
  /** Number of requests that the manifest promises. */
  readonly requests?: number;
}

const NUMBERS = [".u32.gz", ".u32"];
const TEXTS = [".txt.gz", ".txt"];
const ENDINGS = [...NUMBERS, ...TEXTS];
// Weights of the requests of another file, in the same format.
const SIZES = /\.sizes\.u32(\.gz)?$/;
const DOCUMENTS = /(\.md|\.json|^LICEN[CS]E.*)$/i;

function fail(path: string, found: string, expected: string): never {
  throw new Error(`Cannot read trace ${path}: ${found}, expected ${expected}`);
}

/** Lists the traces of a folder by name: those of its `manifest.json` if there is one, else all its files. */
export function listTraces(folder: string): TraceFile[] {
  let files: string[];
  try {
    files = readdirSync(folder).sort();
  } catch (error) {
    throw new Error(
      `Cannot read traces: ${folder} is not a readable folder, expected one with trace files`,
      {
        cause: error,
      },
    );
  }
  if (files.includes("manifest.json")) return readManifest(folder, files);
  const traces = files.filter(
    (file) => !DOCUMENTS.test(file) && !SIZES.test(file) && !file.startsWith("."),
  );
  if (traces.length === 0) {
    throw new Error(
      `Cannot read traces: ${folder} holds none, expected files that end in ${ENDINGS.join(", ")}`,
    );
  }
  return traces.map((file) => {
    const ending = ENDINGS.find((end) => file.endsWith(end));
    if (!ending)
      fail(
        join(folder, file),
        "an unknown kind of file",
        `a name that ends in ${ENDINGS.join(", ")}`,
      );
    return { name: file.slice(0, -ending.length), path: join(folder, file), title: "" };
  });
}

function readManifest(folder: string, files: readonly string[]): TraceFile[] {
  const path = join(folder, "manifest.json");
  let traces: readonly ManifestEntry[] | undefined;
  try {
    traces = (JSON.parse(readFileSync(path, "utf8")) as { traces?: readonly ManifestEntry[] })
      .traces;
  } catch (error) {
    throw new Error(`Cannot read ${path}: ${String(error)}, expected JSON`, { cause: error });
  }
  const named =
    Array.isArray(traces) &&
    traces.every((entry) => typeof entry?.name === "string" && typeof entry.file === "string");
  if (!named || traces!.length === 0) {
    throw new Error(
      `Cannot read ${path}: no list of traces, expected "traces" with a name and a file for each`,
    );
  }
  return traces!.map(({ name, file, title = "", requests, capacities }) => {
    if (!files.includes(file))
      fail(join(folder, file), "no such file", "the file that manifest.json names");
    return {
      name,
      path: join(folder, file),
      title,
      ...(capacities && { capacities }),
      ...(requests !== undefined && { requests }),
    };
  });
}

function unpack(path: string): Buffer {
  const bytes = readFileSync(path);
  if (bytes.length === 0) fail(path, "an empty file", "at least one key");
  if (!path.endsWith(".gz")) return bytes;
  try {
    return gunzipSync(bytes);
  } catch (error) {
    const { message, code } = error as NodeJS.ErrnoException;
    if (code === "Z_BUF_ERROR") fail(path, "a truncated file", "a whole gzip file");
    fail(path, message, "a whole gzip file");
  }
}

function readNumbers(path: string, name: string): Trace {
  const bytes = unpack(path);
  if (bytes.length === 0) fail(path, "no keys", "at least one key");
  if (bytes.length % 4 !== 0) {
    fail(path, `${bytes.length} bytes`, "little-endian 32-bit numbers, a multiple of 4 bytes");
  }
  const ids = new Uint32Array(bytes.length / 4);
  for (let i = 0; i < ids.length; i += 1) ids[i] = bytes.readUInt32LE(4 * i);
  return traceOf(name, ids);
}

function readLines(path: string, name: string): Trace {
  const bytes = unpack(path);
  if (bytes.includes(0)) fail(path, "a binary file", "text with one key per line");
  const lines = bytes.toString("utf8").split(/\r?\n/);
  if (lines.at(-1) === "") lines.pop();
  const blank = lines.indexOf("");
  if (lines.length === 0) fail(path, "no keys", "at least one key");
  if (blank !== -1) fail(path, `line ${blank + 1} is empty`, "one key per line");
  return numberKeys(name, lines, lines.length);
}

/**
 * Reads a trace: little-endian 32-bit numbers (`.u32`) or one key per line (`.txt`), either with gzip (`.gz`).
 * @throws Error for a file that is empty, truncated, of another kind, or not as long as its manifest says.
 */
export function readTrace({
  path,
  requests,
  name = basename(path),
}: Pick<TraceFile, "path" | "requests"> & { name?: string }): Trace {
  const isText = TEXTS.some((ending) => path.endsWith(ending));
  const isNumbers = NUMBERS.some((ending) => path.endsWith(ending));
  if (!isText && !isNumbers)
    fail(path, "an unknown kind of file", `a name that ends in ${ENDINGS.join(", ")}`);
  const trace = isText ? readLines(path, name) : readNumbers(path, name);
  if (requests !== undefined && trace.ids.length !== requests) {
    fail(path, `${trace.ids.length} requests`, `${requests} as manifest.json says`);
  }
  return trace;
}

/** The cache sizes of a trace: those of the manifest, else by its number of keys. */
export function sizesOf(file: Pick<TraceFile, "capacities">, trace: Trace): readonly number[] {
  return file.capacities ?? capacitiesOf(trace);
}
