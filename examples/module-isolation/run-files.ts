import { ModuleHost } from "@heapwise/modules";

/** What became of one file of tests. */
export interface FileResult {
  readonly file: string;
  /** Titles of the tests that passed. */
  readonly passed: readonly string[];
  /** Errors by the titles of the tests that failed. */
  readonly failed: ReadonlyMap<string, unknown>;
  /** What still holds the code of the file. */
  readonly heldBy: readonly string[];
}

/**
 * Runs files whose exports are tests, one file after another in this process. Each file gets fresh
 * copies of all modules of the folder, which are unloaded after it.
 */
export async function runFiles(root: string, files: readonly string[]): Promise<FileResult[]> {
  await using host = new ModuleHost({ root });
  const results: FileResult[] = [];
  for (const file of files) results.push(await runFile(host, file));
  return results;
}

async function runFile(host: ModuleHost, file: string): Promise<FileResult> {
  const { name } = await host.load(`./${file}`);
  const { passed, failed } = await runTests(host, name);
  const { retained } = await host.unload(name);
  return { file, passed, failed, heldBy: retained.map(String) };
}

type Outcome = Pick<FileResult, "passed" | "failed">;

async function runTests(host: ModuleHost, name: string): Promise<Outcome> {
  const tests = await host.load(`./${name}`);
  const passed: string[] = [];
  const failed = new Map<string, unknown>();
  for (const title of Object.keys(tests.exports)) {
    try {
      await tests.call(title);
      passed.push(title);
    } catch (error) {
      failed.set(title, error);
    }
  }
  return { passed, failed };
}
