import type { ModuleSpec } from "../resolution/module-spec.ts";

/** What the parsers of Vite and of others tell of a text that they cannot read. */
interface ParseFailure {
  readonly code?: unknown;
  readonly message?: unknown;
  readonly loc?: { readonly line?: unknown; readonly column?: unknown };
}

/**
 * The SyntaxError that Node would throw, for the error of a parser, with the place in the text.
 * Other errors are returned as they are.
 */
export function parseErrorOf(error: unknown, { file, name }: ModuleSpec): unknown {
  const { code, message, loc } = (error ?? {}) as ParseFailure;
  if (error instanceof SyntaxError || code !== "PARSE_ERROR") return error;
  const lines = String(message).split("\n");
  const said = lines.find((line) => !line.startsWith("Parse fail")) ?? lines[0]!;
  const found = new SyntaxError(said.replace(/^Parse failure: /, ""), { cause: error });
  const { line, column } = loc ?? {};
  if (typeof line !== "number" || typeof column !== "number") return found;
  found.message += ` (${name}:${line}:${column + 1})`;
  found.stack = `${file}:${line}\n${found.stack ?? ""}`;
  return found;
}
