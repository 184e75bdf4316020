import { ModuleLoadError, type LoadPhase } from "../../host/errors.ts";
import type { ModuleInstance } from "../../instances/module-instance.ts";
import type { SourceLines, TextPlace } from "./source-lines.ts";

/** Which module is to blame for an error, in texts and numbers. */
interface Blame {
  readonly module: string;
  readonly version: number;
  readonly phase: LoadPhase;
  readonly place: string | undefined;
}

/** The code of modules gets errors as they were thrown; what the host knows of them is here. */
const blames = new WeakMap<object, Blame>();

/**
 * Notes that an error came from a module, unless another one is to blame already. Puts the places
 * of the text in place of those of the compiled code.
 */
export function blame(
  error: unknown,
  { spec, version }: ModuleInstance,
  phase: LoadPhase,
  lines?: SourceLines,
): void {
  if (!isObject(error) || blames.has(error)) return;
  const file = spec.file!;
  const found = placeOf(error, file, phase, lines);
  const place = found && `${spec.name}:${found.line}:${found.column}`;
  blames.set(error, { module: spec.name, version, phase, place });
}

/** The error that the code of a module gets for one of the host: what Node would throw. */
export function originalOf(error: unknown): unknown {
  if (!(error instanceof ModuleLoadError) || !isObject(error.cause)) return error;
  const { module, version, phase, cause } = error;
  if (!blames.has(cause)) blames.set(cause, { module, version, phase, place: undefined });
  return cause;
}

/** The error that the host throws for one that a module threw while it was loaded. */
export function loadErrorOf(cause: unknown, { spec, version }: ModuleInstance): ModuleLoadError {
  if (cause instanceof ModuleLoadError) return cause;
  const found = isObject(cause) ? blames.get(cause) : undefined;
  // The same object may be thrown again by another version.
  if (isObject(cause)) blames.delete(cause);
  const { module, phase, place } = found ?? {
    module: spec.name,
    phase: "evaluate" as const,
    place: undefined,
  };
  return new ModuleLoadError(
    `Cannot load module "${module}": ${inWords(cause)}${place === undefined ? "" : ` (${place})`}`,
    { module, version: found?.version ?? version, phase, cause },
  );
}

function inWords(cause: unknown): string {
  try {
    return String(cause);
  } catch {
    return "an object that cannot be printed";
  }
}

function placeOf(
  error: object,
  file: string,
  phase: LoadPhase,
  lines: SourceLines | undefined,
): TextPlace | undefined {
  try {
    const { stack } = error as { stack?: unknown };
    if (typeof stack !== "string") return undefined;
    if (phase === "compile") return placeOfSyntaxError(stack, file, lines);
    let first: TextPlace | undefined;
    const mapped = mapPlaces(stack, file, (place) => {
      const original = lines?.original(place) ?? place;
      first ??= original;
      return original;
    });
    if (mapped !== stack) (error as { stack: string }).stack = mapped;
    return first;
  } catch {
    return undefined;
  }
}

/** Replaces each `file:line:column` in a stack. */
function mapPlaces(stack: string, file: string, map: (place: TextPlace) => TextPlace): string {
  let out = "";
  let end = 0;
  const prefix = `${file}:`;
  for (let at = stack.indexOf(prefix); at >= 0; at = stack.indexOf(prefix, end)) {
    const start = at + prefix.length;
    const found = /^(\d+):(\d+)/.exec(stack.slice(start, start + 30));
    out += stack.slice(end, start);
    end = start;
    if (found === null) continue;
    const { line, column } = map({ line: Number(found[1]), column: Number(found[2]) });
    out += `${line}:${column}`;
    end += found[0].length;
  }
  return out + stack.slice(end);
}

/** Node writes the place of a SyntaxError as a line, the text of the line, and marks under it. */
function placeOfSyntaxError(
  stack: string,
  file: string,
  lines: SourceLines | undefined,
): TextPlace | undefined {
  if (!stack.startsWith(`${file}:`)) return undefined;
  const [head, , marks = ""] = stack.split("\n", 3);
  const line = Number(head!.slice(file.length + 1));
  const mark = marks.indexOf("^");
  const place = { line, column: (mark < 0 ? marks.length : mark) + 1 };
  return lines?.original(place) ?? place;
}

function isObject(value: unknown): value is object {
  return (typeof value === "object" && value !== null) || typeof value === "function";
}
