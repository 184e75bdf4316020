/** The files of one kind of modules. */
interface EntryTarget {
  readonly types: string;
  readonly default: string;
}

/** The target of one entry of a published package, by condition. */
export interface EntryConditions {
  readonly "@heapwise/source": string;
  readonly "module-sync": EntryTarget;
  readonly module: EntryTarget;
  readonly import: EntryTarget;
  readonly require: EntryTarget;
  readonly default: EntryTarget;
}

/** The name of the source file of an entry: "." is `index`, "./core" is `core`. */
export function nameOfEntry(entry: string): string {
  return entry === "." ? "index" : entry.slice("./".length);
}

/**
 * The conditions of an entry. Node 20.19 and newer uses `module-sync`, and bundlers use `module`,
 * both for `import` and for `require`, so that there is one copy in memory. `require` is for tools
 * that know neither: Jest, older Nodes, CommonJS files of TypeScript.
 */
export function conditionsOf(name: string): EntryConditions {
  const module = { types: `./dist/${name}.d.ts`, default: `./dist/${name}.js` };
  return {
    "@heapwise/source": `./src/${name}.ts`,
    "module-sync": module,
    module,
    import: module,
    require: { types: `./dist/cjs/${name}.d.ts`, default: `./dist/cjs/${name}.js` },
    default: module,
  };
}

/** The fields for tools that do not read `exports`; `up` leads from the manifest to the package. */
export function fieldsWithoutExports(name: string, up: string): Readonly<Record<string, string>> {
  return {
    main: `${up}/dist/cjs/${name}.js`,
    module: `${up}/dist/${name}.js`,
    types: `${up}/dist/cjs/${name}.d.ts`,
  };
}

/**
 * The manifest in the folder of a subpath, for the same tools: they look for `<package>/<name>`.
 */
export function stubOf(name: string): string {
  const sideEffects = RUNNERS.includes(name);
  const fields = { type: "commonjs", ...fieldsWithoutExports(name, ".."), sideEffects };
  return `${JSON.stringify(fields, null, 2)}\n`;
}

/**
 * Entries for test runners. Importing one extends the `expect` of the runner, which its file
 * `in-<runner>.ts` does, and a bundler must not leave that out.
 */
const RUNNERS: readonly string[] = ["jest", "node-test", "vitest"];

/**
 * The field `sideEffects` of a package, and of its CommonJS copy, whose files are in `.`: the
 * patterns of files that have effects, or false.
 */
export function sideEffectsOf(
  exports: Readonly<Record<string, unknown>>,
  place: "package" | "copy",
): readonly string[] | false {
  const names = entriesOf(exports)
    .map(nameOfEntry)
    .filter((name) => RUNNERS.includes(name));
  if (names.length === 0) return false;
  if (place === "copy") return names.map((name) => `./${name}.js`);
  return names.flatMap((name) => [
    `./dist/${name}.js`,
    `./dist/cjs/${name}.js`,
    // esbuild asks while it makes `dist`.
    `./src/${name}.ts`,
    `./src/**/in-${name}.ts`,
  ]);
}

/** The entries of a package: the keys of `exports` that lead to code. */
export function entriesOf(exports: Readonly<Record<string, unknown>>): string[] {
  return Object.keys(exports).filter((entry) => entry !== "./package.json");
}

/**
 * The entries that work without a peer: an entry with the name of an optional peer is for programs
 * that have it.
 */
export function standaloneEntriesOf({
  exports = {},
  peerDependencies = {},
}: {
  readonly exports?: Readonly<Record<string, unknown>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}): string[] {
  return entriesOf(exports).filter((entry) => !(nameOfEntry(entry) in peerDependencies));
}

/**
 * The names of the source files of the commands of a package: `./dist/cli.js` comes from
 * `src/cli.ts`. A command has no CommonJS copy, because Node runs it and nothing loads it.
 * @throws {RangeError} if a command has another path, or is an entry too.
 */
export function binsOf(
  bin: Readonly<Record<string, string>>,
  exports: Readonly<Record<string, unknown>>,
): string[] {
  const entries = entriesOf(exports).map(nameOfEntry);
  return Object.entries(bin).map(([command, path]) => {
    const [, name] = /^\.\/dist\/([a-z][a-z0-9-]*)\.js$/.exec(path) ?? [];
    if (name !== undefined && !entries.includes(name)) return name;
    const wanted = 'expected "./dist/", a name in kebab case that no entry has, and ".js"';
    throw new RangeError(`Cannot make a command: bin["${command}"] is "${path}", ${wanted}`);
  });
}

/**
 * The names of the subpaths of a package, which have a folder each.
 * @throws {RangeError} if that folder would be inside another one, which the stubs do not support,
 * or if the folder already has another use.
 */
export function subpathsOf(exports: Readonly<Record<string, unknown>>): string[] {
  const subpaths = entriesOf(exports).filter((entry) => entry !== ".");
  const taken = ["dist", "index", "src", "test"];
  const wrong = subpaths.find(
    (entry) => !/^\.\/[a-z][a-z0-9-]*$/.test(entry) || taken.includes(nameOfEntry(entry)),
  );
  if (wrong === undefined) return subpaths.map(nameOfEntry);
  const found = `exports has ${JSON.stringify(wrong)}`;
  const wanted = `"./" and a name in kebab case other than ${taken.join(", ")}`;
  throw new RangeError(`Cannot make a folder for an entry: ${found}, expected ${wanted}`);
}
