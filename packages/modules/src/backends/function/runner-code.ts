/** An import at the head of transformed code. */
export interface RunnerImport {
  /** The constant with the namespace. */
  readonly variable: string;
  readonly specifier: string;
  readonly names: readonly string[];
  isStar: boolean;
}

/** An export at the head of transformed code. */
export interface RunnerExport {
  readonly name: string;
  /** What a read of the export evaluates. */
  readonly expression: string;
}

/** Transformed code in its parts. */
export interface RunnerCode {
  readonly imports: readonly RunnerImport[];
  readonly exports: readonly RunnerExport[];
  /** The code without its head. */
  readonly body: string;
  /** Line of the code, from 0, behind which the head was, and the number of lines of the head. */
  readonly head: { readonly line: number; readonly lines: number };
  /** Whether statements were removed behind the head too, so that a source map does not fit. */
  readonly isCut: boolean;
}

const TEXT = String.raw`"(?:[^"\\]|\\.)*"`;
const SPECIFIER = String.raw`(${TEXT}|'(?:[^'\\]|\\.)*')`;
const READ = String.raw`([\w$\u0080-\uffff]+(?:\.[\w$\u0080-\uffff]+|\[${TEXT}\])?)`;
const VARIABLE = String.raw`(__vite_ssr_import_\d+__)`;
const NAMES = String.raw`\{\s*"?importedNames"?:\s*(\[[^\]"]*(?:${TEXT}[^\]"]*)*\])\s*\}`;

/** `export` in the form of Vite 8: reads that fail give undefined, which an import must not. */
const EXPORT_NAME = `__vite_ssr_exportName__\\((${TEXT}), \\(\\) => \\{ try \\{ return ${READ} \\} catch \\{\\} \\}\\);`;
/** `export` in the form of oxc, and of Vite before. */
const DEFINE = String.raw`Object\.defineProperty\(__vite_ssr_exports__,\s*(${TEXT}),\s*\{\s*enumerable:\s*true,\s*configurable:\s*true,\s*get\(\)\s*\{\s*(?:try \{ )?return ${READ};?(?: \} catch \{\})?\s*\}\s*\}\);`;
const IMPORT = String.raw`const ${VARIABLE} = await __vite_ssr_import__\(${SPECIFIER}(?:,\s*${NAMES})?\);`;
const STAR = String.raw`__vite_ssr_exportAll__\(${VARIABLE}\);`;
const STATEMENT = `[ \t]*(?:${EXPORT_NAME}|${DEFINE}|${IMPORT}|${STAR})\n?`;
const DEFAULT_FUNCTION = /const (__vite_ssr_export_default__) = ((?:async[ \t]+)?function\b\s*\*?)/;

/** Takes the imports and exports off code in the form of Vite's or oxc's module runner. */
export function readRunnerCode(code: string): RunnerCode {
  const imports: RunnerImport[] = [];
  const exports: RunnerExport[] = [];
  const start = code.startsWith("#!") ? code.indexOf("\n") + 1 || code.length : 0;
  const head = new RegExp(STATEMENT, "y");
  let end = (head.lastIndex = start);
  for (let found = head.exec(code); found !== null; found = head.exec(code)) {
    note(found, imports, exports);
    end = head.lastIndex;
  }
  let rest = code.slice(end);
  const isOfVite = code.slice(start, end).includes("} catch {} }");
  let isCut = false;
  if (/__vite_ssr_(?:exports|exportAll|import)__/.test(rest)) {
    rest = rest.replace(new RegExp(`\n?${STATEMENT.slice(0, -2)}`, "g"), (...found) => {
      note(found as unknown as RegExpExecArray, imports, exports);
      isCut = true;
      return "";
    });
  }
  // Oxc writes `(function () {})()` without its first parentheses.
  if (isOfVite) rest = rest.replace(DEFAULT_FUNCTION, "$2 $1");
  const lines = code.slice(start, end).split("\n").length - 1;
  const line = start === 0 ? 0 : 1;
  return { imports, exports, body: code.slice(0, start) + rest, head: { line, lines }, isCut };
}

function note(found: RegExpExecArray, imports: RunnerImport[], exports: RunnerExport[]): void {
  const [, name, read, name2, read2, variable, specifier, names, star] = found;
  if (variable !== undefined) {
    imports.push({
      variable,
      specifier: parseText(specifier!),
      names: names === undefined ? [] : (JSON.parse(names) as string[]),
      isStar: false,
    });
  } else if (star !== undefined) {
    imports.find((each) => each.variable === star)!.isStar = true;
  } else {
    exports.push({ name: parseText((name ?? name2)!), expression: (read ?? read2)! });
  }
}

function parseText(text: string): string {
  if (text.startsWith('"')) return JSON.parse(text) as string;
  const inner = text.slice(1, -1).replaceAll("\\'", "'").replaceAll('"', '\\"');
  return JSON.parse(`"${inner}"`) as string;
}
