import type { ViewEdge, ViewNode } from "./graph-view.ts";

/**
 * Characters that a reader does not see, or that change how others are shown: controls, breaks of
 * lines, directions of text, zero widths, tags, halves of surrogate pairs. The names of a heap come
 * from anywhere, and a name with such characters could pass for another one.
 */
const UNSEEN =
  /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}]/gu;

/**
 * The text with escapes for characters that cannot be seen, and with its middle left out if it has
 * more than `most` characters. Reads no more of the text than it shows.
 */
export function shownText(text: string, most: number): string {
  if (text.length <= most) return seen(text);
  const end = Math.floor((most - 1) / 3);
  // A cut may go through a surrogate pair, whose half is dropped.
  const start = text.slice(0, most - 1 - end).replace(/[\ud800-\udbff]$/, "");
  return `${seen(start)}…${seen(text.slice(text.length - end).replace(/^[\udc00-\udfff]/, ""))}`;
}

function seen(text: string): string {
  return text.replace(UNSEEN, (char) => {
    if (char === "\n") return "↵";
    if (char === "\t") return "\\t";
    const code = char.codePointAt(0)!.toString(16);
    return code.length > 4 ? `\\u{${code}}` : `\\u${code.padStart(4, "0")}`;
  });
}

const MOST_OF_NAME = 120;

/** The node in a few words: `Session`, `onExit()`, `"text"`. */
export function describeNode({ kind, name, type }: ViewNode): string {
  const text = shownText(name, MOST_OF_NAME);
  switch (kind) {
    case "object":
      return shownText(type, MOST_OF_NAME) || "Object";
    case "closure":
      return text === "" ? "closure" : `${text}()`;
    case "string":
    case "concatenated string":
    case "sliced string":
      return `"${text}"`;
    case "regexp":
      return `/${text}/`;
    case "symbol":
      return text === "" ? "symbol" : `Symbol(${text})`;
    default:
      return text || shownText(type, MOST_OF_NAME);
  }
}

const IDENTIFIER = /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u;
const MOST_OF_EDGE = 60;

/** How the node refers to the other one: `.name`, `[3]`, a variable, or a part of the engine. */
export function describeEdge({ kind, name }: Pick<ViewEdge, "kind" | "name">): string {
  if (kind === "element") return `[${name}]`;
  const text = shownText(String(name), MOST_OF_EDGE);
  if (kind === "property") return IDENTIFIER.test(text) ? `.${text}` : `["${text}"]`;
  return kind === "context" || kind === "shortcut" ? text : `(${text})`;
}

/** Bytes in the unit that reads best: `120 B`, `1.2 kB`, `34 MB`. */
export function describeBytes(bytes: number): string {
  if (!(bytes >= 1000)) return `${bytes} B`;
  const units = ["kB", "MB", "GB", "TB"];
  let value = bytes / 1000;
  let unit = 0;
  for (; value >= 999.5 && unit < units.length - 1; unit++) value /= 1000;
  return `${value < 99.95 ? value.toFixed(1).replace(/\.0$/, "") : Math.round(value)} ${units[unit]}`;
}
