import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describeError, describeValue, type Outcome } from "./outcome.ts";

/** A graph that is written into a folder. */
export interface Job {
  readonly entry: string;
  readonly isRequired: boolean;
}

/** Runs graphs by plain Node, one after the other in one process. */
export function askNode(folder: string, jobs: readonly Job[]): Outcome[] {
  const script = join(folder, "oracle.mjs");
  writeFileSync(
    script,
    `import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
const require = createRequire(import.meta.url);
${String(describeValue)}
${String(describeError)}
// Node 20 throws some errors of imported CommonJS a second time.
process.on('uncaughtException', () => {});
const outcomes = [];
for (const { entry, isRequired } of ${JSON.stringify(jobs)}) {
  const log = [];
  globalThis.log = (...values) => void log.push(values.map(String).join(' '));
  const outcome = { log };
  try {
    const exports = isRequired ? require(entry) : await import(pathToFileURL(entry).href);
    await exports?.done;
    outcome.exports = describeValue(exports);
  } catch (error) {
    outcome.error = describeError(error);
  }
  // Modules next to one that failed go on for some microtasks.
  await new Promise((resolve) => setImmediate(resolve));
  outcomes.push(outcome);
}
process.stdout.write(JSON.stringify(outcomes));`,
  );
  const out = execFileSync(process.execPath, ["--no-warnings", script], {
    encoding: "utf8",
    env: { ...process.env, NODE_OPTIONS: "" },
    maxBuffer: 2 ** 28,
  });
  return JSON.parse(out) as Outcome[];
}
