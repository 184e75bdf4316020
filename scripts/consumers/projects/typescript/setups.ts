import { writeConsumers } from "../../harness/bodies.ts";
import type { Project } from "../../harness/project.ts";
import type { Setup, SetupGroup } from "../../harness/setup.ts";

const RESOLUTIONS = {
  node10: "commonjs",
  node16: "node16",
  nodenext: "nodenext",
  bundler: "esnext",
} as const;

type Resolution = keyof typeof RESOLUTIONS;

const MODERN: readonly Resolution[] = ["node16", "nodenext", "bundler"];

const VERSIONS: readonly (readonly [version: string, resolutions: readonly Resolution[]])[] = [
  ["5.2", ["node10", ...MODERN]],
  ["5.4", ["node10", ...MODERN]],
  ["5.9", ["node10", ...MODERN]],
  ["6", ["node10", ...MODERN]],
  ["7", MODERN],
];

/**
 * Compiles an ES module and a CommonJS file, with a check of the declarations, and runs the output.
 */
function compile(
  project: Project,
  version: string,
  resolution: Resolution,
  ...more: readonly string[]
): void {
  writeConsumers(project, "esm", "ts");
  writeConsumers(project, "cjs", "ts");
  // The older name of node10.
  const name = version === "4.9" && resolution === "node10" ? "node" : resolution;
  const flags = ["--module", RESOLUTIONS[resolution], "--moduleResolution", name, ...more];
  // TypeScript 6 warns about options that TypeScript 7 no longer has.
  if (version === "6" && resolution === "node10") flags.push("--ignoreDeprecations", "6.0");
  const outDir = `out-${version}-${resolution}`;
  project.runTool(`typescript-${version}`, ["-p", ".", ...flags, "--outDir", outDir], {
    bin: "tsc",
  });
  for (const kind of ["esm", "cjs"]) {
    // Without `module: node16` or later, TypeScript writes one kind of modules for all files.
    const written = { node10: "commonjs", bundler: "module" }[resolution as "node10"];
    const type = written ?? (kind === "esm" ? "module" : "commonjs");
    project.write(`${outDir}/${kind}/package.json`, JSON.stringify({ type }));
    for (const file of ["lru", "pool", "sizeof", "weak"]) {
      project.runNode([`${outDir}/${kind}/${file}.js`]);
    }
  }
}

const setups = VERSIONS.flatMap(([version, resolutions]) =>
  resolutions.map((resolution): Setup => ({
    name: `typescript-${version}-${resolution}`,
    title: `TypeScript, \`moduleResolution: ${resolution}\``,
    tools: [`typescript-${version}`],
    isFast: version === "5.9",
    run: (project) => compile(project, version, resolution),
  })),
);

const old: Setup[] = (["node10", "node16", "nodenext"] as const).map((resolution) => ({
  name: `typescript-4.9-${resolution}`,
  title: "TypeScript, node10 to nodenext, `skipLibCheck: true`",
  tools: ["typescript-4.9"],
  run: (project) => compile(project, "4.9", resolution, "--skipLibCheck"),
}));

const oldAndStrict: Setup = {
  name: "typescript-4.9-strict",
  title: "TypeScript, `skipLibCheck: false`",
  tools: ["typescript-4.9"],
  failing: {
    error: /TS2726: Cannot find lib definition for 'esnext\.disposable'/,
    remedy: "TypeScript 5.2 or newer, or `skipLibCheck: true`",
  },
  run: (project) => compile(project, "4.9", "node16"),
};

export const TYPESCRIPT: SetupGroup = {
  folder: "typescript",
  setups: [...setups, ...old, oldAndStrict],
};
