import { SourceMap } from "node:module";

/** A place in a text; both numbers from 1. */
export interface TextPlace {
  readonly line: number;
  readonly column: number;
}

interface Entry {
  readonly generatedLine?: number;
  readonly originalLine?: number;
  readonly originalColumn?: number;
}

/** A constant that Vite puts on a line of its own, before a class that extends an import. */
const ADDED = /^const [\w$]+ = __vite_ssr_import_\d+__[^;\n]*;$/m;

/**
 * Code whose lines are those of the text that it was made of, so that all later stack traces have
 * the right lines. Columns are found by the source map, which is read only if it is needed: that
 * takes longer than all else.
 */
export class SourceLines {
  readonly code: string;
  readonly #payload: object | string | undefined;
  #map: SourceMap | undefined;
  /** Line of the source map for a line of `code`, both from 0. */
  readonly #generated: (line: number) => number | undefined;

  /** @param generated Line of the source map for a line of the code, both from 0. */
  constructor(parts: {
    readonly text: string;
    readonly code: string;
    readonly map: object | string | undefined;
    readonly generated: (line: number) => number;
  }) {
    const { text, code, generated } = parts;
    this.code = code;
    this.#payload = parts.map;
    this.#generated = generated;
    if (code === text || (countLines(code) === countLines(text) && !ADDED.test(code))) return;
    const map = this.#readMap();
    if (map === undefined) return;
    const aligned = align(code.split("\n"), (line) => originalLine(map, generated(line)));
    this.code = aligned.lines.join("\n");
    const lines = aligned.origins.map(generated);
    this.#generated = (line) => lines[line];
  }

  /** The place in the text for a place in the code. */
  original({ line, column }: TextPlace): TextPlace {
    const generated = this.#generated(line - 1);
    const map = this.#readMap();
    if (map === undefined || generated === undefined) return { line, column };
    const entry = map.findEntry(generated, column - 1) as Entry;
    if (entry.generatedLine !== generated || entry.originalLine === undefined) {
      return { line, column };
    }
    return { line: entry.originalLine + 1, column: (entry.originalColumn ?? 0) + 1 };
  }

  #readMap(): SourceMap | undefined {
    return (this.#map ??= readMap(this.#payload));
  }
}

function countLines(text: string): number {
  let lines = 1;
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) lines++;
  return lines;
}

/** The map without the texts, which are large; undefined if there is none that can be read. */
function readMap(map: object | string | undefined): SourceMap | undefined {
  if (map === undefined || map === "") return undefined;
  try {
    const payload = (typeof map === "string" ? JSON.parse(map) : map) as { mappings?: unknown };
    if (typeof payload.mappings !== "string" || payload.mappings === "") return undefined;
    return new SourceMap({ ...payload, sourcesContent: [] } as never);
  } catch {
    return undefined;
  }
}

function originalLine(map: SourceMap, line: number): number | undefined {
  const entry = map.findEntry(line, 1e9) as Entry;
  return entry.generatedLine === line ? entry.originalLine : undefined;
}

/**
 * Adds empty lines before lines that come too early. A line break behind a line break changes no
 * code, and inside of a template literal no line comes too early.
 */
function align(
  lines: readonly string[],
  original: (line: number) => number | undefined,
): { lines: string[]; origins: number[] } {
  const out: string[] = [];
  const origins: number[] = [];
  for (const [line, text] of lines.entries()) {
    const wanted = original(line) ?? out.length;
    while (out.length < wanted) {
      out.push("");
      origins.push(line);
    }
    const last = out.length - 1;
    if (wanted < out.length && ADDED.test(out[last]!)) {
      out[last] += ` ${text}`;
      origins[last] = line;
    } else {
      out.push(text);
      origins.push(line);
    }
  }
  return { lines: out, origins };
}
