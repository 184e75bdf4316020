import { readFileSync } from "node:fs";
import { consumerNames, SMOKE_PASSED, writeConsumers, writeSmoke } from "../../harness/bodies.ts";
import type { Project } from "../../harness/project.ts";
import type { SetupGroup } from "../../harness/setup.ts";
import { fetchRuntime } from "../../../runtimes/fetch-runtime.ts";
import { askWorker } from "../../../runtimes/workerd.ts";

function importAndRequire(project: Project, runtime: "bun" | "deno", flags: readonly string[]) {
  for (const kind of ["esm", "cjs"] as const) {
    writeConsumers(project, kind, kind);
    for (const name of consumerNames()) {
      project.runRuntime(runtime, [...flags, `${kind}/${name}.js`]);
    }
  }
}

async function askBundledWorker(project: Project): Promise<void> {
  writeSmoke(project, "esm");
  project.runNode(["bundle.mjs"]);
  const worker = {
    script: readFileSync(project.path("bundle.js"), "utf8"),
    compatibilityDate: "2026-06-01",
    compatibilityFlags: [],
  };
  const folder = project.path("workerd");
  const [answer] = await askWorker(fetchRuntime("workerd"), folder, worker, ["/"]);
  if (!SMOKE_PASSED.test(String(answer))) throw new Error(`Cannot run worker: ${String(answer)}`);
}

export const RUNTIMES: SetupGroup = {
  folder: "runtimes",
  setups: [
    {
      name: "bun",
      title: "Bun, `import` and `require`",
      tools: [],
      runtime: "bun",
      run: (project) => importAndRequire(project, "bun", ["run"]),
    },
    {
      name: "deno",
      title: "Deno, `import` and `require`",
      tools: [],
      runtime: "deno",
      run: (project) => importAndRequire(project, "deno", ["run", "--no-prompt", "--allow-read"]),
    },
    {
      name: "workerd",
      title: "workerd (Cloudflare Workers), bundled by esbuild",
      tools: ["esbuild"],
      runtime: "workerd",
      run: askBundledWorker,
    },
  ],
};
