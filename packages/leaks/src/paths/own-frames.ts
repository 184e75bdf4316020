import type { Edges } from "./edges.ts";
import type { Scripts } from "./scripts.ts";
import type { Word } from "./wording.ts";

/** The first node of a path that begins at a variable of the code that called this package. */
export const RUNNING = "running test";

/** Steps from one waiting function to the one that waits for it. */
const WAITING = /^(?:await|awaits|resumes|reaction|settles|\.then\(\)|value)$/;

/** The folder of this package in the name of a script: that of its sources or of its bundle. */
const FOLDER = /^.*[\\/]leaks[\\/](?:src|dist)[\\/]/;

interface CallSite {
  getFileName?(): unknown;
}

let own: string | undefined;

/** The folder of this package as V8 names it; if it is bundled with a program, that one script. */
function ownScripts(): string {
  if (own !== undefined) return own;
  const { prepareStackTrace } = Error as { prepareStackTrace?: unknown };
  // Tools replace this function, to write stacks of the original files.
  Reflect.set(Error, "prepareStackTrace", (_: unknown, sites: readonly CallSite[]) => sites);
  const { stack } = new Error() as { stack?: unknown };
  Reflect.set(Error, "prepareStackTrace", prepareStackTrace);
  const script = Array.isArray(stack) ? (stack as CallSite[])[0]?.getFileName?.() : undefined;
  return (own = typeof script === "string" ? (FOLDER.exec(script)?.[0] ?? script) : "");
}

/**
 * The waiting functions of this package in a snapshot of its own process. They hold what the
 * function that waits for them holds, and are gone with them: they are no holders.
 */
export class OwnFrames {
  readonly #edges: Edges;
  readonly #scripts: Scripts;
  readonly #own = ownScripts();

  constructor(edges: Edges, scripts: Scripts) {
    this.#edges = edges;
    this.#scripts = scripts;
  }

  /**
   * The words from the variable on by which a waiting function of the program holds the object, if
   * a path goes through functions of this package. Otherwise undefined.
   */
  withoutOwn(words: readonly Word[]): Word[] | undefined {
    let last = words.findIndex(({ node }) => this.#isOwn(this.#functionOf(node)));
    if (last < 0) return undefined;
    for (let at = last + 1; at < words.length; at++) {
      const { edge, text, node } = words[at]!;
      if (this.#functionOf(node) >= 0) last = at;
      else if (text !== "Promise" && !WAITING.test(edge)) break;
    }
    const start = { edge: "", text: RUNNING, node: words[last]!.node };
    const running = this.#functionOf(start.node);
    const rest = this.#isOwn(running)
      ? this.#afterPassed(words.slice(last + 1))
      : nameVariable(words.slice(last + 1), this.#edges.graph.nameOf(running));
    return rest.length === 0 ? undefined : [start, ...rest];
  }

  /** What a function holds that was passed to this package: how it is passed on is of no use. */
  #afterPassed(words: readonly Word[]): Word[] {
    let at = 0;
    while (at < words.length - 1 && this.#isOwn(words[at]!.node)) at++;
    const isPassed = this.#edges.graph.kindOf(words[at]?.node ?? 0) === "closure";
    if (isPassed && at < words.length - 1) return words.slice(at + 1);
    return nameVariable(
      words.slice(at).map((word, index) => (index === 0 ? { ...word, edge: LOCAL } : word)),
      "",
    );
  }

  /** The closure of an async function or generator that waits, or -1. */
  #functionOf(node: number): number {
    if (this.#edges.graph.kindOf(node) !== "object") return -1;
    if (this.#edges.find(node, "parameters_and_registers") < 0) return -1;
    return this.#edges.follow(node, "function");
  }

  #isOwn(closure: number): boolean {
    if (closure < 0 || this.#own === "" || this.#edges.graph.kindOf(closure) !== "closure")
      return false;
    return this.#scripts.scriptOf(closure)?.startsWith(this.#own) === true;
  }
}

/** The word for a variable of a waiting function, whose name a snapshot does not have. */
const LOCAL = "local variable";

function nameVariable(words: readonly Word[], owner: string): Word[] {
  const [first, ...others] = words;
  if (first === undefined) return [];
  const edge = `variable of ${owner === "" ? `the ${RUNNING}` : owner}`;
  return [first.edge === LOCAL ? { ...first, edge } : first, ...others];
}
