const stringOrComment =
  /"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`|\/\/[^\n]*|\/\*[\s\S]*?\*\//g;

/** The source text without its comments. Lines keep their numbers. */
export function withoutComments(source: string): string {
  return source.replace(stringOrComment, (match) =>
    match.startsWith("/") ? match.replace(/[^\n]/g, " ") : match,
  );
}

const specifier =
  /\b(?:import|export)\b[^"'`;]*?\bfrom\s*["']([^"']+)["']|\bimport\s*\(?\s*["']([^"']+)["']/g;

/** Every module that the source text imports or re-exports, types and dynamic imports included. */
export function importsOf(source: string): string[] {
  return [...withoutComments(source).matchAll(specifier)].map(
    ([, from, bare]) => from ?? bare ?? "",
  );
}

const reExport =
  /^\s*export\s+(?:type\s+)?(?:\*(?:\s+as\s+\w+)?|\{[^}]*\})\s+from\s+["'][^"']+["'](?:\s+with\s+\{[^}]*\})?\s*;?/;

/** Whether the source text holds nothing but `export ... from` statements, and at least one. */
export function onlyReExports(source: string): boolean {
  let rest = withoutComments(source);
  let count = 0;
  for (let match = reExport.exec(rest); match !== null; match = reExport.exec(rest)) {
    rest = rest.slice(match[0].length);
    count += 1;
  }
  return count > 0 && rest.trim() === "";
}

/** The first part of a package specifier: `@scope/name` or `name`. */
export function packageOf(specifierText: string): string {
  return specifierText
    .split("/")
    .slice(0, specifierText.startsWith("@") ? 2 : 1)
    .join("/");
}
