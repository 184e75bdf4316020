import { describe, expect, test } from "vitest";
import { conditionsOf } from "../packaging/entries.ts";
import { keepArrows } from "./arrows.ts";
import { keepNoCircles } from "./circles.ts";
import { keepErrorCodes } from "./error-codes.ts";
import { keepFiles } from "./files.ts";
import { keepNoLeftovers } from "./leftovers.ts";
import { keepNoMachineTraces } from "./machine-traces.ts";
import { madeFields } from "../packaging/manifest.ts";
import { keepManifests } from "./manifests.ts";
import { keepPlainEnglish } from "./plain-english.ts";
import { keepPublicDocs } from "./public-docs.ts";
import type { Rule, Tree } from "./tree.ts";
import { countWords, type WordCount } from "./word-counts.ts";

const root = {
  private: true,
  name: "root",
  repository: "https://example.org/heapwise",
  engines: { node: ">=20" },
  devDependencies: { vitest: "4.1.12" },
};
const lru = {
  name: "@heapwise/lru",
  ...madeFields({ folder: "packages/lru", manifest: { exports: { ".": "" } }, root }),
};
const { main: _main, ...withoutMain } = lru as Record<string, unknown>;
const conditions = conditionsOf("index");
const { require, ...others } = conditions;
const testkit = {
  private: true,
  name: "@heapwise/testkit",
  exports: { ".": "./src/index.ts" },
  dependencies: {},
};

/** A tree in which every rule holds. */
const clean: Readonly<Record<string, string>> = {
  "package.json": JSON.stringify(root),
  "package-lock.json": JSON.stringify({
    packages: { "x/linux-x64": {}, "x/darwin-arm64": {}, "x/win32-x64": {} },
  }),
  "packages/lru/package.json": JSON.stringify(lru),
  "packages/lru/README.md": "",
  "packages/lru/LICENSE": "",
  "scripts/smoke/lru.ts": "",
  "scripts/consumers/lru.ts": "",
  "scripts/check-size.ts": 'const code = "@heapwise/lru";\n',
  "packages/lru/tsconfig.json": "{}",
  "packages/lru/tsconfig.build.json": "{}",
  "packages/lru/src/index.ts": '// The entry.\nexport { LRUCache } from "./cache/lru-cache.ts";\n',
  "packages/lru/src/cache/lru-cache.ts":
    'import type { Slot } from "./slot.ts";\n' +
    "/**\n * A cache.\n * @example\n * ```ts\n * new LRUCache();\n * ```\n */\n" +
    'export class LRUCache {\n  /** What went wrong. */\n  code = "LRU_FULL";\n}\n',
  "packages/lru/src/cache/slot.ts": "export type Slot = number;\n",
  "packages/lru/src/cache/slot.test.ts": 'import { test } from "vitest";\n',
  "packages/lru/test/cache.test.ts": 'import { fake } from "@heapwise/testkit";\n',
  "packages/testkit/package.json": JSON.stringify(testkit),
  "packages/testkit/src/index.ts": 'export * from "./fake.ts";\n',
  "packages/testkit/src/fake.ts": "export const fake = 1;\n",
  "docs/errors.md": "# Errors\n\n## `LRU_FULL`\n\nToo much.\n",
};

function treeOf(changes: Readonly<Record<string, string>>): Tree {
  const files = new Map(Object.entries({ ...clean, ...changes }));
  return {
    paths: [...files.keys()].sort(),
    read: (path) => files.get(path)?.replaceAll("~", "") ?? "",
  };
}

const rules: Readonly<Record<string, Rule>> = {
  keepArrows,
  keepManifests,
  keepFiles,
  keepNoCircles,
  keepErrorCodes,
  keepPlainEnglish,
  keepPublicDocs,
  keepNoLeftovers,
  keepNoMachineTraces: keepNoMachineTraces("/srv/checkouts/heapwise"),
};

const withLru = (fields: object): Record<string, string> => ({
  "packages/lru/package.json": JSON.stringify({ ...lru, ...fields }),
});
const withSource = (source: string): Record<string, string> => ({
  "packages/lru/src/cache/slot.ts": `${source}\nexport type Slot = number;\n`,
});
const withCache = (member: string): Record<string, string> => ({
  "packages/lru/src/cache/lru-cache.ts": `/**\n * A cache.\n * @example\n * \`\`\`ts\n * x;\n * \`\`\`\n */\nexport class LRUCache {\n  ${member}\n}\n`,
});
const withEntry = (entry: string, all: string, slot?: string): Record<string, string> => ({
  "packages/lru/src/index.ts": `${entry}\n`,
  "packages/lru/src/cache/all.ts": all,
  "packages/lru/src/cache/slot.ts": slot ?? "export type Slot = number;\n",
});
const lock = (packages: object): Record<string, string> => ({
  "package-lock.json": JSON.stringify({ packages }, null, 2),
});

