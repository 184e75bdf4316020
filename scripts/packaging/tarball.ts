import { existsSync, readdirSync, readFileSync } from "node:fs";
import { SourceMap, type SourceMapPayload } from "node:module";
import { dirname, join } from "node:path";
import { binsOf, entriesOf, nameOfEntry, subpathsOf } from "./entries.ts";

/** The missing and the superfluous files of a tarball, with a sentence for each. */
export function listFindings(
  paths: readonly string[],
  exports: Readonly<Record<string, unknown>>,
  bin: Readonly<Record<string, string>> = {},
): string[] {
  const files = entriesOf(exports)
    .map(nameOfEntry)
    .flatMap((name) => {
      const built = ["dist", "dist/cjs"].flatMap((folder) =>
        ["js", "d.ts"].map((ending) => `${folder}/${name}.${ending}`),
      );
      return [...built, `src/${name}.ts`];
    });
  const bins = binsOf(bin, exports);
  const commands = bins.flatMap((name) => [`dist/${name}.js`, `src/${name}.ts`]);
  const useless = bins.flatMap((name) => [
    `dist/${name}.d.ts`,
    ...["js", "d.ts"].map((ending) => `dist/cjs/${name}.${ending}`),
  ]);
  const stubs = subpathsOf(exports).map((name) => `${name}/package.json`);
  const wanted = ["LICENSE", "README.md", "package.json", "dist/cjs/package.json"];
  const all = [...wanted, ...files, ...commands, ...stubs];
  return [
    ...all.filter((path) => !paths.includes(path)).map((path) => `${path} is absent`),
    ...paths
      .filter((path) => !all.includes(path) && (useless.includes(path) || !belongs(path, paths)))
      .map((path) => `${path} is stray`),
  ];
}

/** Whether a file is a source, was built from one or several sources, or is a page. */
function belongs(path: string, paths: readonly string[]): boolean {
  if (path.includes(".test.")) return false;
  if (/^dist\/(?:cjs\/)?chunk-[A-Z0-9]{8}\.js$|^dist\/chunk-[A-Z0-9]{8}\.js\.map$/.test(path)) {
    return true;
  }
  const built =
    /^dist\/(?!cjs\/)(.+?)\.(?:js|d\.ts)(?:\.map)?$/.exec(path) ??
    /^dist\/cjs\/(.+?)\.(?:js|d\.ts)$/.exec(path);
  if (built !== null) return paths.includes(`src/${built[1]}.ts`);
  return /^src\/.+\.ts$|^[A-Z]+(?:\.md)?$/.test(path);
}

/**
 * Finds the places in an installed package from which a debugger or an editor cannot reach the
 * sources: the file has no map, its map has a copy of the sources, or a place has another name in
 * the source. `places` is the number of compared places.
 */
export function mapFindings(folder: string): { findings: string[]; places: number } {
  const findings: string[] = [];
  let places = 0;
  for (const name of readdirSync(join(folder, "dist"), { recursive: true, encoding: "utf8" })) {
    if (!/\.(?:js|d\.ts)$/.test(name)) continue;
    const path = join(folder, "dist", name);
    const text = readFileSync(path, "utf8");
    const [, url = ""] = /^\/\/# sourceMappingURL=(.*)$/m.exec(text) ?? [];
    const map = join(dirname(path), url);
    if (url === "" || !existsSync(map)) {
      findings.push(`${name} has no map`);
      continue;
    }
    const payload = JSON.parse(readFileSync(map, "utf8")) as SourceMapPayload;
    if ("sourcesContent" in payload) findings.push(`${name} has a map with a copy of its sources`);
    const absent = payload.sources.filter((source) => !existsSync(join(dirname(map), source)));
    if (absent.length > 0) {
      findings.push(`${name} has no ${absent.join()}`);
      continue;
    }
    const found = placesIn(text, new SourceMap(payload), dirname(map));
    places += found.length;
    for (const place of found.filter(({ isRight }) => !isRight)) {
      findings.push(`${name} leads to another line than the line of ${place.name}`);
    }
  }
  return { findings, places };
}

/** The classes and functions that a file declares, and whether its map leads to them. */
function placesIn(
  text: string,
  map: SourceMap,
  folder: string,
): { name: string; isRight: boolean }[] {
  return text.split("\n").flatMap((line, at) => {
    const declared = /^(?:export declare (?:abstract )?class |export declare function |function )/;
    const [before] = declared.exec(line) ?? [];
    if (before === undefined) return [];
    const name = /^\w+/.exec(line.slice(before.length))![0];
    const entry = map.findEntry(at, before.length);
    if (!("originalSource" in entry)) return [{ name, isRight: false }];
    const source = readFileSync(join(folder, entry.originalSource), "utf8").split("\n");
    const original = name.replace(/\d+$/, "");
    return [{ name, isRight: source[entry.originalLine]!.includes(original) }];
  });
}
