import { compileFunction } from "node:vm";
import { transformSync, type TransformFailure } from "esbuild";

/** A file of the bundle as CommonJS. */
export interface CommonJsFile {
  readonly code: string;
  /** Exports that change after the file has run. They are read by getters. */
  readonly live: readonly string[];
}

const imports = /^import (?:\* as (\w+)|\{([^}]*)\}) from ("[^"]+");$/gm;
const exported = /^export \{\n([^}]*)\n\};$/m;

/**
 * Turns an ES module of `bundle.ts` into CommonJS, line by line, so that the source map of the
 * module fits the copy too.
 *
 * Imports become constants, and exports are plain properties. esbuild would make getters of
 * exports, which are called at each use and which V8 does not treat as constants.
 */
export function toCommonJs(code: string): CommonJsFile {
  const live: string[] = [];
  const variables = variablesOf(code);
  const copy = code
    // Only in packages for Node. The copy is one folder deeper, in the same package.
    .replaceAll("import.meta.filename", "__filename")
    .replace(imports, (_, all: string | undefined, names: string, from: string) =>
      all === undefined
        ? `const {${names.replaceAll(" as ", ": ")}} = require(${from});`
        : `const ${all} = require(${from});`,
    )
    .replace(exported, (_, names: string) => {
      const lines = names.split("\n").map((line) => {
        const [name = "", as = name] = line.trim().replace(/,$/, "").split(" as ");
        if (!variables.includes(name)) return `exports.${as} = ${name};`;
        live.push(as);
        return `Object.defineProperty(exports, "${as}", { enumerable: true, get: () => ${name} });`;
      });
      return [`Object.defineProperty(exports, "__esModule", { value: true });`, ...lines, ""].join(
        "\n",
      );
    });
  checkScript(copy);
  return { code: `"use strict"; ${copy}`, live };
}

/**
 * The names that the code assigns to, or declares without a value: the names that esbuild reports
 * if every `let` is turned into `const`. The word `let` alone is not enough, because esbuild joins
 * declarations into one statement.
 */
function variablesOf(code: string): string[] {
  const logOverride = { "assign-to-constant": "error" } as const;
  try {
    transformSync(code.replaceAll(/^let /gm, "const "), { logLevel: "silent", logOverride });
    return [];
  } catch (error) {
    return (error as TransformFailure).errors.map(({ location }) => {
      const { lineText, column, length } = location!;
      return lineText.slice(column, column + length);
    });
  }
}

/** Throws if a part of the module syntax remains, which the patterns above do not know. */
function checkScript(code: string): void {
  try {
    compileFunction(code, ["exports", "require"]);
  } catch (error) {
    throw new Error(`Cannot copy a file as CommonJS: ${String(error)}, expected imports by name`, {
      cause: error,
    });
  }
}
