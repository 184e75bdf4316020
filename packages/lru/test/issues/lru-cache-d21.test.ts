import { readFileSync } from "node:fs";
import { expect, it } from "vitest";

interface Manifest {
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
}

// lru-cache 11.5.3: under the condition `react-native`, its exports name a file that the package does not have.
it("the exports name files for every condition, and only two kinds of them", () => {
  const { exports } = JSON.parse(
    readFileSync(new URL("../../package.json", import.meta.url), "utf8"),
  ) as Manifest;
  for (const [entry, targets] of Object.entries(exports)) {
    if (entry === "./package.json") continue;
    const name = entry === "." ? "index" : entry.slice(2);
    // No condition of an environment: each of them takes the default, which the build and the pack test make sure of.
    expect(targets).toEqual({
      "@heapwise/source": `./src/${name}.ts`,
      types: `./dist/${name}.d.ts`,
      default: `./dist/${name}.js`,
    });
  }
});
