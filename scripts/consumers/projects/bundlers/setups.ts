import { SMOKE_PASSED, writeSmoke } from "../../harness/bodies.ts";
import type { Project } from "../../harness/project.ts";
import type { Setup, SetupGroup } from "../../harness/setup.ts";

const ONE_COPY = /one copy of [1-9]\d+ exports/;

/** `<bundler>.mjs` bundles an entry into one file. */
type Bundler = "webpack" | "esbuild" | "rollup" | "rolldown";

const NAMES: Readonly<Record<Bundler, string>> = {
  webpack: "webpack",
  esbuild: "esbuild",
  rollup: "Rollup",
  rolldown: "Rolldown",
};

function bundleAndRun(project: Project, bundler: Bundler, entry: string, expected: RegExp): void {
  const out = `${bundler}-${entry.replace(".", "-")}.cjs`;
  project.runNode([`${bundler}.mjs`, entry, out]);
  project.runNode([out], { expected });
}

function setupsOf(bundler: Bundler): Setup[] {
  const isFast = bundler === "webpack";
  const common = { tools: [bundler], isFast };
  const setups: Setup[] = [
    {
      ...common,
      name: bundler,
      title: `${NAMES[bundler]}, a page that imports`,
      run: (project) => {
        writeSmoke(project, "esm");
        bundleAndRun(project, bundler, "page.mjs", SMOKE_PASSED);
      },
    },
    {
      ...common,
      name: `${bundler}-require`,
      title: `${NAMES[bundler]}, a page that requires`,
      run: (project) => {
        writeSmoke(project, "cjs");
        bundleAndRun(project, bundler, "page.cjs", SMOKE_PASSED);
      },
    },
    {
      ...common,
      name: `${bundler}-mixed`,
      title: `${NAMES[bundler]}, \`import\` and \`require\`: one copy`,
      run: (project) => bundleAndRun(project, bundler, "mixed.js", ONE_COPY),
    },
  ];
  return setups;
}

const vite: Setup = {
  name: "vite",
  title: "Vite, build of a page",
  tools: ["vite"],
  run: (project) => {
    writeSmoke(project, "esm");
    project.runNode(["vite.mjs", "page.mjs", "page.cjs"]);
    project.runNode(["vite-out/page.cjs"], { expected: SMOKE_PASSED });
  },
};

export const BUNDLER_SETUPS: SetupGroup = {
  folder: "bundlers",
  setups: [...(Object.keys(NAMES) as Bundler[]).flatMap(setupsOf), vite],
};
