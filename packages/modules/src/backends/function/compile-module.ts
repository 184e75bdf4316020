import type { Settings } from "../../host/options.ts";
import type { ModuleInstance } from "../../instances/module-instance.ts";
import type { ModuleSource } from "../../source/module-source.ts";
import { blame } from "./blame.ts";
import { compileWrapper, hasTopLevelAwait, type Wrapper } from "./compile-wrapper.ts";
import { readRunnerCode, type RunnerCode } from "./runner-code.ts";
import { SourceLines } from "./source-lines.ts";

/** An ES module that is compiled and not linked. */
export interface CompiledModule {
  readonly code: RunnerCode;
  readonly lines: SourceLines;
  readonly wrapper: Wrapper<() => unknown>;
  /** Whether it has `await` outside of functions. */
  readonly isAsync: boolean;
}

const LINK = "__heapwise_link__";

/**
 * Names that transformed code uses, beside those that shadow globals. `__vite_ssr_import__` is left
 * only in code of an unknown form.
 */
const NAMES = [
  LINK,
  "__vite_ssr_dynamic_import__",
  "__vite_ssr_import__",
  "__vite_ssr_import_meta__",
];

/**
 * Compiles transformed code as a generator, whose first step hands over the exports and takes the
 * namespaces of the imports.
 * @throws {SyntaxError} with the place in the text.
 */
export function compileModule(
  instance: ModuleInstance,
  source: ModuleSource,
  settings: Settings,
): CompiledModule {
  const code = readRunnerCode(source.code);
  const { line: first, lines: count } = code.head;
  const lines = new SourceLines({
    text: source.text,
    code: code.body,
    map: code.isCut ? undefined : source.map,
    generated: (line) => (line < first ? line : line + count),
  });
  try {
    checkExports(code);
    const isAsync = hasTopLevelAwait(code.body, settings.codeCache);
    const wrapper = compileWrapper<() => unknown>({
      text: lines.code,
      file: instance.spec.file!,
      parameters: [],
      variables: [...Object.keys(instance.scope.globals), ...NAMES],
      head: headOf(code),
      kind: isAsync ? "async generator" : "generator",
      codeCache: settings.codeCache,
    });
    return { code, lines, wrapper, isAsync };
  } catch (error) {
    blame(error, instance, "compile", lines);
    throw error;
  }
}

function headOf({ imports, exports }: RunnerCode): string {
  const variables = new Set(imports.map(({ variable }) => variable));
  const isOwn = ({ expression }: { expression: string }): boolean =>
    !variables.has(/^[^.[]+/.exec(expression)![0]);
  const getters = exports.filter(isOwn).map(({ expression }) => `() => ${expression}`);
  return `"use strict"; const [${[...variables].join()}] = ${LINK}([${getters.join()}]); yield;`;
}

function checkExports({ exports }: RunnerCode): void {
  const names = new Set<string>();
  for (const { name } of exports) {
    if (names.has(name)) throw new SyntaxError(`Duplicate export of '${name}'`);
    names.add(name);
  }
}
