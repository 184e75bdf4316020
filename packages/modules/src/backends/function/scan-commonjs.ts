/** The parts of a CommonJS text, found without running it. */
export interface CommonJsScan {
  /** The text, in which `import` of `import()` has another name of the same length. */
  readonly code: string;
  /** That name, or undefined if there is no `import()`. */
  readonly importName: string | undefined;
  /** Specifiers of `require` that are literals. */
  readonly required: readonly string[];
}

/** Words behind which a slash begins a regular expression. */
const BEFORE_VALUE = new Set(
  "return typeof instanceof in of new delete void throw case do else yield await default".split(
    " ",
  ),
);
/** Words whose parentheses end before a statement. */
const BEFORE_STATEMENT = new Set(["if", "while", "for", "with"]);
const SPACE = /(?:\s|\/\/[^\n]*|\/\*[^]*?\*\/)*/y;
const WORD = /(?:[\w$\u0080-\uffff]|\\u[\da-fA-F]{4}|\\u\{[\da-fA-F]+\})+/y;
const STRING = /'(?:[^'\\\n]|\\[^])*'|"(?:[^"\\\n]|\\[^])*"/y;
const TEMPLATE = /(?:[^`\\$]|\\[^]|\$(?!\{))*(`|\$\{|$)/y;
const REGEXP = /\/(?![*/])(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*/y;
const REQUIRED = /\s*\(\s*(?:'([^'\\\n]*)'|"([^"\\\n]*)")\s*\)/y;
const NAMES = ["import", "_mport", "$mport", "i_port", "i$port", "im_ort", "im$ort", "imp_rt"];

/**
 * Finds `import()` and `require("literal")` in a text, outside of strings, comments, templates and
 * regular expressions. `import()` of a compiled function cannot be answered by a host that has no
 * modules of V8, and is replaced by a call.
 */
export function scanCommonJs(text: string): CommonJsScan {
  if (!/\bimport\b|\brequire\b/.test(text)) {
    return { code: text, importName: undefined, required: [] };
  }
  const scanner = new Scanner(text);
  scanner.run();
  const required = [...new Set(scanner.required)];
  if (scanner.imports.length === 0) return { code: text, importName: undefined, required };
  const importName = NAMES.find((name) => name !== "import" && !text.includes(name))!;
  let code = "";
  let end = 0;
  for (const at of scanner.imports.sort((a, b) => a - b)) {
    code += text.slice(end, at) + importName;
    end = at + importName.length;
  }
  return { code: code + text.slice(end), importName, required };
}

/** An open parenthesis or brace. */
interface Open {
  /** Whether a slash behind its end begins a regular expression. */
  readonly isBeforeValue: boolean;
  /** Place of an `import` before it. */
  readonly imported: number | undefined;
  readonly isTemplate: boolean;
}

class Scanner {
  readonly imports: number[] = [];
  readonly required: string[] = [];
  readonly #text: string;
  readonly #open: Open[] = [];
  #at = 0;
  /** Whether a slash begins a regular expression here. */
  #isBeforeValue = true;
  /** The last word or sign. */
  #last = "";
  #imported: number | undefined;

  constructor(text: string) {
    this.#text = text;
  }

  run(): void {
    if (this.#text.startsWith("#!")) this.#at = this.#text.indexOf("\n") >>> 0;
    for (this.#skip(SPACE); this.#at < this.#text.length; this.#skip(SPACE)) this.#step();
  }

  #match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text);
    if (found !== null) this.#at = pattern.lastIndex;
    return found;
  }

  #skip(pattern: RegExp): void {
    this.#match(pattern);
  }

  #step(): void {
    const sign = this.#text[this.#at]!;
    if (sign === "`") {
      this.#at++;
      this.#template();
    } else if ((sign === '"' || sign === "'") && this.#match(STRING) !== null) {
      this.#value("string");
    } else if (sign === "/" && this.#isBeforeValue && this.#match(REGEXP) !== null) {
      this.#value("regexp");
    } else {
      const start = this.#at;
      const word = this.#match(WORD);
      if (word === null) this.#sign(sign);
      else this.#word(word[0], start);
    }
  }

  #value(kind: string): void {
    this.#isBeforeValue = false;
    this.#last = kind;
  }

  #template(): void {
    const [, end] = this.#match(TEMPLATE)!;
    if (end === "${") {
      this.#open.push({ isBeforeValue: false, imported: undefined, isTemplate: true });
      this.#isBeforeValue = true;
      this.#last = end;
    } else {
      this.#value("template");
    }
  }

  #word(word: string, start: number): void {
    const isProperty = this.#last === ".";
    this.#last = isProperty ? "property" : word;
    this.#isBeforeValue = !isProperty && BEFORE_VALUE.has(word);
    if (isProperty) return;
    if (word === "import") {
      this.#skip(SPACE);
      if (this.#text[this.#at] === "(") this.#imported = start;
    } else if (word === "require") {
      const found = this.#match(REQUIRED);
      if (found === null) return;
      this.required.push((found[1] ?? found[2])!);
      this.#value(")");
    }
  }

  #sign(sign: string): void {
    this.#at++;
    if (sign === "(" || sign === "{" || sign === "[") {
      const isBeforeValue = sign === "{" || (sign === "(" && BEFORE_STATEMENT.has(this.#last));
      this.#open.push({ isBeforeValue, imported: this.#imported, isTemplate: false });
      this.#imported = undefined;
      this.#isBeforeValue = true;
    } else if (sign === ")" || sign === "}" || sign === "]") {
      this.#close(sign);
    } else if ((sign === "+" || sign === "-") && this.#text[this.#at] === sign) {
      this.#at++;
    } else if (sign === "." && this.#text.startsWith("..", this.#at)) {
      this.#at += 2;
      this.#isBeforeValue = true;
      sign = "...";
    } else {
      this.#isBeforeValue = true;
    }
    this.#last = sign;
  }

  #close(sign: string): void {
    const open = this.#open.pop();
    if (open?.isTemplate === true && sign === "}") {
      this.#template();
      return;
    }
    this.#isBeforeValue = open?.isBeforeValue ?? false;
    if (open?.imported === undefined) return;
    // A method of that name has a body.
    const end = this.#at;
    this.#skip(SPACE);
    if (this.#text[this.#at] !== "{") this.imports.push(open.imported);
    this.#at = end;
  }
}
