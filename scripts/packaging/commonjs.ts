import { compileFunction } from "node:vm";

/** A file of the bundle as CommonJS. */
export interface CommonJsFile {
  readonly code: string;
  /** Exports that change after the file has run, and are read by getters. */
  readonly live: readonly string[];
}

const imports = /^import (?:\* as (\w+)|\{([^}]*)\}) from ("[^"]+");$/gm;
const exported = /^export \{\n([^}]*)\n\};$/m;

/**
 * Turns an ES module, as `bundle.ts` writes them, into CommonJS, line by line: the source map of the
 * module is that of the copy too.
 *
 * What is imported becomes a constant, and exports are plain properties. The getters that esbuild
 * makes of exports are called at each use, and V8 takes none of them for a constant.
 */
export function toCommonJs(code: string): CommonJsFile {
  const live: string[] = [];
  const copy = code
    .replace(imports, (_, all: string | undefined, names: string, from: string) =>
      all === undefined
        ? `const {${names.replaceAll(" as ", ": ")}} = require(${from});`
        : `const ${all} = require(${from});`,
    )
    .replace(exported, (_, names: string) => {
      const lines = names.split("\n").map((line) => {
        const [name = "", as = name] = line.trim().replace(/,$/, "").split(" as ");
        if (!isVariable(code, name)) return `exports.${as} = ${name};`;
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

/** Whether a name may be assigned to: `bundle.ts` declares as constants what is none of these. */
function isVariable(code: string, name: string): boolean {
  return [...code.matchAll(/^let .*$/gm)].some(([line]) =>
    new RegExp(String.raw`(?:^let |, )${name}(?: =|,|;)`).test(line),
  );
}

/** Throws if something of a module is left, which the patterns above do not know. */
function checkScript(code: string): void {
  try {
    compileFunction(code, ["exports", "require"]);
  } catch (error) {
    throw new Error(`Cannot copy a file as CommonJS: ${String(error)}, expected imports by name`, {
      cause: error,
    });
  }
}
