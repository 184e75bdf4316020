import { consumerNames, writeConsumers } from "../../harness/bodies.ts";
import type { Project } from "../../harness/project.ts";
import type { Setup, SetupGroup } from "../../harness/setup.ts";

const PNPM = "by-pnpm";
const YARN = "by-yarn";

/**
 * Makes a folder whose manifest takes all our packages from their tarballs, also as dependencies of
 * each other.
 */
function makeFolder(project: Project, folder: string): void {
  const dependencies = Object.fromEntries(
    Object.entries(project.tarballs).map(([name, path]) => [name, `file:${path}`]),
  );
  for (const kind of ["esm", "cjs"] as const) writeConsumers(project, `${folder}/${kind}`, kind);
  const manifest = { dependencies, resolutions: dependencies, pnpm: { overrides: dependencies } };
  project.write(`${folder}/package.json`, JSON.stringify(manifest));
}

function installByYarn(project: Project): void {
  makeFolder(project, YARN);
  // Without this file, yarn uses a parent folder as its project.
  project.write(`${YARN}/yarn.lock`, "");
  yarn(project, ["install", "--no-immutable"]);
}

function yarn(project: Project, args: readonly string[], expected = /(?:)/): void {
  const env = { YARN_ENABLE_TELEMETRY: "0", YARN_GLOBAL_FOLDER: project.path("yarn-global") };
  project.runTool("@yarnpkg/cli-dist", args, { bin: "yarn", folder: YARN, env, expected });
}

const byYarn = ([undefined, "node24"] as const).flatMap((runtime): Setup[] =>
  (["esm", "cjs"] as const).map((kind) => ({
    name: `yarn-pnp-${kind}${runtime === undefined ? "" : `-${runtime}`}`,
    title: `Yarn 4 PnP, ${kind === "esm" ? "`import`" : "`require`"}`,
    tools: ["@yarnpkg/cli-dist"],
    ...(runtime && { runtime }),
    run: (project) => {
      installByYarn(project);
      for (const name of consumerNames()) yarn(project, ["node", `${kind}/${name}.js`]);
      // Only Plug'n'Play has no such folder.
      yarn(project, ["node", "-p", "fs.existsSync('node_modules')"], /^false$/m);
    },
  })),
);

const byPnpm: Setup = {
  name: "pnpm",
  title: "pnpm, strict peer dependencies",
  tools: ["pnpm"],
  run: (project) => {
    makeFolder(project, PNPM);
    const flags = ["--no-frozen-lockfile", "--strict-peer-dependencies"];
    project.runTool("pnpm", ["install", ...flags], { folder: PNPM });
    for (const kind of ["esm", "cjs"]) {
      for (const name of consumerNames()) {
        project.runNode([`${kind}/${name}.js`], { folder: PNPM });
      }
    }
  },
};

export const PNPM_AND_YARN: SetupGroup = {
  folder: "pnpm-and-yarn",
  installsTarballs: false,
  setups: [byPnpm, ...byYarn],
};
