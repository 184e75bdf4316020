import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { ModuleHost, ModuleLoadError } from "@heapwise/modules";
import { afterAll, describe, expect, test } from "vitest";

// Plain Node is the oracle: one child process answers all questions.

const FILES: Readonly<Record<string, string>> = {
  "package.json":
    '{"name":"app","type":"commonjs","imports":{"#own":"./lib/own.js","#pkg":"full","#dir/*":"./lib/*.js","#deep/*/x":"./lib/*.js","#none":null,"#cond":{"import":"./lib/own.mjs","default":"./lib/own.js"}}}',
  "index.js": "",
  "lib/own.js": "",
  "lib/own.mjs": "",
  "lib/data.json": "{}",
  "lib/index.js": "",
  "lib/with space.js": "",
  "lib/per%cent.js": "",
  "lib.js": "",
  "folder/package.json": '{"main":"main"}',
  "folder/main.js": "",
  "folder2/package.json": '{"main":"./gone.js"}',
  "folder2/index.js": "",
  "folder3/package.json": '{"main":"./sub"}',
  "folder3/sub/index.json": "{}",
  "empty/readme.md": "",
  "node_modules/full/package.json":
    '{"name":"full","exports":{".":{"import":"./i.mjs","require":"./r.cjs"},"./feature":"./f.js","./sub/*":"./lib/*.js","./sub/internal/*":null,"./data/*.json":"./lib/*.json","./gone":"./gone.js","./bad":"../out.js","./bad2":"./node_modules/x.js","./list":["bad",{"never":"./never.js"},"./f.js"],"./trail/*":{"node":{"import":"./i.mjs"},"default":"./r.cjs"},"./package.json":"./package.json"}}',
  "node_modules/full/i.mjs": "",
  "node_modules/full/r.cjs": "",
  "node_modules/full/f.js": "",
  "node_modules/full/lib/a.js": "",
  "node_modules/full/lib/internal/b.js": "",
  "node_modules/full/lib/d.json": "{}",
  "node_modules/short/package.json": '{"name":"short","exports":"./s.js"}',
  "node_modules/short/s.js": "",
  "node_modules/conditions/package.json": '{"exports":{"node":"./n.js","default":"./d.js"}}',
  "node_modules/conditions/n.js": "",
  "node_modules/conditions/d.js": "",
  "node_modules/mixed/package.json": '{"exports":{".":"./a.js","node":"./a.js"}}',
  "node_modules/mixed/a.js": "",
  "node_modules/main/package.json": '{"main":"lib/start"}',
  "node_modules/main/lib/start.js": "",
  "node_modules/plain/index.js": "",
  "node_modules/plain/deep/x.js": "",
  "node_modules/single.js": "",
  "node_modules/broken/package.json": "{",
  "node_modules/nothing/readme.md": "",
  "node_modules/@scope/pkg/package.json": '{"exports":{".":"./x.js","./y":"./y.js"}}',
  "node_modules/@scope/pkg/x.js": "",
  "node_modules/@scope/pkg/y.js": "",
  "node_modules/fs/index.js": "",
  "nested/node_modules/plain/index.js": "",
  "nested/a.js": "",
  "self/package.json":
    '{"name":"self","exports":{".":"./me.js","./sub":"./sub.js"},"imports":{"#x":"./sub.js"}}',
  "self/me.js": "",
  "self/sub.js": "",
  "self/deep/a.js": "",
  "linked/target.js": "",
};
const SPECIFIERS = [
  "./lib/own.js",
  "./lib/own",
  "./lib/own.mjs",
  "./lib",
  "./lib/",
  "./lib/.",
  "./lib/data",
  "./lib/data.json",
  ".",
  "./",
  "..",
  "./folder",
  "./folder2",
  "./folder3",
  "./empty",
  "./gone.js",
  "./lib/with space.js",
  "./lib/with%20space.js",
  "./lib/per%cent.js",
  "./lib/per%25cent.js",
  "./lib%2Fown.js",
  "./lib/own.js?q=1",
  "./lib/own.js?q=1#h",
  "./link.js",
  "#own",
  "#pkg",
  "#dir/own",
  "#deep/own/x",
  "#none",
  "#cond",
  "#unknown",
  "#",
  "full",
  "full/feature",
  "full/sub/a",
  "full/sub/internal/b",
  "full/sub/gone",
  "full/sub/../a",
  "full/data/d.json",
  "full/gone",
  "full/bad",
  "full/bad2",
  "full/list",
  "full/trail/x",
  "full/package.json",
  "full/none",
  "full/",
  "short",
  "short/s.js",
  "conditions",
  "mixed",
  "main",
  "main/lib/start",
  "main/lib/start.js",
  "plain",
  "plain/deep/x",
  "plain/deep/x.js",
  "plain/deep",
  "single",
  "single.js",
  "broken",
  "nothing",
  "@scope/pkg",
  "@scope/pkg/y",
  "@scope",
  "@scope/none",
  "fs",
  "node:fs",
  "fs/promises",
  "node:test",
  "node:none",
  "missing",
  "missing/x",
  "self",
  "self/sub",
  "self/none",
  "",
  "%",
  "a\\b",
  ".hidden",
  "./LIB.js",
];
const PARENTS = ["index.js", "nested/a.js", "self/deep/a.js", "linked/gone/a.js"];

