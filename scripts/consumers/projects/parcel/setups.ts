import { SMOKE_PASSED, writeSmoke } from "../../harness/bodies.ts";
import type { SetupGroup } from "../../harness/setup.ts";

export const PARCEL: SetupGroup = {
  folder: "parcel",
  setups: [
    {
      name: "parcel",
      title: "Parcel, no configuration",
      tools: ["parcel"],
      run: (project) => {
        writeSmoke(project, "esm");
        project.runTool("parcel", ["build", "page.js", "--no-cache", "--no-source-maps"]);
        // A script of a page, which is not a module.
        project.write("dist/package.json", '{ "type": "commonjs" }');
        project.runNode(["dist/page.js"], { expected: SMOKE_PASSED });
      },
    },
  ],
};
