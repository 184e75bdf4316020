import { readFileSync } from "node:fs";
import { expect, it } from "vitest";

type Targets = Readonly<Record<string, string | Readonly<Record<string, string>>>>;

interface Manifest {
  readonly exports: Readonly<Record<string, string | Targets>>;
}

// lru-cache 11.5.3: the condition `react-native` in its exports names a file that does not exist.
it("the exports name no file for an environment, only one of two copies", () => {
  const { exports } = JSON.parse(
    readFileSync(new URL("../../package.json", import.meta.url), "utf8"),
  ) as Manifest;
  for (const [entry, targets] of Object.entries(exports)) {
    if (entry === "./package.json") continue;
    const name = entry === "." ? "index" : entry.slice(2);
    const modules = { types: `./dist/${name}.d.ts`, default: `./dist/${name}.js` };
    // The build and the pack test check the files.
    expect(targets).toEqual({
      "@heapwise/source": `./src/${name}.ts`,
      "module-sync": modules,
      module: modules,
      import: modules,
      require: { types: `./dist/cjs/${name}.d.ts`, default: `./dist/cjs/${name}.js` },
      default: modules,
    });
  }
});
