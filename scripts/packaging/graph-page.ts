import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";

const CONTROL = /(?!\n)\p{Cc}/gu;

/** The file that `writeGraphPage` makes, from the root of the repository. */
export const GRAPH_PAGE = "packages/leaks/src/pictures/page-source.ts";

const PAGE = "packages/leaks/page";
const LIBRARIES = ["@dagrejs/dagre", "@dagrejs/graphlib"];
/** Lines that `bundle.ts` would change if a text had them, because it takes them for code. */
const LIKE_CODE = /^(?:var |let |const |import |export )/m;

/**
 * The source file with the texts that `toHtml` puts into its page: the page's script, into which
 * dagre is bundled, with the licences of dagre, and the page's style. The texts are in a source
 * file and not read at run time, so that they are also in bundles, in browsers and in CommonJS.
 */
export async function makeGraphPage(root: string): Promise<string> {
  const code = await bundled(join(root, PAGE, "main.ts"));
  const licences = LIBRARIES.map((name) => {
    const text = readFileSync(join(root, "node_modules", name, "LICENSE"), "utf8").trim();
    return `/*! ${name}\n${text.replaceAll("\r", "")}\n*/`;
  });
  const script = [...licences, code].join("\n");
  const style = await bundled(join(root, PAGE, "style.css"));
  for (const text of [script, style]) check(text);
  return [
    "// Written by `npm run page` from packages/leaks/page and @dagrejs/dagre; a test compares.",
    constant("PAGE_SCRIPT", script),
    constant("PAGE_SCRIPT_HASH", hashOf(script)),
    constant("PAGE_STYLE", style),
    constant("PAGE_STYLE_HASH", hashOf(style)),
    "",
  ].join("\n");
}

async function bundled(entry: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    minify: true,
    format: "iife",
    target: "es2022",
    legalComments: "none",
    charset: "ascii",
    write: false,
  });
  // A parser of HTML reports controls, which dagre has in two strings.
  return outputFiles[0]!.text.trim().replaceAll(CONTROL, (char) => {
    return `\\x${char.charCodeAt(0).toString(16).padStart(2, "0")}`;
  });
}

function check(text: string): void {
  const found = /<\/(?:script|style)|<!--/i.exec(text)?.[0] ?? LIKE_CODE.exec(text)?.[0];
  if (found === undefined) return;
  const wanted = "expected a text that can stand in a page and in a bundle";
  throw new Error(`Cannot write page: it has "${found}", ${wanted}`);
}

function constant(name: string, text: string): string {
  return `export const ${name}: string =\n  ${JSON.stringify(text)};`;
}

function hashOf(text: string): string {
  return `sha256-${createHash("sha256").update(text).digest("base64")}`;
}
