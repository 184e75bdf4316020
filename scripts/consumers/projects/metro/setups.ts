import { SMOKE_PASSED, writeSmoke } from "../../harness/bodies.ts";
import type { Setup, SetupGroup } from "../../harness/setup.ts";

const setups = (["off", "on"] as const).map((packageExports): Setup => ({
  name: `metro-exports-${packageExports}`,
  title: `Metro (React Native), package exports ${packageExports}`,
  tools: ["metro"],
  isFast: packageExports === "off",
  run: (project) => {
    writeSmoke(project, "esm");
    const out = `exports-${packageExports}.js`;
    project.runNode(["bundle.cjs", out, packageExports]);
    project.runNode([out], { expected: SMOKE_PASSED });
  },
}));

export const METRO: SetupGroup = { folder: "metro", setups };
