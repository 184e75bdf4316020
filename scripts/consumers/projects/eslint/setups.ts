import { consumerNames, writeConsumers } from "../../harness/bodies.ts";
import type { SetupGroup } from "../../harness/setup.ts";

export const ESLINT: SetupGroup = {
  folder: "eslint",
  setups: [
    {
      name: "eslint-plugin-import",
      title: "eslint-plugin-import, its own resolver",
      tools: ["eslint", "eslint-plugin-import"],
      run: (project) => {
        writeConsumers(project, "consumers", "esm");
        const files = consumerNames().map((name) => `consumers/${name}.js`);
        project.runTool("eslint", ["--max-warnings=0", ...files]);
        // This shows that the rule is on.
        project.runTool("eslint", ["wrong.js"], { status: 1, expected: /import\/no-unresolved/ });
      },
    },
  ],
};
