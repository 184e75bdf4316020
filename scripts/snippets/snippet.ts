/** A block of TypeScript in a page. It is checked as a module of its own. */
export interface Snippet {
  /** Line of the opening fence, counted from 1. */
  readonly line: number;
  /** Lines between the fences. */
  readonly lines: readonly string[];
}

/**
 * The blocks fenced as `ts` in Markdown or in documentation comments, in their order. A block
 * fenced as `ts fragment` is omitted: it shows a part that cannot stand alone.
 */
export function snippetsOf(page: string): Snippet[] {
  const snippets: Snippet[] = [];
  let open: { line: number; indent: number; info: string; lines: string[] } | undefined;
  for (const [index, line] of page.split("\n").entries()) {
    const fence = /^(\s*(?:\* )?\s*)```(.*)$/.exec(line);
    if (open === undefined && fence !== null) {
      const [, prefix = "", info = ""] = fence;
      open = { line: index + 1, indent: prefix.length, info: info.trim(), lines: [] };
    } else if (open !== undefined && fence !== null && fence[2]?.trim() === "") {
      if (open.info === "ts") snippets.push({ line: open.line, lines: open.lines });
      open = undefined;
    } else {
      open?.lines.push(line.slice(open.indent));
    }
  }
  if (open !== undefined) throw new Error(`Cannot read block: no end after line ${open.line}`);
  return snippets;
}

/**
 * The module that checks a snippet. A line that ends in `// => value` becomes an assertion. The
 * statement must stand on that line, as an expression, a `console.log` or a declaration:
 *
 * - `cache.get("a"); // => 1` compares deeply with the value, which is an expression too;
 * - `const a = cache.get("a"); // => 1` compares the variable after the statement;
 * - `cache.resize({ max: -1 }); // => throws RangeError` expects an error of that name.
 *
 * Lines keep their numbers, so that an error points into the page.
 */
export function moduleOf({ line, lines }: Snippet): string {
  const prelude = 'import { equals as __equals, throws as __throws } from "./assertions.ts";';
  return `${"\n".repeat(line - 1)}${prelude}\n${lines.map(asserted).join("\n")}\nexport {};\n`;
}

function asserted(line: string): string {
  const marked = /^(\s*)(.*?);?\s*\/\/ => (.+)$/.exec(line);
  if (marked === null) return line;
  const [, indent = "", statement = "", wanted = ""] = marked;
  const thrown = /^throws (\w+)$/.exec(wanted)?.[1];
  if (thrown !== undefined) {
    return `${indent}await __throws(async () => { ${statement}; }, "${thrown}");`;
  }
  const variable = /^(?:const|let)\s+(\w+)\b[^=]*=/.exec(statement)?.[1];
  if (variable !== undefined) return `${indent}${statement}; __equals(${variable}, ${wanted});`;
  const logged = /^console\.log\((.*)\)$/.exec(statement)?.[1];
  return `${indent}__equals((${logged ?? statement}), ${wanted});`;
}
