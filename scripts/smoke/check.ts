/**
 * Checks by name. A check that needs the garbage collector does not run if the runtime cannot force
 * a collection.
 */
export type Checks = Readonly<Record<string, () => void | Promise<void>>>;

/** The result of a run of checks: error messages by name. */
export interface Report {
  readonly passed: readonly string[];
  readonly failed: Readonly<Record<string, string>>;
  readonly skipped: readonly string[];
}

interface Host {
  readonly gc?: () => void;
  readonly Bun?: { gc(isSynchronous: boolean): void };
}

const { gc, Bun } = globalThis as Host;

/** Collects all garbage; undefined if the runtime cannot force a collection. */
export const collect: (() => void) | undefined = Bun ? () => Bun.gc(true) : gc && (() => gc());

/** Throws if something does not hold. */
export function expect(condition: boolean, what: string): asserts condition {
  if (!condition) throw new Error(`expected ${what}`);
}

/** The end of the job, in any runtime. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

/** Waits until a condition holds. The whole run has a limit of time. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await turn();
}

/**
 * Collects until a condition holds. An optimized frame, or a stack that is scanned conservatively,
 * may keep an object for a while.
 */
export async function collected(condition: () => boolean): Promise<boolean> {
  for (let i = 0; i < 300 && !condition(); i++) {
    await turn();
    collect!();
    await turn();
  }
  return condition();
}

/** Runs checks one after the other. */
export async function runChecks(checks: Checks, needingGc: Checks): Promise<Report> {
  const passed: string[] = [];
  const failed: Record<string, string> = {};
  for (const [name, check] of Object.entries({ ...checks, ...(collect && needingGc) })) {
    try {
      await check();
      passed.push(name);
    } catch (error) {
      failed[name] = error instanceof Error ? (error.stack ?? error.message) : String(error);
    }
  }
  return { passed, failed, skipped: collect ? [] : Object.keys(needingGc) };
}
