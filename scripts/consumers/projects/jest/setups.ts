import { writeConsumers, writeSmoke } from "../../harness/bodies.ts";
import type { Project } from "../../harness/project.ts";
import type { Setup, SetupGroup } from "../../harness/setup.ts";

const PASSED = /^Tests: +[1-9]\d* passed, \d+ total$/m;

function runDefault(project: Project): void {
  writeConsumers(project, "consumers", "cjs");
  writeSmoke(project, "cjs");
  project.runTool("jest", ["require.test.js"], { expected: PASSED });
}

function runTyped(project: Project, config: string): void {
  writeConsumers(project, "typed", "ts");
  project.runTool("jest", ["--config", `${config}.config.json`], { expected: PASSED });
}

function setupsOf(version: "29" | "30", isFast: boolean): Setup[] {
  const tools = ["jest", "ts-jest"];
  const byDefault = {
    title: `Jest ${version}, no configuration (CommonJS)`,
    tools: ["jest"],
    run: runDefault,
  };
  return [
    { ...byDefault, name: `jest-${version}`, isFast },
    { ...byDefault, name: `jest-${version}-node24`, runtime: "node24" },
    {
      name: `jest-${version}-import`,
      title: `Jest ${version}, \`import\` in tests (babel-jest)`,
      tools: ["jest"],
      isFast,
      run: (project) => void project.runTool("jest", ["import/"], { expected: PASSED }),
    },
    {
      name: `jest-${version}-ts-node10`,
      title: `ts-jest on Jest ${version}, \`moduleResolution: node10\``,
      tools,
      isFast,
      run: (project) => runTyped(project, "ts-jest-node10"),
    },
    {
      name: `jest-${version}-ts-nodenext`,
      title: `ts-jest on Jest ${version}, \`module: nodenext\``,
      tools,
      isFast,
      run: (project) => runTyped(project, "ts-jest-nodenext"),
    },
  ];
}

export const JEST: readonly SetupGroup[] = [
  { folder: "jest", variant: "jest-30", setups: setupsOf("30", true) },
  { folder: "jest", variant: "jest-29", setups: setupsOf("29", false) },
];
