const stringOrComment =
  /"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`|\/\/[^\n]*|\/\*[\s\S]*?\*\//g;

/** The source text without its comments. Lines keep their numbers. */
export function withoutComments(source: string): string {
  return source.replace(stringOrComment, (match) =>
    match.startsWith("/") ? match.replace(/[^\n]/g, " ") : match,
  );
}

/** A comment of a source text. */
export interface Comment {
  readonly text: string;
  /** Number of its first line, counted from 1. */
  readonly line: number;
}

/** The comments of the source text, in their order. */
export function commentsOf(source: string): Comment[] {
  const comments: Comment[] = [];
  let line = 1;
  let end = 0;
  for (const match of source.matchAll(stringOrComment)) {
    line += linesIn(source.slice(end, match.index));
    end = match.index;
    if (match[0].startsWith("/")) comments.push({ text: match[0], line });
  }
  return comments;
}

/** The text without fenced blocks. Lines keep their numbers. */
export function withoutBlocks(text: string): string {
  return text.replace(/```.*?```/gs, (block) => "\n".repeat(linesIn(block)));
}

/** Breaks of lines in the text. */
export function linesIn(text: string): number {
  return text.split("\n").length - 1;
}

const specifier =
  /(?<!["'`])\b(?:import|export)\b[^"'`;]*?\bfrom\s*["']([^"']+)["']|(?<!["'`])\bimport\s*\(?\s*["']([^"']+)["']/g;

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

/** Whether the source text is one of a command: its first line, one import, and one call of it. */
export function onlyStarts(source: string): boolean {
  const [first = "", ...rest] = source.split("\n");
  if (first !== "#!/usr/bin/env node") return false;
  const code = withoutComments(rest.join("\n"));
  return /^\s*import \{ (\w+) \} from "\.\/[^"]+";\s+await \1\(\);\s*$/.test(code);
}

/** The first part of a package specifier: `@scope/name` or `name`. */
export function packageOf(specifierText: string): string {
  return specifierText
    .split("/")
    .slice(0, specifierText.startsWith("@") ? 2 : 1)
    .join("/");
}
