import { expect, test } from "vitest";
import { madeFields, publishFinding } from "./manifest.ts";

const exports = { ".": "", "./core": "", "./package.json": "" };
const known = { repository: "https://example.org/heapwise", engines: { node: ">=20" } };
const parts = { folder: "packages/lru", manifest: { exports }, root: known };
const manifestOf = (root: object): object => madeFields({ ...parts, root });

test("an entry has a target for each kind of tool, from the most special condition to the least", () => {
  const module = { types: "./dist/core.d.ts", default: "./dist/core.js" };
  const made = madeFields(parts);
  const { "./core": core } = made["exports"] as Record<string, object>;
  expect(Object.entries(core!)).toEqual([
    ["@heapwise/source", "./src/core.ts"],
    ["module-sync", module],
    ["module", module],
    ["import", module],
    ["require", { types: "./dist/cjs/core.d.ts", default: "./dist/cjs/core.js" }],
    ["default", module],
  ]);
  expect(made).toMatchObject({
    main: "./dist/cjs/index.js",
    module: "./dist/index.js",
    types: "./dist/cjs/index.d.ts",
    files: ["dist", "src", "!src/**/*.test.ts", "core"],
    repository: { url: "git+https://example.org/heapwise.git", directory: "packages/lru" },
    homepage: "https://example.org/heapwise/tree/main/packages/lru#readme",
    bugs: "https://example.org/heapwise/issues",
  });
});

test("the entries for test runners have effects, and the code of other entries has none", () => {
  expect(madeFields(parts)).toMatchObject({ sideEffects: false });
  const manifest = { exports: { ...exports, "./vitest": "" } };
  expect(madeFields({ ...parts, manifest })).toMatchObject({
    sideEffects: [
      "./dist/vitest.js",
      "./dist/cjs/vitest.js",
      "./src/vitest.ts",
      "./src/**/in-vitest.ts",
    ],
  });
});

test("types come first in each condition", () => {
  const { exports: made } = madeFields(parts) as { exports: Record<string, object> };
  for (const target of Object.values(made["."]!).filter((each) => typeof each === "object")) {
    expect(Object.keys(target as object)).toEqual(["types", "default"]);
  }
});

test.each([undefined, "", "heapwise", "https://repository.invalid/heapwise"])(
  "nothing is published from the address %j",
  (repository) => {
    const root = { ...known, repository } as typeof known;
    const manifest = { exports, ...manifestOf(root) };
    expect(publishFinding({ ...parts, manifest, root })).toMatch(
      /^repository in the package.json of the root is .*, expected the address of the repository; then run npm run manifests$/,
    );
  },
);

test("a manifest can be published if it has the address", () => {
  const manifest = manifestOf(known);
  expect(publishFinding({ ...parts, manifest })).toBeUndefined();
  for (const field of ["repository", "homepage", "bugs"]) {
    expect(publishFinding({ ...parts, manifest: { ...manifest, [field]: undefined } })).toMatch(
      `${field} does not name https://example.org/heapwise, expected the value that npm run manifests writes`,
    );
  }
});

test.each(["./a/b", "./src", "./dist", "./test", "./Core", "./../lru", "core"])(
  "an entry %j has no folder of its own, and is refused",
  (entry) => {
    expect(() => madeFields({ ...parts, manifest: { exports: { ".": "", [entry]: "" } } })).toThrow(
      /^Cannot make a folder for an entry: exports has .*, expected/,
    );
  },
);