/**
 * A violation that is planted into the clean tree, and what the rule says about it. A tilde is
 * taken out of the text, so that the rules find nothing in this file.
 */
const planted: readonly (readonly [keyof typeof rules, Record<string, string>, RegExp])[] = [
  ["keepArrows", withLru({ dependencies: { leftpad: "1.0.0" } }), /third-party runtime/],
  ["keepArrows", withLru({ peerDependencies: { leftpad: "1.0.0" } }), /third-party runtime/],
  [
    "keepArrows",
    withLru({
      peerDependencies: { vitest: ">=2.0.0" },
      peerDependenciesMeta: { vitest: { optional: true } },
    }),
    /third-party runtime/,
  ],
  ["keepArrows", withSource('import "vitest";'), /expected a file of its own/],
  ["keepArrows", withLru({ dependencies: { "@heapwise/weak": "^1.0.0" } }), /no arrow from/],
  ["keepArrows", withLru({ devDependencies: { vitest: "^4.0.0" } }), /expected an exact version/],
  ["keepArrows", withSource('import { x } from "@heapwise/weak";'), /expected a file of its own/],
  ["keepArrows", withSource('import type { X } from "leftpad";'), /expected a file of its own/],
  ["keepArrows", withSource('import "leftpad";'), /expected a file of its own/],
  ["keepArrows", withSource('const x = await import("leftpad");'), /expected a file of its own/],
  ["keepArrows", withSource('import {\n  x,\n} from "node:fs";'), /expected a file of its own/],
  [
    "keepArrows",
    { "packages/lru/src/loading/detect-load-cycles.ts": 'import "leftpad";' },
    /expected a file of its own/,
  ],
  ["keepArrows", withSource('export * from "@heapwise/testkit";'), /production code imports/],
  ["keepArrows", withSource('import "../../../weak/src/x.ts";'), /from another workspace/],
  [
    "keepArrows",
    {
      "packages/pool/package.json": JSON.stringify({ ...lru, name: "@heapwise/pool" }),
      "packages/pool/src/pool.ts": 'import "./async-loan-scopes.ts";',
    },
    /which needs Node/,
  ],
  [
    "keepArrows",
    {
      "packages/leaks/src/command/watch.ts": 'import "node:net";',
      "packages/leaks/src/snapshot.ts": 'export * from "./command/watch.ts";',
    },
    /needs Node, expected only packages\/leaks\/src\/cli\.ts/,
  ],
  [
    "keepArrows",
    { "packages/leaks/src/snapshot.ts": 'export * from "../page/main.ts";' },
    /which is only for a page/,
  ],
  [
    "keepArrows",
    {
      "packages/leaks/package.json": JSON.stringify({ ...lru, name: "@heapwise/leaks" }),
      "packages/leaks/page/main.ts": 'import "leftpad";',
    },
    /expected a file of its own/,
  ],
  [
    "keepArrows",
    { "packages/lru/test/cache.test.ts": 'import "@heapwise/weak";' },
    /no arrow to @heapwise\/weak/,
  ],
  [
    "keepArrows",
    { "packages/testkit/src/fake.ts": 'import "@heapwise/lru";' },
    /testkit imports @heapwise\/lru/,
  ],
  [
    "keepArrows",
    {
      "packages/testkit/package.json": JSON.stringify({
        ...testkit,
        dependencies: { "@heapwise/lru": "*" },
      }),
    },
    /testkit depends on/,
  ],
  [
    "keepManifests",
    { "packages/lru/src/index.ts": "export const code = 1;\n" },
    /expected only re-exports/,
  ],
  [
    "keepManifests",
    { "packages/lru/src/cache/all.ts": 'export * from "./slot.ts";\n' },
    /is no entry of the package/,
  ],
  [
    "keepManifests",
    withLru({ exports: { "./slots": conditions } }),
    /exports is not what npm run manifests writes/,
  ],
  [
    "keepManifests",
    withLru({ exports: { "./slots": conditionsOf("slots") } }),
    /has no file packages\/lru\/src\/slots\.ts/,
  ],
  [
    "keepManifests",
    withLru({ exports: { ".": { require, ...others } } }),
    /exports is not what npm run manifests writes/,
  ],
  [
    "keepManifests",
    withLru({ exports: { ".": conditions } }),
    /exports is not what npm run manifests writes/,
  ],
  [
    "keepManifests",
    {
      "packages/testkit/package.json": JSON.stringify({
        ...testkit,
        exports: { ".": "./src/other.ts" },
      }),
    },
    /exports\["\."\] is not "\.\/src\/index\.ts"/,
  ],
  [
    "keepManifests",
    withLru({ bin: { heapwise: "./dist/cli.js" } }),
    /bin has no file packages\/lru\/src\/cli\.ts/,
  ],
  [
    "keepManifests",
    {
      ...withLru({ bin: { heapwise: "./dist/cli.js" } }),
      "packages/lru/src/cli.ts": 'import { main } from "./cache/main.ts";\n\nawait main();\n',
    },
    /a command holds code, expected the line for Node/,
  ],
  ["keepManifests", withLru({ files: ["dist"] }), /files is not/],
  ["keepManifests", withLru({ homepage: "https://example.com" }), /homepage is not/],
  ["keepManifests", withLru({ scripts: { build: "tsc" } }), /scripts is not/],
  [
    "keepManifests",
    { "packages/lru/package.json": JSON.stringify(withoutMain) },
    /main is not what npm run manifests writes/,
  ],
  [
    "keepManifests",
    { "package.json": JSON.stringify({ ...root, repository: "https://example.com/other" }) },
    /repository is not what/,
  ],
  ["keepManifests", withLru({ sideEffects: true }), /sideEffects is not what/],
  ["keepManifests", withLru({ engines: { node: ">=22" } }), /engines is not/],
  [
    "keepManifests",
    { "packages/weak/package.json": JSON.stringify({ ...lru, exports: {} }) },
    /packages\/weak has no LICENSE/,
  ],
  [
    "keepManifests",
    { "packages/weak/package.json": JSON.stringify({ ...lru, exports: {} }) },
    /no scripts.smoke.weak.ts uses packages.weak/,
  ],
  ["keepManifests", { "scripts/check-size.ts": "" }, /no budget for packages.lru/],
  ["keepFiles", { "packages/lru/src/cache-utils.ts": "" }, /vague name/],
  ["keepFiles", { "packages/lru/src/helpers/slot.ts": "" }, /vague name/],
  ["keepFiles", { "packages/lru/src/slotList.ts": "" }, /not kebab-case/],
  ["keepFiles", { "scripts/long.ts": "x();\n".repeat(601) }, /601 lines of code/],
  ["keepFiles", { "scripts/long.ts": "// Why.\n\n".repeat(501) }, /1002 lines, expected/],
  [
    "keepFiles",
    { "packages/lru/src/ring.ts": "export const list = 1;\n" },
    /not named after an export: list/,
  ],
  [
    "keepFiles",
    { "packages/lru/src/ring.ts": "export const a = 1;\nexport class List {}\n" },
    /not named after an export: a, List/,
  ],
  ["keepFiles", { "packages/lru/src/ring.ts": "export const ring = 1;\n" }, /not an entry/],
  ["keepErrorCodes", withSource('class E { readonly code = "LRU_LOST"; }'), /no heading LRU_LOST/],
  [
    "keepErrorCodes",
    withSource('class E { readonly code: "LRU_LOST" = "LRU_LOST"; }'),
    /no heading LRU_LOST/,
  ],
  ["keepErrorCodes", withSource("class LostError extends Error {\n}"), /LostError has no code/],
  [
    "keepErrorCodes",
    withSource('export class LostError extends TypeError {\n  readonly code = "LRU_FULL";\n}'),
    /LostError has no field name = "LostError"/,
  ],
  ["keepErrorCodes", { "docs/errors.md": "## LRU_FULL\n\n## LRU_OLD\n" }, /the code LRU_OLD/],
  ["keepErrorCodes", { "docs/errors.md": "## `LOST`\n\n## FAQ\n" }, /the code LOST/],
  [
    "keepNoCircles",
    { "packages/lru/src/cache/slot.ts": 'import type { LRUCache } from "./lru-cache.ts";' },
    /a circle of imports: packages.lru.src.cache.lru-cache.ts -> packages.lru.src.cache.slot.ts -> packages/,
  ],
  [
    "keepNoCircles",
    {
      "scripts/a.ts": 'import "./b.ts";',
      "scripts/b.ts": 'export * from "./c.ts";',
      "scripts/c.ts": 'const a = import("./a.ts");',
    },
    /scripts.a.ts -> scripts.b.ts -> scripts.c.ts -> scripts.a.ts/,
  ],
  ["keepPlainEnglish", withSource("/** Undefined where there is no~ne. */"), /if there is none/],
  ["keepPlainEnglish", withSource("x(); // Made an~ew."), /expected again/],
  ["keepPlainEnglish", { "docs/a.md": "It is de~ar to make." }, /expected expensive/],
  ["keepPlainEnglish", { "packages/lru/README.md": "He~ars of it." }, /expected called with/],
  ["keepPlainEnglish", withSource(`  // ${"a ".repeat(60)}b`), /a comment of 126 columns/],
  [
    "keepPublicDocs",
    { "packages/lru/src/cache/lru-cache.ts": "export class LRUCache {}\n" },
    /LRUCache has no documentation comment/,
  ],
  ["keepPublicDocs", withCache("get size() { return 1; }"), /LRUCache.size has no documentation/],
  ["keepPublicDocs", withCache("[Symbol.dispose]() {}"), /LRUCache.Symbol.dispose has no/],
  ["keepPublicDocs", withCache("constructor(max: number) {}"), /LRUCache.constructor has no/],
  [
    "keepPublicDocs",
    { "packages/lru/src/cache/lru-cache.ts": "/** A cache. */\nexport class LRUCache {}\n" },
    /LRUCache has no @example/,
  ],
  [
    "keepPublicDocs",
    withEntry(
      'export { Base as LRUCache } from "./cache/all.ts";',
      'import { Parent } from "./slot.ts";\n/** A cache. */\nexport class Base extends Parent {}\n',
      "export class Parent { clear() {} }\n",
    ),
    /Base.clear has no documentation/,
  ],
  [
    "keepPublicDocs",
    withEntry(
      'export * from "./cache/all.ts";',
      "/** Options. */\nexport interface Options { max: number }\n",
    ),
    /Options.max has no documentation/,
  ],
  [
    "keepPublicDocs",
    withEntry(
      'export type { Options } from "./cache/all.ts";',
      "/** Options. */\ntype Options = string | { max?: number };\nexport type { Options };\n",
    ),
    /Options.max has no documentation/,
  ],
  ["keepNoLeftovers", withSource('test.on~ly("x", run);'), /switched off/],
  ["keepNoLeftovers", withSource("test.sk~ip.each([1])"), /switched off/],
  ["keepNoLeftovers", withSource("describe.to~do ('x')"), /switched off/],
  ["keepNoLeftovers", withSource("// TO~DO: later"), /left as a note/],
  ["keepNoLeftovers", withSource("expect(~true).toBe(true);"), /can't fail/],
  [
    "keepNoMachineTraces",
    { "docs/a.md": "See /srv/checkouts/heapwise/docs." },
    /a path of one machine/,
  ],
  ["keepNoMachineTraces", { "docs/a.md": "In /ho~me/ann/x." }, /a path of one machine/],
  ["keepNoMachineTraces", { "docs/a.md": "registry~.npmjs.org" }, /registry host/],
  ["keepNoMachineTraces", lock({ x: { resolved: "https://x" } }), /download address/],
  ["keepNoMachineTraces", lock({ "x/linux-64": {}, "x/windows-64": {} }), /lacks its darwin-arm64/],
  [
    "keepNoMachineTraces",
    lock({ "x/linux-x64-gnu": {}, "x/darwin-arm64": {} }),
    /lacks its win package/,
  ],
];

describe.each(Object.entries(rules))("%s", (name, rule) => {
  test("finds nothing in a clean tree", () => {
    expect(rule(treeOf({}))).toEqual([]);
  });

  const violations = planted.filter(([each]) => each === name);

  test("has planted violations", () => {
    expect(violations.length).toBeGreaterThan(1);
  });

  test.each(violations)("%s finds %j", (_, changes, message) => {
    const findings = rule(treeOf(changes));

    expect(findings.map((finding) => finding.message)).toContainEqual(
      expect.stringMatching(message),
    );
    expect(findings.every(({ path }) => path.length > 0)).toBe(true);
  });
});

test("comments and blank lines are not lines of code", () => {
  const text = "// Why.\n\n/*\n * And why.\n */\n".repeat(80) + "x();\n".repeat(600);

  expect(keepFiles(treeOf({ "scripts/long.ts": text }))).toEqual([]);
});

test("idioms may be quoted on the page about style, and in blocks", () => {
  const pages = { "docs/style.md": "Not an~ew.", "docs/a.md": "```\nan~ew\n```\n" };

  expect(keepPlainEnglish(treeOf(pages))).toEqual([]);
});

test("words may not be too frequent, nor too rare", () => {
  const where = { "docs/a.md": "Whe~re it is. ".repeat(2000) };
  const noIf = withSource("// It is so.\n".repeat(2000));

  const [tooMany] = keepPlainEnglish(treeOf(where));
  const [tooFew] = keepPlainEnglish(treeOf(noIf));

  expect(tooMany?.message).toMatch(
    /^"where" 333\d\.\d times in 10,000 words, expected at most 12$/,
  );
  expect(tooFew?.message).toMatch(/^"if" \d\.\d times in 10,000 words, expected at least 40$/);
});

test("words are counted in comments and pages, without code", () => {
  const source = '/** If it is full. */\nconst if_ = "if"; // Where the entry was, if any.\n';
  const page = "Where it is.\n\n```ts\nif (where) who();\n```\n";
  const [comments, pages] = countWords(
    treeOf({ ...withSource(source), "docs/a.md": page, "docs/benchmarks.md": "Where? Who?" }),
  );
  const counts = ({ groups }: WordCount): Record<string, number> =>
    Object.fromEntries(groups.map(({ name, count }) => [name, count]));

  expect(counts(comments!)).toMatchObject({ if: 2, where: 1, "who, whoever": 0 });
  expect(counts(pages!)).toMatchObject({ where: 1, "who, whoever": 0 });
});

test("a file for Node alone may import its modules", () => {
  const path = "packages/lru/src/loading/detect-load-cycles.ts";

  expect(keepArrows(treeOf({ [path]: 'import "node:async_hooks";' }))).toEqual([]);
  const room = {
    "packages/leaks/src/command/watch.ts": 'import "node:net";',
    "packages/leaks/src/command/main.ts": 'import "./watch.ts";',
    "packages/leaks/src/cli.ts": 'import { main } from "./command/main.ts";',
  };
  expect(keepArrows(treeOf(room))).toEqual([]);
});

test("the code of a page may import development dependencies and types of the package", () => {
  const devDependencies = { "@dagrejs/dagre": "3.1.3" };
  const page = {
    "packages/leaks/package.json": JSON.stringify({
      ...lru,
      name: "@heapwise/leaks",
      devDependencies,
    }),
    "packages/leaks/page/main.ts": 'import "@dagrejs/dagre";\nimport "../src/pictures/data.ts";',
  };
  expect(keepArrows(treeOf(page))).toEqual([]);
});

test("an error with its name and a code is complete", () => {
  const fields = 'override readonly name = "FullError";\n  readonly code = "LRU_FULL";';
  const source = `export class FullError extends Error {\n  ${fields}\n}\n`;

  expect(keepErrorCodes(treeOf(withSource(source)))).toEqual([]);
});

test("members that are not public, or inherit their comment, need none", () => {
  const source = `import { Parent } from "./slot.ts";
/**
 * A cache.
 * @example
 * \`\`\`ts
 * x;
 * \`\`\`
 */
export class LRUCache extends Parent {
  #size = 0;
  private max = 1;
  constructor() { super(); }
  override clear(): void {}
  /** The size. */
  size(): number { return 0; }
  get [Symbol.toStringTag](): string { return ""; }
  protected grow(): void {}
}
`;
  const parent =
    "export abstract class Parent {\n  /** Empties it. */\n  clear() {}\n  abstract size();\n}\n";
  const files = {
    "packages/lru/src/cache/lru-cache.ts": source,
    "packages/lru/src/cache/slot.ts": parent,
  };

  expect(keepPublicDocs(treeOf(files))).toEqual([]);
});

test("imports in comments and strings do not count", () => {
  const source = '/* import "leftpad"; */\n// import x from "leftpad";\nconst url = "https://x";\n';

  expect(keepArrows(treeOf(withSource(source)))).toEqual([]);
});
