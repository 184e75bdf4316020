import { compileFunction } from "node:vm";
import { transformSync } from "esbuild";

/** A file of the bundle as CommonJS. */
export interface CommonJsFile {
  readonly code: string;
  /** Exports that change after the file has run, and are read by getters. */
  readonly live: readonly string[];
}

const imports = /^import (?:\* as (\w+)|\{([^}]*)\}) from ("[^"]+");$/gm;
const exported = /^export \{\n([^}]*)\n\};$/m;

/**
 * Turns an ES module, as `bundle.ts` writes it, into CommonJS, line by line: the source map of the
 * module is right for the copy too.
 *
 * What is imported becomes a constant, and exports are plain properties. The getters that esbuild
 * makes of exports are called at each use, and V8 takes none of them for a constant.
 */
export function toCommonJs(code: string): CommonJsFile {
  const live: string[] = [];
  const required = code.replace(
    imports,
    (_, all: string | undefined, names: string, from: string) =>
      all === undefined
        ? `const {${names.replaceAll(" as ", ": ")}} = require(${from});`
        : `const ${all} = require(${from});`,
  );
  const copy = required.replace(exported, (list, names: string) => {
    const pairs = names.split("\n").map((line) => {
      const [name = "", as = name] = line.trim().replace(/,$/, "").split(" as ");
      return { name, as };
    });
    const variables = variablesOf(
      required.replace(list, ""),
      pairs.map(({ name }) => name),
    );
    const lines = pairs.map(({ name, as }) => {
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
 * Those of the names that the code may assign to. esbuild is asked: it reports an assignment to a
 * constant, and `bundle.ts` declares as a constant all that is never assigned to.
 */
function variablesOf(code: string, names: readonly string[]): string[] {
  const isHoisted = (name: string): boolean =>
    new RegExp(String.raw`^(?:(?:async )?function\*?|class) ${name}\b`, "m").test(code);
  const asked = names.filter((name) => !isHoisted(name));
  const from = code.split("\n").length + 1;
  const assignments = asked.map((name) => `${name} = 0;`);
  const { warnings } = transformSync([code, ...assignments].join("\n"), {
    logLevel: "silent",
    logOverride: { "assign-to-constant": "warning" },
  });
  const constants = warnings.map(({ location }) => asked[location!.line - from]);
  return asked.filter((name) => !constants.includes(name));
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
