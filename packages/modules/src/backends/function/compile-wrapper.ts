import { compileFunction } from "node:vm";
import type { HeapwiseModuleSentinel } from "../../proof/module-sentinel.ts";

/** The text that is compiled, and the names that it may use. */
export interface WrapperParts {
  readonly text: string;
  readonly file: string;
  /** Parameters of the function, which the text cannot declare again with `let`. */
  readonly parameters: readonly string[];
  /** Variables around the function, which the text may declare again. */
  readonly variables: readonly string[];
  /** Statements before the text, on the line before its first one. */
  readonly head?: string;
  readonly kind: "function" | "generator" | "async generator";
  readonly codeCache: "bypass" | "keep";
}

/** Makes the function of a module for the values of the variables around it. */
export type Wrapper<Code> = (sentinel: HeapwiseModuleSentinel, values: readonly unknown[]) => Code;

/** Names that no module should use: the variable with the sentinel, and that with the function. */
const SENTINEL = "__heapwise_module__";
const FUNCTION = "__heapwise_code__";

const KEYWORDS = {
  function: "function",
  generator: "function*",
  "async generator": "async function*",
} as const;

/** Node 22 and later can compile a function outside of the compilation cache. */
const CAN_BYPASS = Number(process.versions.node.split(".")[0]) >= 22;

/**
 * Compiles the text of a module as the body of a function. The function is inside of another one,
 * whose variables are the sentinel, and those that shadow globals. Lines and columns of the text
 * stay as they are.
 * @throws {SyntaxError} with the place in the text.
 */
export function compileWrapper<Code extends object>(parts: WrapperParts): Wrapper<Code> {
  const { file, parameters, variables, head = "", kind, codeCache } = parts;
  const text = withoutHashbang(parts.text);
  // A declaration after `return` runs nothing, even if the text closes the function and goes on.
  const code = `${KEYWORDS[kind]} ${FUNCTION}(${parameters.join()}) {${head}\n${text}\n}`;
  const options = {
    filename: file,
    lineOffset: -1,
    ...(codeCache === "bypass" && CAN_BYPASS && { contextExtensions: [{}] }),
  };
  let outer: (...values: unknown[]) => Code;
  try {
    const names = [SENTINEL, ...variables];
    // The arrow function makes V8 keep the sentinel as long as any function of the text.
    outer = compileFunction(`() => ${SENTINEL}; return ${FUNCTION}; ${code}`, names, options) as (
      ...values: unknown[]
    ) => Code;
  } catch (error) {
    if (kind === "function") checkAlone(text, file, parameters);
    throw error;
  }
  if (outer().toString() !== code) {
    checkAlone(text, file, parameters);
    throw new SyntaxError(`Unexpected token '}': the text closes more blocks than it opens`);
  }
  return (sentinel, values) => {
    const inner = outer(sentinel, ...values);
    // Stack traces then name nothing, as for a module of Node.
    Object.defineProperty(inner, "name", { value: "" });
    return inner;
  };
}

/**
 * Whether a text has `await` outside of functions. The body of a static block is the one place in
 * which V8 refuses exactly that.
 */
export function hasTopLevelAwait(text: string, codeCache: "bypass" | "keep"): boolean {
  if (!/\bawait\b/.test(text)) return false;
  const options = codeCache === "bypass" && CAN_BYPASS ? { contextExtensions: [{}] } : {};
  try {
    compileFunction(`"use strict"; class C { static {\n${withoutHashbang(text)}\n} }`, [], options);
    return false;
  } catch {
    return true;
  }
}

function withoutHashbang(text: string): string {
  return text.startsWith("#!") ? `//${text.slice(2)}` : text;
}

/** Throws the error of a text as V8 words it for the text alone, with its own place. */
function checkAlone(text: string, file: string, parameters: readonly string[]): void {
  compileFunction(text, parameters, { filename: file });
}
