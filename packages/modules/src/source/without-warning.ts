/**
 * Calls a function without the warnings of Node that match a pattern: Node says once that a feature
 * is an experiment, which would be on the standard error of the user.
 */
export function withoutWarning<Result>(pattern: RegExp, run: () => Result): Result {
  const before = Object.getOwnPropertyDescriptor(process, "emitWarning");
  if (before?.configurable !== true) return run();
  const emit = process.emitWarning as (warning: unknown, ...rest: unknown[]) => void;
  const filtered = (warning: unknown, ...rest: unknown[]): void => {
    if (!pattern.test(String(warning))) Reflect.apply(emit, process, [warning, ...rest]);
  };
  Object.defineProperty(process, "emitWarning", { ...before, value: filtered });
  try {
    return run();
  } finally {
    Object.defineProperty(process, "emitWarning", before);
  }
}
