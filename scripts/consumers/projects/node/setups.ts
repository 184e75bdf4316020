import { consumerNames, writeConsumers } from "../../harness/bodies.ts";
import type { Project } from "../../harness/project.ts";
import type { Setup, SetupGroup } from "../../harness/setup.ts";

function importAndRequire(project: Project): void {
  for (const kind of ["esm", "cjs"] as const) {
    writeConsumers(project, kind, kind);
    // No output: Node prints no warning about an experiment.
    for (const name of consumerNames()) project.runNode([`${kind}/${name}.js`], { expected: /^$/ });
  }
}

function runTests(project: Project): void {
  for (const kind of ["esm", "cjs"] as const) writeConsumers(project, kind, kind);
  project.runNode(["--test", "--test-reporter=tap"], { expected: /^# pass 8$/m });
}

function mix(project: Project): void {
  project.runNode(["mixed.mjs"], { expected: /^one copy of [1-9]\d+ exports$/m });
}

const setups = ([undefined, "node24", "node26"] as const).flatMap((runtime): Setup[] => {
  const suffix = runtime === undefined ? "" : `-${runtime}`;
  const common = { tools: [], ...(runtime && { runtime }) };
  return [
    {
      ...common,
      name: `node${suffix}`,
      title: "Node, `import` and `require`",
      run: importAndRequire,
    },
    { ...common, name: `node-mixed${suffix}`, title: "Node, both: one copy", run: mix },
    { ...common, name: `node-test${suffix}`, title: "`node --test`", run: runTests },
  ];
});

export const NODE: SetupGroup = { folder: "node", setups };
