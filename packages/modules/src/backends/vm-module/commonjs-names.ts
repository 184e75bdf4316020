/** The exports of the text of a CommonJS module, as far as that is seen without running it. */
export interface CommonJsNames {
  readonly names: ReadonlySet<string>;
  /** Specifiers of modules of which it exports all names. */
  readonly reexports: ReadonlySet<string>;
}

const TARGET = String.raw`\b(?:module\s*\.\s*)?exports`;
const ASSIGNED = new RegExp(
  String.raw`${TARGET}\s*(?:\.\s*([\w$]+)|\[\s*(?:'([^'\\\n]*)'|"([^"\\\n]*)")\s*\])\s*=(?!=)`,
  "g",
);
const DEFINED = new RegExp(
  String.raw`\bObject\s*\.\s*defineProperty\s*\(\s*${TARGET}\s*,\s*(?:'([^'\\\n]*)'|"([^"\\\n]*)")\s*,\s*\{\s*(?:enumerable\s*:\s*(?:true|!0)\s*,\s*)?(?:value\s*:|get\b)`,
  "g",
);
const REPLACED =
  /\bmodule\s*\.\s*exports\s*=(?!=)\s*(?:require\s*\(\s*(?:'([^'\\\n]*)'|"([^"\\\n]*)")\s*\)|(\{))?/g;
const STARRED = /\b__export(?:Star)?\s*\(\s*require\s*\(\s*(?:'([^'\\\n]*)'|"([^"\\\n]*)")\s*\)/g;
const COMMENT_OR_TEXT =
  /\/\*[^]*?\*\/|\/\/[^\n]*|'(?:[^'\\\n]|\\[^])*'|"(?:[^"\\\n]|\\[^])*"|`(?:[^`\\]|\\[^])*`/g;
const PROPERTY = /\s*(?:([\w$]+)|'([^'\\\n]*)'|"([^"\\\n]*)")\s*(:\s*-?[\w$]+\s*(?=[,}])|:)?/y;
const SPREAD = /\s*\.\.\.\s*(?:require\s*\(\s*(?:'([^'\\\n]*)'|"([^"\\\n]*)")\s*\)|[\w$]+)/y;
const NEXT = /\s*,/y;

/**
 * Finds the names that `import` finds in a CommonJS module, by the same patterns as Node, which has
 * to know them before the module runs.
 * Source: https://github.com/nodejs/cjs-module-lexer
 */
export function commonJsNames(source: string): CommonJsNames {
  const text = source.replaceAll(COMMENT_OR_TEXT, (found) => (found.startsWith("/") ? " " : found));
  const names = new Set<string>();
  const reexports = new Set<string>();
  for (const [, name, single, double] of text.matchAll(ASSIGNED)) {
    names.add((name ?? single ?? double)!);
  }
  for (const [, single, double] of text.matchAll(DEFINED)) names.add((single ?? double)!);
  for (const [, single, double] of text.matchAll(STARRED)) reexports.add((single ?? double)!);
  let last: string | undefined;
  for (const found of text.matchAll(REPLACED)) {
    const [all, single, double, brace] = found;
    last = single ?? double;
    if (brace !== undefined) addLiteral(text, found.index + all.length, names, reexports);
  }
  if (last !== undefined) reexports.add(last);
  return { names, reexports };
}

/** Adds the names of an object literal, up to the first one that is not simple. */
function addLiteral(text: string, start: number, names: Set<string>, reexports: Set<string>): void {
  let at = start;
  const match = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    if (found !== null) at = pattern.lastIndex;
    return found;
  };
  do {
    const spread = match(SPREAD);
    if (spread !== null) {
      const specifier = spread[1] ?? spread[2];
      if (specifier !== undefined) reexports.add(specifier);
      continue;
    }
    const property = match(PROPERTY);
    if (property === null) return;
    const [, name, single, double, value] = property;
    const isShort = value === undefined;
    // A method, or a text without a value.
    if (isShort && (name === undefined || !/^\s*[,}]/.test(text.slice(at, at + 100)))) return;
    names.add((name ?? single ?? double)!);
  } while (match(NEXT) !== null);
}
