import { join } from "node:path";
import { build } from "esbuild";

/** The file that `makeWorkerProgram` makes, from the root of the repository. */
export const WORKER_PROGRAM = "packages/modules/src/backends/worker/worker-program.ts";

const MAIN = "packages/modules/worker/main.ts";
/** Lines that `bundle.ts` would change if a text had them, because it takes them for code. */
const LIKE_CODE = /^(?:var |let |const |import |export )/m;

/**
 * The source file with the program of workers as a text. It is not a file of its own at run time,
 * so that it is also in bundles of users and in the CommonJS copy.
 */
export async function makeWorkerProgram(root: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [join(root, MAIN)],
    absWorkingDir: root,
    bundle: true,
    format: "iife",
    platform: "node",
    target: "node20",
    legalComments: "none",
    charset: "ascii",
    write: false,
  });
  const text = outputFiles[0]!.text.trim();
  const found = LIKE_CODE.exec(text)?.[0];
  if (found !== undefined) {
    throw new Error(`Cannot write worker: it has "${found}", expected no such line`);
  }
  return [
    "// Written by `npm run worker` from packages/modules/worker; a test compares.",
    `export const workerProgram: string =\n  ${JSON.stringify(text)};`,
    "",
  ].join("\n");
}
