import type { WeakCacheStats } from "@heapwise/weak";
import { expect } from "vitest";
import { runProgram } from "@heapwise/testkit";

/** How the program writes: in one job, with an `await` between writes, or in many macrotasks. */
export type Way = "sync" | "await" | "macrotask";

/**
 * Writes 200,000 values of 10 KB, 2 GB, in a process with a heap of 256 MB. Returns the report of
 * the cache, or undefined if the process ran out of memory.
 */
export async function fill(
  options: object,
  way: Way,
): Promise<(WeakCacheStats & { size: number }) | undefined> {
  const { code, signal, stdout, stderr } = await runProgram(
    new URL("programs/fill.ts", import.meta.url),
    {
      flags: ["--max-old-space-size=256"],
      args: [JSON.stringify(options), way],
    },
  );
  if (code === 0) {
    expect(stderr).toBe("");
    return JSON.parse(stdout) as WeakCacheStats & { size: number };
  }
  // The engine aborted the process, and nothing else ended it.
  expect(`${signal ?? code}`).toMatch(/SIGABRT|SIGTRAP|134/);
  expect(stderr).toContain("heap out of memory");
  return undefined;
}
