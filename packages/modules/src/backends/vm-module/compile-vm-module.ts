import { setFlagsFromString } from "node:v8";
import * as vm from "node:vm";
import { withoutWarning } from "../../source/without-warning.ts";
import { addPlace } from "./add-place.ts";

/** The specifier by which the code of a module imports the variables that shadow globals. */
export const SCOPE_SPECIFIER = "heapwise:scope";

/** Without the cache from the start, it must not be switched on. */
const IS_CACHE_OFF = process.execArgv.some((word) => /^--no-?compilation[-_]cache$/.test(word));

/** The parts from which a module is compiled. */
export interface VmModuleText {
  readonly text: string;
  readonly url: string;
  /** The path of the file, for errors. */
  readonly file: string;
  /** Names of the variables that shadow globals. */
  readonly globals: readonly string[];
  readonly codeCache: "bypass" | "keep";
  readonly initializeImportMeta: (meta: object) => void;
  readonly importModuleDynamically: (
    specifier: string,
    attributes: Readonly<Record<string, unknown>>,
  ) => Promise<vm.Module>;
}

/**
 * Compiles an ES module. The variables that shadow globals are imported at its head, so that the
 * text may declare variables of the same names, which then are not shadowed. Lines and columns of
 * the text stay as they are.
 */
export function compileVmModule(parts: VmModuleText): vm.SourceTextModule {
  const { text, globals, codeCache } = parts;
  let names = globals.filter((name) => text.includes(name));
  for (;;) {
    const head = names.length === 0 ? "" : `import { ${names.join()} } from "${SCOPE_SPECIFIER}"; `;
    const make = (): vm.SourceTextModule => {
      const run = (): vm.SourceTextModule => construct(head, parts);
      return codeCache === "bypass" ? withoutCache(run) : run();
    };
    try {
      return make();
    } catch (error) {
      const message = String((error as { message?: unknown }).message);
      const declared = /^Identifier '(.+)' has already been declared$/.exec(message)?.[1];
      if (declared === undefined || !names.includes(declared)) {
        addPlace(error, parts, make);
        throw error;
      }
      names = names.filter((name) => name !== declared);
    }
  }
}

/** Makes a module of V8 that exports values, with which it stands for another module. */
export function makeSyntheticModule(
  names: readonly string[],
  identifier: string,
  evaluate: (set: (name: string, value: unknown) => void) => void,
): vm.SyntheticModule {
  return withoutWarning(/VM Modules/, () => {
    const module: vm.SyntheticModule = new vm.SyntheticModule(
      [...names],
      () => evaluate((name, value) => module.setExport(name, value)),
      { identifier },
    );
    return module;
  });
}

function construct(head: string, parts: VmModuleText): vm.SourceTextModule {
  const { text, url, initializeImportMeta, importModuleDynamically } = parts;
  const body = head !== "" && text.startsWith("#!") ? `//${text.slice(2)}` : text;
  const importNow = (specifier: string, _: unknown, attributes: object): Promise<vm.Module> =>
    importModuleDynamically(specifier, attributes as Record<string, unknown>);
  return withoutWarning(
    /VM Modules/,
    () =>
      new vm.SourceTextModule(head + body, {
        identifier: url,
        columnOffset: -head.length,
        initializeImportMeta,
        importModuleDynamically: importNow as never,
      }),
  );
}

/**
 * V8's compilation cache holds modules until a last-resort collection. It is off for the whole
 * process during a call, which therefore must not wait.
 */
function withoutCache<Result>(run: () => Result): Result {
  if (IS_CACHE_OFF) return run();
  setFlagsFromString("--no-compilation-cache");
  try {
    return run();
  } finally {
    setFlagsFromString("--compilation-cache");
  }
}
