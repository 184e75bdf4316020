import { nodeModule } from "../host/node-modules.ts";
import type { Place } from "./scripts.ts";
import { pathOf } from "./working-directory.ts";

interface Entry {
  readonly originalSource?: string;
  readonly originalLine?: number;
  readonly originalColumn?: number;
}

interface Mapped {
  findEntry(line: number, column: number): Entry | object;
}

/** The maps of files that were looked for, and undefined for those that have none. */
const maps = new Map<string, Mapped | undefined>();

/**
 * The place in the file that a person wrote, or the place itself if no map is known. Asks Node for
 * its maps, then the `Error.prepareStackTrace` that a tool has set, then the file.
 */
export function toOriginal(place: Place): Place {
  if (place.script.startsWith("node:")) return place;
  try {
    return byMap(place, mapOfNode(place.script)) ?? byStack(place) ?? byFile(place) ?? place;
  } catch {
    return place;
  }
}

function byMap(place: Place, map: Mapped | undefined): Place | undefined {
  const entry = map?.findEntry(place.line, place.column) as Entry | undefined;
  if (entry?.originalSource === undefined || entry.originalLine === undefined) return undefined;
  const script = absolute(entry.originalSource, place.script);
  return { script, line: entry.originalLine, column: entry.originalColumn ?? 0 };
}

/** The map that Node has, which is so only if maps were enabled when the file was loaded. */
function mapOfNode(script: string): Mapped | undefined {
  const path = pathOf(script);
  const find = nodeModule("node:module")?.findSourceMap;
  return find?.(script) ?? (path === undefined ? undefined : find?.(path));
}

/**
 * Test runners evaluate code whose map is in their memory alone, and map stacks through functions
 * that are copies of `wrapCallSite` of source-map-support. Another function is not called.
 */
function byStack({ script, line, column }: Place): Place | undefined {
  const { prepareStackTrace: prepare } = Error as {
    prepareStackTrace?: (error: Error, stack: unknown[]) => unknown;
  };
  if (typeof prepare !== "function" || !String(prepare).includes("wrapCallSite")) return undefined;
  const text = String(prepare(new Error("map"), [callSite(script, line + 1, column + 1)]));
  const found = /at (?:.*\()?(.+):(\d+):(\d+)\)?\s*$/.exec(text);
  if (found === null) return undefined;
  const [, file, mappedLine, mappedColumn] = found as unknown as [string, string, string, string];
  const original = { script: file, line: Number(mappedLine) - 1, column: Number(mappedColumn) - 1 };
  if (original.line === line && original.column === column) return undefined;
  return original;
}

/** What V8 gives to `Error.prepareStackTrace`, for a place alone. */
function callSite(script: string, line: number, column: number): object {
  const nothing = (): undefined => undefined;
  const no = (): boolean => false;
  // The methods are those of a prototype, as V8 has it: copies of a call site are made of them.
  return Object.create({
    getThis: nothing,
    getTypeName: nothing,
    getFunction: nothing,
    getFunctionName: () => "place",
    getMethodName: nothing,
    getFileName: () => script,
    getLineNumber: () => line,
    getColumnNumber: () => column,
    getEvalOrigin: nothing,
    getScriptNameOrSourceURL: () => script,
    getPromiseIndex: () => null,
    isToplevel: () => true,
    isEval: no,
    isNative: no,
    isConstructor: no,
    isAsync: no,
    isPromiseAll: no,
    toString: () => `place (${script}:${line}:${column})`,
  }) as object;
}

/** By the address of the map at the end of the file. */
function byFile(place: Place): Place | undefined {
  if (!maps.has(place.script)) {
    maps.set(place.script, undefined);
    maps.set(place.script, readMap(place.script));
  }
  return byMap(place, maps.get(place.script));
}

function readMap(script: string): Mapped | undefined {
  const path = pathOf(script);
  const fs = nodeModule("node:fs");
  const SourceMap = nodeModule("node:module")?.SourceMap;
  if (path === undefined || fs === undefined || SourceMap === undefined) return undefined;
  const text = fs.readFileSync(path, "utf8");
  const at = text.lastIndexOf("//# sourceMappingURL=");
  if (at < 0) return undefined;
  const address = text.slice(at + "//# sourceMappingURL=".length).split(/\s/, 1)[0]!;
  const data = /^data:application\/json[^,]*?(;base64)?,(.*)$/.exec(address);
  const payload =
    data === null
      ? fs.readFileSync(pathOf(absolute(address, script))!, "utf8")
      : data[1] === undefined
        ? decodeURIComponent(data[2]!)
        : new TextDecoder().decode(Uint8Array.from(atob(data[2]!), (unit) => unit.charCodeAt(0)));
  return new SourceMap(JSON.parse(payload)) as Mapped;
}

/** The address of a file that another one names. */
function absolute(address: string, from: string): string {
  if (/^(?:\w[\w+.-]+:|\/)/.test(address)) return address;
  const path = pathOf(from);
  const base = path === undefined ? from : nodeModule("node:url")?.pathToFileURL(path).href;
  return new URL(address, base ?? from).href;
}
