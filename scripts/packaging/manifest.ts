import {
  conditionsOf,
  entriesOf,
  fieldsWithoutExports,
  nameOfEntry,
  sideEffectsOf,
  subpathsOf,
} from "./entries.ts";

/** The inputs from which `npm run manifests` makes the fields of a published manifest. */
export interface ManifestParts {
  /** Folder of the package, relative to the root of the repository. */
  readonly folder: string;
  readonly manifest: {
    /** The keys are the entries. There is no other list of them. */
    readonly exports?: Readonly<Record<string, unknown>>;
    readonly scripts?: Readonly<Record<string, string>>;
  };
  /** The manifest of the root. It has `engines` and the only copy of the address. */
  readonly root: { readonly engines?: unknown; readonly repository?: string };
}

const SCRIPTS = {
  build: "tsx ../../scripts/bundle.ts",
  typecheck: "tsc -p tsconfig.json",
  prepublishOnly: "tsx ../../scripts/check-publish.ts",
};

/**
 * The generated fields of a published manifest, in their order. `npm run manifests` writes them.
 */
export function madeFields({ folder, manifest, root }: ManifestParts): Record<string, unknown> {
  const { exports = {}, scripts } = manifest;
  const subpaths = subpathsOf(exports);
  const address = root.repository ?? "";
  return {
    homepage: `${address}/tree/main/${folder}#readme`,
    bugs: `${address}/issues`,
    repository: { type: "git", url: `git+${address}.git`, directory: folder },
    license: "MIT",
    type: "module",
    sideEffects: sideEffectsOf(exports, "package"),
    engines: root.engines ?? {},
    ...fieldsWithoutExports("index", "."),
    exports: Object.fromEntries<unknown>([
      ...entriesOf(exports).map((entry) => [entry, conditionsOf(nameOfEntry(entry))] as const),
      ["./package.json", "./package.json"],
    ]),
    files: ["dist", "src", "!src/**/*.test.ts", ...subpaths],
    scripts: { ...scripts, ...SCRIPTS },
    publishConfig: { access: "public", provenance: true },
  };
}

/**
 * Why a package cannot be published: its address is not known, or its manifest does not have it.
 * The address is `repository` in the manifest of the root. Until it is known, it ends in
 * `.invalid`, which no host on the internet has.
 */
export function publishFinding(parts: ManifestParts): string | undefined {
  const address = parts.root.repository ?? "";
  const host = URL.canParse(address) ? new URL(address).hostname : "";
  if (host === "" || host.endsWith(".invalid")) {
    const found = `repository in the package.json of the root is ${JSON.stringify(address)}`;
    return `${found}, expected the address of the repository; then run npm run manifests`;
  }
  const made = madeFields(parts);
  const differing = ["repository", "homepage", "bugs"].find(
    (field) => JSON.stringify(made[field]) !== JSON.stringify(Object(parts.manifest)[field]),
  );
  return (
    differing &&
    `${differing} does not name ${address}, expected the value that npm run manifests writes`
  );
}
