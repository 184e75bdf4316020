/** An arrow of a parsed text. */
export interface DotEdge {
  readonly from: string;
  readonly to: string;
  readonly label: string | undefined;
  readonly style: string | undefined;
}

const TOKEN = /\s*(?:("(?:\\[\s\S]|[^"\\])*")|([A-Za-z0-9_.]+)|(->|[{}[\]=,;]))/y;

/**
 * Reads the part of DOT that `toDot` writes: statements of nodes and edges, with attributes. Throws
 * if the text has anything else.
 */
export function parseDot(text: string): { nodes: Map<string, string>; edges: DotEdge[] } {
  const tokens = tokensOf(text.trimEnd());
  let at = 0;
  const take = (wanted?: string): string => {
    const token = tokens[at++];
    if (token === undefined || (wanted !== undefined && token !== wanted)) {
      throw new Error(`Cannot parse DOT: ${token} at ${at}, expected ${wanted ?? "more"}`);
    }
    return token;
  };
  const nodes = new Map<string, string>();
  const edges: DotEdge[] = [];
  for (const token of ["digraph", "heap", "{"]) take(token);
  while (tokens[at] !== "}") {
    const name = take();
    if (!/^(?:n\d+|more\d+|graph|node|edge)$/.test(name)) throw new Error(`Cannot parse ${name}`);
    let to: string | undefined;
    if (tokens[at] === "->") {
      take("->");
      to = take();
    }
    const attributes = new Map<string, string>();
    take("[");
    for (;;) {
      const key = take();
      take("=");
      attributes.set(key, unquoted(take()));
      if (tokens[at] !== ",") break;
      take(",");
    }
    take("]");
    take(";");
    const label = attributes.get("label");
    if (to !== undefined) edges.push({ from: name, to, label, style: attributes.get("style") });
    else if (/\d$/.test(name)) nodes.set(name, label ?? "");
  }
  take("}");
  if (at !== tokens.length) throw new Error("Cannot parse DOT: more than one graph, expected one");
  return { nodes, edges };
}

function tokensOf(text: string): string[] {
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const from = TOKEN.lastIndex;
    const match = TOKEN.exec(text);
    if (match === null) throw new Error(`Cannot parse DOT: ${text.slice(from, from + 40)}`);
    tokens.push(match[1] ?? match[2] ?? match[3]!);
  }
  return tokens;
}

/** The text that Graphviz shows: it knows escapes and entities. */
function unquoted(token: string): string {
  if (!token.startsWith('"')) return token;
  const text = token.slice(1, -1).replace(/\\([\s\S])/g, (_, char: string) => {
    if (char === "n") return "\n";
    if (char === "\\" || char === '"') return char;
    throw new Error(`Cannot parse DOT: \\${char}, expected an escape that toDot writes`);
  });
  return text.replace(/&(\w+;)?/g, (_, name?: string) => {
    if (name === "amp;") return "&";
    throw new Error(`Cannot parse DOT: &${name}, expected &amp;`);
  });
}
