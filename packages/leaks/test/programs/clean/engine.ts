import vm from "node:vm";
import type { Clean, Dropped } from "./clean.ts";

// What the engine keeps for itself: compiled code, tables of first use, optimized functions.

type Use = (dropped: Dropped) => unknown;

/** A module with one page of memory: `(module (memory (export "m") 1))`. */
const wasmBytes = Uint8Array.from([
  0, 97, 115, 109, 1, 0, 0, 0, 5, 3, 1, 0, 1, 7, 5, 1, 1, 109, 2, 0,
]);
let nameOfText = 0;

/** A text that no earlier run has compiled, so that the compilation cache gets a new entry. */
function newText(expression: string): string {
  return `/* ${nameOfText++} */ ${expression}`;
}

export const engine: readonly Clean[] = [
  {
    name: "a closure made by eval",
    // oxlint-disable-next-line no-eval
    use: (dropped) => (0, eval)(newText("(dropped) => () => dropped"))(dropped),
  },
  {
    name: "eval in the scope of the object",
    // oxlint-disable-next-line no-eval
    use: (dropped) => [eval(newText("() => dropped.text")), dropped.values],
  },
  {
    name: "a function made of a text",
    // oxlint-disable-next-line no-new-func, typescript/no-implied-eval
    use: (dropped) => (new Function("dropped", newText("return dropped")) as Use)(dropped),
  },
  {
    name: "one function made of the same text again and again",
    // oxlint-disable-next-line no-new-func, typescript/no-implied-eval
    use: (dropped) => (new Function("dropped", "return dropped.text") as Use)(dropped),
  },
  {
    name: "a script that runs in this context",
    use: (dropped) =>
      (new vm.Script(newText("(dropped) => dropped.text")).runInThisContext() as Use)(dropped),
  },
  {
    name: "a context of its own",
    use: (dropped) => vm.runInNewContext(newText("dropped.text"), { dropped }) as string,
  },
  {
    name: "a compiled function",
    use: (dropped) => vm.compileFunction(newText("return dropped"), ["dropped"])(dropped),
  },
  {
    name: "a WebAssembly instance",
    use(dropped) {
      const { WebAssembly } = globalThis as unknown as {
        WebAssembly: {
          Module: new (bytes: Uint8Array) => object;
          Instance: new (module: object) => { exports: object };
        };
      };
      dropped.link = new WebAssembly.Instance(new WebAssembly.Module(wasmBytes)).exports;
    },
  },
  {
    name: "the first uses of Intl",
    use(dropped) {
      dropped.link = [
        new Intl.DateTimeFormat("de", { dateStyle: "full" }).format(0),
        new Intl.NumberFormat("fr", { style: "currency", currency: "EUR" }).format(1),
        new Intl.PluralRules("pl").select(3),
        new Intl.ListFormat("en").format(["a", "b"]),
        new Intl.RelativeTimeFormat("en").format(-1, "day"),
        [...new Intl.Segmenter("en").segment(dropped.text)].length,
      ];
    },
  },
  {
    name: "sorting with a collator",
    use: (dropped) => ["b", "a", dropped.text].sort(new Intl.Collator("sv").compare),
  },
  {
    name: "dates and numbers in the words of a language",
    use: (dropped) => [new Date(0).toLocaleDateString("ja"), dropped.values[0]!.toLocaleString()],
  },
  {
    name: "a regular expression made of a text",
    use: (dropped) => new RegExp(`(?<name>${dropped.values.join("|")})+`, "u").exec("12321"),
  },
  {
    name: "a dynamic import of functions only",
    async use(dropped) {
      const address = "data:text/javascript,export const textOf = (value) => value.text;";
      const { textOf } = (await import(/* @vite-ignore */ address)) as { textOf: Use };
      return textOf(dropped);
    },
  },
  {
    name: "a literal that is allocated before its site is known",
    steady: true,
    use(dropped) {
      const made = [];
      for (let i = 0; i < 2000; i++) made.push({ dropped, list: [dropped, i] });
      return made.length;
    },
  },
  {
    name: "a text that is built of parts",
    use(dropped) {
      let text = "";
      for (let i = 0; i < 1000; i++) text += dropped.text;
      dropped.link = text;
    },
  },
];
