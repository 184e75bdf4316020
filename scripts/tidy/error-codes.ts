import { withoutComments } from "./source-text.ts";
import type { Finding, Rule } from "./tree.ts";
import { isTest } from "./workspaces.ts";

const page = "docs/errors.md";
const codeField = /\bcode(?:\s*:[^=;,{}\n]+)?\s*[=:]\s*["']([A-Z][A-Z0-9_]+)["']/g;
// A heading of one word is a code only in backticks.
const codeHeading = /^#{2,}\s+(?=`|[A-Z0-9]+_)`?([A-Z][A-Z0-9_]+)`?\s*$/gm;

const errorClass = /\bclass (\w+) extends \w*Error\b[^{]*\{(.*?)^\}/gms;

/**
 * Every error code in a package has a heading in `docs/errors.md`, and every such heading a code.
 * Every class of errors has a code, and its name as a field: they tell an error if two copies of a
 * package, or a bundler that shortens names, make `instanceof` and `constructor.name` fail.
 */
export const keepErrorCodes: Rule = (tree) => {
  const headings = new Set(
    tree.paths.includes(page)
      ? [...tree.read(page).matchAll(codeHeading)].map(([, code]) => code ?? "")
      : [],
  );
  const findings: Finding[] = [];
  const codes = new Set<string>();
  for (const path of tree.paths) {
    if (!/^packages\/[^/]+\/src\/.*\.ts$/.test(path) || isTest(path)) continue;
    const text = withoutComments(tree.read(path));
    for (const [, name = "", body = ""] of text.matchAll(errorClass)) {
      if (!new RegExp(`\\bname(?:: string)? = "${name}"`).test(body)) {
        findings.push({ path, message: `${name} has no field name = "${name}"` });
      }
      if (body.search(codeField) < 0) findings.push({ path, message: `${name} has no code` });
    }
    for (const [, code = ""] of text.matchAll(codeField)) {
      // The codes of Node, which documents them.
      if (code.startsWith("ERR_")) continue;
      codes.add(code);
      if (!headings.has(code)) findings.push({ path, message: `no heading ${code} in ${page}` });
    }
  }
  for (const heading of headings) {
    if (!codes.has(heading)) {
      findings.push({ path: page, message: `no error has the code ${heading}` });
    }
  }
  return findings;
};
