import { writeConsumers, writeSmoke } from "../../harness/bodies.ts";
import type { SetupGroup } from "../../harness/setup.ts";

export const VITEST: SetupGroup = {
  folder: "vitest",
  setups: [
    {
      name: "vitest",
      title: "Vitest, no configuration",
      tools: ["vitest"],
      run: (project) => {
        writeConsumers(project, "consumers", "esm");
        writeSmoke(project, "esm");
        project.runTool("vitest", ["run", "--testTimeout=300000"], {
          expected: /Tests +5 passed \(5\)/,
        });
      },
    },
  ],
};