const root = realpathSync(mkdtempSync(join(tmpdir(), "heapwise-resolve-")));
for (const [path, text] of Object.entries(FILES)) {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}
symlinkSync(join(root, "linked/target.js"), join(root, "link.js"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

type Answer = { readonly url: string } | { readonly code: string | undefined };
type Question = readonly [kind: "import" | "require", parent: string, specifier: string];

const questions: Question[] = (["import", "require"] as const).flatMap((kind) =>
  PARENTS.flatMap((parent) =>
    SPECIFIERS.map(
      (specifier) => [kind, pathToFileURL(join(root, parent)).href, specifier] as const,
    ),
  ),
);

/** What Node answers; `import.meta.resolve` looks at no file, so each found one is imported too. */
function askNode(): Answer[] {
  const program = `
    import { createRequire, isBuiltin } from "node:module";
    import { realpathSync } from "node:fs";
    import { pathToFileURL, fileURLToPath } from "node:url";
    const answers = [];
    for (const [kind, parent, specifier] of ${JSON.stringify(questions)}) {
      try {
        if (kind === "require") {
          const found = createRequire(parent).resolve(specifier);
          const url = isBuiltin(found) ? (found.startsWith("node:") ? found : "node:" + found) : pathToFileURL(found).href;
          answers.push({ url });
        } else {
          const url = import.meta.resolve(specifier, parent);
          if (url.startsWith("node:")) await import(url);
          if (url.startsWith("file:")) await import(url, url.includes(".json") ? { with: { type: "json" } } : {});
          const bare = url.replace(/[?#].*/, "");
          answers.push({ url: url.startsWith("node:") ? url : pathToFileURL(realpathSync(fileURLToPath(bare))).href + url.slice(bare.length) });
        }
      } catch (error) {
        // Node 20 gives no code to a manifest that is no JSON.
        answers.push({ code: error.code ?? (error.name === "URIError" ? "URIError" : "ERR_INVALID_PACKAGE_CONFIG") });
      }
    }
    process.stdout.write(JSON.stringify(answers));`;
  const args = ["--no-warnings", "--experimental-import-meta-resolve", "--input-type=module", "-"];
  const text = execFileSync(process.execPath, args, {
    cwd: root,
    input: program,
    encoding: "utf8",
  });
  return JSON.parse(text) as Answer[];
}

function askHost(host: ModuleHost, [kind, parent, specifier]: Question): Answer {
  try {
    return { url: host.resolve(specifier, { parent, kind }).url };
  } catch (error) {
    expect(error).toBeInstanceOf(ModuleLoadError);
    const { phase, cause } = error as ModuleLoadError;
    expect(phase).toBe("resolve");
    const { code, name } = cause as { code?: string; name: string };
    return { code: code ?? name };
  }
}

describe("a host resolves as Node", () => {
  const expected = askNode();
  const host = new ModuleHost({ root });
  test.each(["import", "require"] as const)("for %s", (kind) => {
    const differences = questions.flatMap((question, i) => {
      if (question[0] !== kind) return [];
      const found = askHost(host, question);
      const wanted = expected[i]!;
      if (JSON.stringify(found) === JSON.stringify(wanted)) return [];
      return [[...question, ...[found, wanted].map((each) => Object.values(each)[0])].join(" | ")];
    });
    expect(differences).toEqual([]);
  });
});
