import { readFileSync } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { ForeignFile, NoKeys } from "./formats/bad-trace.ts";
import { MemoryStore } from "./formats/id-stores.ts";
import { refuseForeign } from "./formats/recognize.ts";
import { failToOpen, openTrace, otherKind, refuseOthers } from "./formats/unpack.ts";
import { readRequests } from "./read-trace.ts";
import type { ReadOptions, SkippedPath, TraceFile } from "./trace-file.ts";
import { failTrace } from "./trace-file.ts";

/** The facts that `manifest.json` may have about a trace. */
interface ManifestEntry {
  readonly name: string;
  readonly file: string;
  readonly title?: string;
  readonly requests?: number;
  readonly keys?: number;
  readonly capacities?: readonly number[];
}

/** A folder and files with traces. */
export interface TraceSources {
  readonly folder?: string;
  readonly files?: readonly string[];
}

/** Traces to read, and the files that were skipped. */
export interface TraceList {
  readonly traces: TraceFile[];
  readonly skipped: SkippedPath[];
}

const PACKED = /\.(gz|gzip|zst|zstd)$/i;
const ENDINGS = /\.(u32|txt|csv|tsv|tab|jsonl|ndjson|json|log|lis|trc|lirs|trace|dat|bin)$/i;
// Weights of the requests of another file, in the same format.
const SIZES = /\.sizes\.u32(\.gz)?$/;
const DOCUMENTS =
  /^(README|LICEN[CS]E|NOTICE|CHANGELOG|COPYING|AUTHORS|MAKEFILE|SHA\d+SUMS)([-_.].*)?$|\.(md|rst|html?|ya?ml|toml|ini|py|sh|js|ts|rb|pl|java|go|rs|cc?|cpp|h|md5|sha\d+|sig|asc)$/i;
const MANIFEST = "manifest.json";

/**
 * Lists traces: the traces of a folder by name, or of its `manifest.json` if it has one, and the
 * files. Other files are skipped in a folder, and are an error if they are named.
 * @throws {Error} with one line if a path cannot be read, if two traces have one name, or if there
 * is no trace.
 */
export async function listTraces(
  { folder, files = [] }: TraceSources,
  options: ReadOptions = {},
): Promise<TraceList> {
  const skipped: SkippedPath[] = [];
  const traces: TraceFile[] = [];
  if (folder !== undefined) traces.push(...(await readFolder(folder, options, skipped)));
  for (const path of files) {
    await refuseNoFile(path);
    traces.push({ name: nameOf(path), path, title: "" });
  }
  if (traces.length === 0) failToFind(folder, skipped);
  const named = giveNames(traces);
  const hasOptions = Object.keys(options).length > 0;
  return { traces: hasOptions ? named.map((trace) => ({ ...trace, options })) : named, skipped };
}

function failToFind(folder: string | undefined, skipped: readonly SkippedPath[]): never {
  if (folder === undefined)
    throw new Error("Cannot read traces: no file and no folder, expected a file or a folder");
  const reasons = skipped.map(({ path, reason }) => `${basename(path)}: ${reason}`);
  const found = reasons.length > 0 ? ` (skipped ${reasons.join("; ")})` : "";
  throw new Error(
    `Cannot read traces: ${folder} has no traces${found}, expected files with traces`,
  );
}

async function refuseNoFile(path: string): Promise<void> {
  if (path === "") throw new Error("Cannot read a trace: an empty path, expected a file");
  if (basename(path) === "-" && (await kindOf(path)) === "nothing")
    failTrace(path, "no standard input", "a file: write the data to a file first");
  try {
    refuseOthers(path, await stat(path));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    failToOpen(path, error);
  }
}

/** The kind of thing at a path, in one or two words. */
async function kindOf(path: string): Promise<string> {
  try {
    return otherKind(await stat(path)) ?? "a file";
  } catch {
    return "nothing";
  }
}

async function readFolder(
  folder: string,
  options: ReadOptions,
  skipped: SkippedPath[],
): Promise<TraceFile[]> {
  const names = await readNames(folder);
  const skip = (name: string, reason: string): void =>
    void skipped.push({ path: join(folder, name), reason });
  if (names.includes(MANIFEST)) {
    const traces = readManifest(folder, names);
    if (traces) {
      const listed = new Set(traces.map(({ path }) => basename(path)));
      for (const name of names) if (!listed.has(name) && name !== MANIFEST) skip(name, NOT_LISTED);
      return traces;
    }
  }
  const traces: TraceFile[] = [];
  for (const name of names) {
    const path = join(folder, name);
    const reason = name === MANIFEST ? "another kind of list" : await reasonToSkip(path, options);
    if (reason === undefined) traces.push({ name: nameOf(path), path, title: "" });
    else skip(name, reason);
  }
  return traces;
}

const NOT_LISTED = `not in ${MANIFEST}`;

async function readNames(folder: string): Promise<string[]> {
  if (folder === "") throw new Error("Cannot read traces: an empty path, expected a folder");
  try {
    return (await readdir(folder)).sort();
  } catch (error) {
    throw new Error(
      `Cannot read traces: ${folder} is ${await otherThanFolder(folder, error)} with trace files`,
      { cause: error },
    );
  }
}

