import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { ModuleHost } from "@heapwise/modules";
import { afterAll, beforeEach, expect, test } from "vitest";

let root = "";
const made: string[] = [];
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), "heapwise-formats-")));
  made.push(root);
});
afterAll(() => made.forEach((each) => rmSync(each, { recursive: true, force: true })));

function write(path: string, text: string): string {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
  return join(root, path);
}

/** Texts whose format only their syntax tells. */
const TEXTS: readonly string[] = [
  "",
  "module.exports = 1;",
  "// import x from 'y'\nmodule.exports = 1;",
  "const text = 'export default 1';",
  "import 'node:fs';",
  "export {};",
  "export default 1;",
  "import.meta.url;",
  "await 0;",
  "const require = 1; await 0;",
  "const require = 1;",
  "const module = await 0; export {};",
  "const f = async () => { await 0; };",
  "import('node:fs');",
  "const exports = 1; import 'node:fs';",
  "return 1; await 0;",
  "#!/usr/bin/env node\nexport {};",
  "for await (const x of []) {}",
  "let await = 1;",
  "class A { static { } }",
];

test("a file without a type has the format that Node finds", () => {
  const host = new ModuleHost({ root });
  const files = TEXTS.map((text, i) => write(`t${i}.js`, text));
  // A file that is a module has no `module`; one that is neither compiles as neither.
  const program = files.map((file) => `await see(${JSON.stringify(file)});`).join("\n");
  const oracle = write(
    "oracle.mjs",
    `import { createRequire } from "node:module";
     const require = createRequire(import.meta.url);
     const found = [];
     async function see(file) {
       try { await import(file); } catch (error) { if (error instanceof SyntaxError) { found.push("error"); return; } }
       found.push(file in require.cache ? "commonjs" : "module");
     }
     ${program}
     console.log(JSON.stringify(found));`,
  );
  const found = JSON.parse(
    execFileSync(process.execPath, ["--no-warnings", oracle], { encoding: "utf8" }),
  ) as string[];
  const rows = TEXTS.map((text, i) => [text, host.resolve(`./t${i}.js`).format]);
  // An error in both formats may have any.
  expect(rows.filter((_, i) => found[i] !== "error")).toEqual(
    TEXTS.map((text, i) => [text, found[i]]).filter(([, format]) => format !== "error"),
  );
  expect(found.filter((each) => each === "module").length).toBeGreaterThan(6);
});

test("extensions and the type of the package decide before syntax", () => {
  const host = new ModuleHost({ root });
  write("esm/package.json", '{"type":"module"}');
  write("cjs/package.json", '{"type":"commonjs"}');
  write("esm/x.js", "module.exports = 1;");
  write("cjs/x.js", "export {};");
  for (const extension of ["cjs", "mjs", "cts", "mts", "json", "node", "wasm"]) {
    write(`x.${extension}`, "export {};");
  }
  const format = (path: string): string => host.resolve(path).format;
  expect(format("./esm/x.js")).toBe("module");
  expect(format("./cjs/x.js")).toBe("commonjs");
  expect(
    ["cjs", "mjs", "cts", "mts", "json", "node", "wasm"].map((each) => format(`./x.${each}`)),
  ).toEqual(["commonjs", "module", "commonjs", "module", "json", "addon", "wasm"]);
  expect(host.resolve("./x.mts")).toMatchObject({ isTypeScript: true, owner: "host" });
  expect(host.resolve("./x.node").owner).toBe("process");
});

test("names, owners, shared modules, and links", () => {
  write("lib/a.js", "");
  write("node_modules/pkg/index.js", "");
  write("node_modules/pkg/sub.js", "");
  const outside = realpathSync(mkdtempSync(join(tmpdir(), "heapwise-outside-")));
  made.push(outside);
  writeFileSync(join(outside, "b.js"), "");
  symlinkSync(join(outside, "b.js"), join(root, "b.js"));
  symlinkSync(root, join(outside, "root"));
  const pattern = /^pkg/g;
  const host = new ModuleHost({ root: join(outside, "root"), shared: ["lib/*"] });
  expect(host.resolve("./lib/a.js")).toMatchObject({ name: "lib/a.js", owner: "process" });
  expect(host.resolve("pkg")).toMatchObject({ name: "pkg", owner: "host" });
  expect(host.resolve("pkg/sub.js").name).toBe("pkg/sub.js");
  expect(host.resolve("./b.js")).toMatchObject({ owner: "process", file: join(outside, "b.js") });
  expect(host.resolve("fs")).toMatchObject({ name: "node:fs", format: "builtin", file: undefined });
  const sharing = new ModuleHost({ root, shared: [pattern] });
  // A pattern with a state answers the same each time.
  expect([1, 2, 3].map(() => sharing.resolve("pkg").owner)).toEqual([
    "process",
    "process",
    "process",
  ]);
});

test("a TypeScript file finds its neighbours by the names that its compiler would write", () => {
  const parent = write("a.ts", "");
  write("b.ts", "");
  write("c.js", "");
  write("c.ts", "");
  const host = new ModuleHost({ root });
  expect(host.resolve("./b.js", { parent: `file://${parent}` }).name).toBe("b.ts");
  expect(host.resolve("./c.js", { parent: `file://${parent}` }).name).toBe("c.js");
  expect(() => host.resolve("./b.js")).toThrow(/Cannot resolve "\.\/b\.js"/);
});

test("a file that comes, goes or changes its place is seen at once", () => {
  const host = new ModuleHost({ root });
  expect(() => host.resolve("./a", { kind: "require" })).toThrow("Cannot find module");
  write("a/index.js", "");
  expect(host.resolve("./a", { kind: "require" }).name).toBe("a/index.js");
  write("a.js", "");
  expect(host.resolve("./a", { kind: "require" }).name).toBe("a.js");
  rmSync(join(root, "a.js"));
  expect(host.resolve("./a", { kind: "require" }).name).toBe("a/index.js");
});

test("the option resolve replaces specifiers, and its nonsense is an error", () => {
  write("real.js", "");
  const asked: string[] = [];
  const host = new ModuleHost({
    root,
    resolve: (specifier, { kind, parent, next }) => {
      asked.push(`${kind} ${specifier} ${parent.endsWith("/index.js")}`);
      if (specifier === "alias") return "./real.js";
      if (specifier === "spec") return next("./real.js");
      if (specifier === "url") return new URL(`file://${root}/real.js`);
      return 7 as unknown as string;
    },
  });
  for (const each of ["alias", "spec", "url"]) expect(host.resolve(each).name).toBe("real.js");
  expect(asked[0]).toBe("import alias true");
  expect(() => host.resolve("x")).toThrow(
    "resolve returned number, expected a string, a URL or a spec",
  );
});
