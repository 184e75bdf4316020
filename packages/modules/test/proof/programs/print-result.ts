/** Marks the line of the result in the output of a program. */
export const MARK = "@@result ";

/** Writes the findings of a program, and ends it. */
export function printResult(result: unknown): void {
  process.stdout.write(`\n${MARK}${JSON.stringify(result)}\n`, () => process.exit(0));
}

/** The settings with which a program was started. */
export function readSettings<T>(): T {
  return JSON.parse(process.argv[2] ?? "{}") as T;
}
