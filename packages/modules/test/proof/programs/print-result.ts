/** Marks the line of the result in what a program writes. */
export const MARK = "@@result ";

/** Writes what a program found, and ends it. */
export function printResult(result: unknown): void {
  process.stdout.write(`\n${MARK}${JSON.stringify(result)}\n`, () => process.exit(0));
}

/** The settings with which a program was started. */
export function readSettings<T>(): T {
  return JSON.parse(process.argv[2] ?? "{}") as T;
}
