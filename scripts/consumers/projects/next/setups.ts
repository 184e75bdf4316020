import { rmSync } from "node:fs";
import { SMOKE_PASSED, writeSmoke } from "../../harness/bodies.ts";
import type { Project } from "../../harness/project.ts";
import type { SetupGroup } from "../../harness/setup.ts";

function buildAndAsk(project: Project, path: string): void {
  writeSmoke(project, "esm");
  project.runTool("next", ["build"]);
  project.runNode(["start.mjs", path], { expected: SMOKE_PASSED });
}

export const NEXT: SetupGroup = {
  folder: "next",
  setups: [
    {
      name: "next-edge",
      title: "Next, a route of the edge runtime",
      tools: ["next"],
      run: (project) => buildAndAsk(project, "/edge"),
    },
    {
      name: "next",
      title: "Next, a page and a route of Node",
      tools: ["next"],
      run: (project) => {
        // If the build fails for the edge runtime, it fails for all.
        rmSync(project.path("app/edge"), { recursive: true });
        buildAndAsk(project, "/node");
        project.runNode(["start.mjs", "/"], { expected: SMOKE_PASSED });
      },
    },
  ],
};
