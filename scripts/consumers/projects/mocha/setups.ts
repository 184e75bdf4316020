import { writeConsumers } from "../../harness/bodies.ts";
import type { Setup, SetupGroup } from "../../harness/setup.ts";

const setups = Object.entries({ node10: "commonjs", node16: "node16", nodenext: "nodenext" }).map(
  ([moduleResolution, module]): Setup => ({
    name: `mocha-ts-node-${moduleResolution}`,
    title: "Mocha and ts-node, node10 to nodenext",
    tools: ["mocha", "ts-node", "typescript"],
    run: (project) => {
      writeConsumers(project, "consumers", "ts");
      const options = { module, moduleResolution, target: "es2022", strict: true, types: [] };
      project.runTool(
        "mocha",
        ["--require", "ts-node/register", "--timeout", "300000", "consumer.spec.ts"],
        {
          env: { TS_NODE_COMPILER_OPTIONS: JSON.stringify(options) },
          expected: /1 passing/,
        },
      );
    },
  }),
);

export const MOCHA: SetupGroup = { folder: "mocha", setups };
