/**
 * Writes the JavaScript of the package in the current folder to `dist`, one file for each entry and
 * one for what they share. `tsc` writes the declarations.
 *
 * Bundled, because V8 reads a constant of another module from memory each time it is used, and
 * checks that a function of another module is still the same. With the constants inlined a hit in a
 * small cache takes about a fifth less time (docs/decisions/bundle.md).
 */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { build, transformSync, type TransformFailure } from "esbuild";

interface Manifest {
  readonly exports: Readonly<Record<string, string | { readonly "@heapwise/source"?: string }>>;
}

const { exports } = JSON.parse(await readFile("package.json", "utf8")) as Manifest;
const entryPoints = Object.values(exports).flatMap((entry) =>
  typeof entry === "string" ? [] : (entry["@heapwise/source"] ?? []),
);
if (entryPoints.length === 0) throw new Error("Cannot bundle: package.json exports no source");

rmSync("dist", { recursive: true, force: true });
const { outputFiles } = await build({
  entryPoints,
  outdir: "dist",
  outbase: "src",
  bundle: true,
  splitting: true,
  // Inlines constants across modules; names stay, so that stacks and heap snapshots can be read.
  minifySyntax: true,
  sourcemap: true,
  format: "esm",
  target: "es2022",
  packages: "external",
  write: false,
});
for (const { path, text } of outputFiles) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, path.endsWith(".js") ? tidied(text) : text);
}

/**
 * A class that refers to itself is renamed by esbuild, and would tell that name in stacks and heap
 * snapshots. A file that is imported for its effects has none; its line stays, for the source map.
 */
function tidied(code: string): string {
  const names = [...code.matchAll(/ = class _([A-Z]\w*)/g)].map(([, name]) => name!);
  return withConstants(
    names
      .reduce((text, name) => text.replaceAll(new RegExp(`\\b_${name}\\b`, "g"), name), code)
      .replaceAll(/^import "[^"]+";$/gm, ""),
  );
}

/**
 * The `var` that esbuild makes of every declaration of a module is `const` again, or `let` where
 * esbuild finds that a name is assigned to. V8 folds what is constant; of a `var` it loads what it
 * holds at each use, and checks it.
 */
function withConstants(code: string): string {
  const lines = code.replaceAll(/^var /gm, "const ").split("\n");
  for (;;) {
    const at = lineOfVariable(lines.join("\n"));
    if (at === undefined) return lines.join("\n");
    let start = at - 1;
    while (!lines[start]!.startsWith("const ")) start--;
    lines[start] = lines[start]!.replace("const", "let");
  }
}

/** The number of a line that declares as a constant what is none. */
function lineOfVariable(code: string): number | undefined {
  const logOverride = { "assign-to-constant": "error" } as const;
  try {
    transformSync(code, { logLevel: "silent", logOverride });
    return undefined;
  } catch (error) {
    const { location, notes } = (error as TransformFailure).errors[0]!;
    return (notes[0]?.location ?? location)!.line;
  }
}
