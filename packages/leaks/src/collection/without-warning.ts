import { nodeModule } from "../host/node-modules.ts";

type EmitWarning = (warning: unknown, ...rest: unknown[]) => void;

/**
 * Runs synchronous code without the experimental warning about one feature, which would be printed
 * on the standard error of the program. All other warnings go through, and nothing stays changed.
 */
export function withoutWarning<Result>(feature: RegExp, run: () => Result): Result {
  const process = nodeModule("node:process");
  const before = process && Object.getOwnPropertyDescriptor(process, "emitWarning");
  const emit = process?.emitWarning as EmitWarning | undefined;
  if (before?.configurable !== true || emit === undefined) return run();
  const filtered: EmitWarning = (warning, ...rest) => {
    const [options] = rest;
    const type =
      typeof options === "string" ? options : (options as { type?: string } | null)?.type;
    if (type === "ExperimentalWarning" && feature.test(String(warning))) return;
    Reflect.apply(emit, process, [warning, ...rest]);
  };
  Object.defineProperty(process, "emitWarning", { ...before, value: filtered });
  try {
    return run();
  } finally {
    Object.defineProperty(process, "emitWarning", before);
  }
}
