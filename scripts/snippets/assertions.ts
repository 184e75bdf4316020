import { deepStrictEqual, rejects } from "node:assert/strict";

/** Fails unless both values are deeply and strictly equal. */
export function equals(actual: unknown, expected: unknown): void {
  deepStrictEqual(actual, expected);
}

/** Fails unless the function throws or rejects with an error of this name. */
export async function throws(run: () => Promise<void>, name: string): Promise<void> {
  await rejects(run, (error) => {
    deepStrictEqual((error as Error).name, name);
    return true;
  });
}
