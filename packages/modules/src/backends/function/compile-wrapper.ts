import { compileFunction } from "node:vm";
import type { HeapwiseModuleSentinel } from "../../proof/module-sentinel.ts";

/** Calls the code of a module with `this` and the values of its parameters. */
export type Wrapper = (
  sentinel: HeapwiseModuleSentinel,
  self: unknown,
  values: readonly unknown[],
) => unknown;

/** Name of the variable that holds the sentinel. Long, so that no module has the same. */
const SENTINEL = "__heapwise_module__";
const DIRECTIVE = /^(?:\s|\/\/[^\n]*\n|\/\*[^]*?\*\/)*(['"])use strict\1/;

/** Node 22 and later can compile a function outside of the compilation cache. */
const CAN_BYPASS = Number(process.versions.node.split(".")[0]) >= 22;

/**
 * Compiles the text of a module as the body of a function. The function is inside of another one,
 * whose parameters are the variables that shadow globals, so that the text may declare variables of
 * the same names. Lines and columns of the text stay as they are.
 */
export function compileWrapper(parts: {
  readonly text: string;
  readonly file: string;
  readonly parameters: readonly string[];
  readonly globals: Readonly<Record<string, unknown>>;
  readonly codeCache: "bypass" | "keep";
  readonly isAsync?: boolean;
}): Wrapper {
  const { text, file, parameters, globals, codeCache, isAsync = false } = parts;
  const body = text.startsWith("#!") ? `//${text.slice(2)}` : text;
  const strict = DIRECTIVE.test(body) ? '"use strict";' : "";
  const head = `return (${isAsync ? "async " : ""}function (${[SENTINEL, ...parameters].join()}) {${strict}() => ${SENTINEL};`;
  const names = Object.keys(globals);
  const outer = compileFunction(`${head}${body}\n})`, names, {
    filename: file,
    columnOffset: -head.length,
    ...(codeCache === "bypass" && CAN_BYPASS && { contextExtensions: [{}] }),
  }) as (...values: unknown[]) => (...values: unknown[]) => unknown;
  const inner = outer(...names.map((name) => globals[name]));
  return (sentinel, self, values) => Reflect.apply(inner, self, [sentinel, ...values]);
}