/** The kind of thing that is not a folder, and the expected kind. */
async function otherThanFolder(path: string, error: unknown): Promise<string> {
  const { code } = error as NodeJS.ErrnoException;
  if (code === "ENOTDIR") {
    const kind = await kindOf(path);
    if (kind === "a file") return "a file, which --trace reads, expected a folder";
    if (kind !== "nothing") return `${kind}, expected a folder`;
  }
  return `not a readable folder${code === "EACCES" ? " (no permission)" : ""}, expected one`;
}

/** The reason to skip a file in a folder; undefined if it is a trace. */
async function reasonToSkip(path: string, options: ReadOptions): Promise<string | undefined> {
  const name = basename(path);
  if (name.startsWith(".")) return "hidden";
  if (SIZES.test(name)) return "sizes of another trace";
  if (DOCUMENTS.test(name)) return "a document";
  const kind = await kindOf(path);
  if (kind === "a folder") return "a folder (its files are not read)";
  if (kind === "nothing") return "a link to nothing";
  if (kind !== "a file") return kind;
  if ((await stat(path)).size === 0) return "an empty file";
  return reasonInside(path, options);
}

/** The kind of a file that is not a trace. Other faults are reported when the file is read. */
async function reasonInside(path: string, options: ReadOptions): Promise<string | undefined> {
  try {
    const { sample: bytes, isWhole, close } = await openTrace(path);
    try {
      refuseForeign({ path, bytes, isWhole }, options);
    } finally {
      await close();
    }
    // If a file has no keys, the sample is all of it, unless it has a great number of empty lines.
    if (isWhole) await readRequests({ path, options }, () => new MemoryStore(0));
  } catch (error) {
    if (error instanceof ForeignFile) return error.found;
    if (error instanceof Error && error.cause instanceof NoKeys) return "no keys in it";
  }
  return undefined;
}

/** The traces of a manifest; undefined if the file is another kind of manifest. */
function readManifest(folder: string, files: readonly string[]): TraceFile[] | undefined {
  const path = join(folder, MANIFEST);
  const fail = (found: string, expected: string, cause?: unknown): never => {
    throw new Error(`Cannot read ${path}: ${found}, expected ${expected}`, { cause });
  };
  let manifest: { traces?: readonly ManifestEntry[] } | null;
  try {
    manifest = JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    return fail(String(error).replace(/\s+/g, " "), "JSON", error);
  }
  const isOther = typeof manifest === "object" && manifest !== null && !Array.isArray(manifest);
  if (isOther && !("traces" in manifest!)) return undefined;
  const traces = manifest?.traces;
  const named =
    Array.isArray(traces) &&
    traces.every((entry) => typeof entry?.name === "string" && typeof entry.file === "string");
  if (!named || traces.length === 0)
    return fail("no list of traces", `"traces" with a name and a file for each`);
  return (traces as ManifestEntry[]).map(({ name, file, title = "", requests, capacities }) => {
    if (!files.includes(file))
      failTrace(join(folder, file), "no such file", "the file that manifest.json names");
    if (capacities !== undefined && !areCapacities(capacities))
      fail(
        `capacities ${JSON.stringify(capacities)} of "${name}"`,
        "whole numbers of entries from 1",
      );
    return {
      name,
      path: join(folder, file),
      title,
      ...(capacities && { capacities }),
      ...(requests !== undefined && { requests }),
    };
  });
}

function areCapacities(capacities: unknown): boolean {
  const list = Array.isArray(capacities) ? (capacities as unknown[]) : [];
  return list.length > 0 && list.every((size) => Number.isInteger(size) && (size as number) >= 1);
}

/** The name of a trace by its file, as in `access` for `access.log.gz`. */
function nameOf(path: string): string {
  const name = basename(path).replace(PACKED, "");
  return name.replace(ENDINGS, "") || name;
}

/** Adds folders to the names of traces that have the same name, so that all names differ. */
function giveNames(traces: readonly TraceFile[]): TraceFile[] {
  const byPath = new Map<string, TraceFile>();
  for (const trace of traces) {
    const path = resolve(trace.path);
    const other = byPath.get(path);
    if (other) failToName(other, trace, "one file", "each file once");
    byPath.set(path, trace);
  }
  return traces.map((trace) => {
    const alike = traces.filter(({ name }) => name === trace.name);
    if (alike.length === 1) return trace;
    const folders = alike.map(({ path }) => dirname(resolve(path)));
    const twin = alike.find(
      (other) => other !== trace && dirname(resolve(other.path)) === dirname(resolve(trace.path)),
    );
    if (twin)
      failToName(
        trace,
        twin,
        `one name, "${trace.name}"`,
        "a name for each: rename one, or give one with --trace",
      );
    return {
      ...trace,
      name: `${shortestTail(dirname(resolve(trace.path)), folders)}/${trace.name}`,
    };
  });
}

function failToName(a: TraceFile, b: TraceFile, found: string, expected: string): never {
  throw new Error(
    `Cannot read traces: ${a.path} and ${b.path} have ${found}, expected ${expected}`,
  );
}

/** The last folders of a path, as many as it takes to differ from the others. */
function shortestTail(folder: string, others: readonly string[]): string {
  const tailOf = (path: string, length: number): string =>
    path.split(/[\\/]/).slice(-length).join("/");
  let length = 1;
  while (others.filter((other) => tailOf(other, length) === tailOf(folder, length)).length > 1)
    length += 1;
  return tailOf(folder, length);
}
