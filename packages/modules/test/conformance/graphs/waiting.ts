import type { Graph } from "../graph.ts";

export const waiting: readonly Graph[] = [
  {
    name: "modules that wait run next to each other, and the importer after all",
    files: {
      "a.mjs": "import './b.mjs'; import './c.mjs'; import './d.mjs'; log('a');",
      "b.mjs": "log('b1'); await 0; log('b2'); await 0; log('b3');",
      "c.mjs": "log('c1'); await 0; log('c2');",
      "d.mjs": "log('d');",
    },
  },
  {
    name: "what waits deeper does not stop what does not depend on it",
    files: {
      "a.mjs": "import './b.mjs'; import './e.mjs'; log('a');",
      "b.mjs": "import './c.mjs'; log('b');",
      "c.mjs": "import './d.mjs'; log('c');",
      "d.mjs": "log('d1'); await new Promise((r) => setTimeout(r)); log('d2');",
      "e.mjs": "log('e1'); await 0; log('e2');",
    },
  },
  {
    name: "importers of one module that waits run in the order in which they were reached",
    files: {
      "a.mjs": "import './b.mjs'; import './c.mjs'; import './e.mjs'; log('a');",
      "b.mjs": "import './d.mjs'; log('b');",
      "c.mjs": "import './d.mjs'; log('c1'); await 0; log('c2');",
      "d.mjs": "log('d1'); await 0; log('d2');",
      "e.mjs": "import './d.mjs'; log('e');",
    },
  },
  {
    name: "a rejection while waiting is the error of the load, and importers do not run",
    files: {
      "a.mjs": "import './b.mjs'; import './c.mjs'; log('a');",
      "b.mjs": "log('b'); await 0; throw new RangeError('late');",
      "c.mjs": "log('c'); await 0; log('c2');",
    },
  },
  {
    name: "for await, await in blocks, in templates and in default values",
    files: {
      "a.mjs":
        "async function* g() { yield 1; yield 2; } for await (const v of g()) log(v); if (true) { log(await 3); } log(`${await 4}`); const { x = await 5 } = {}; log(x); export default await 6; export const f = async () => await 7; class C { static x = 1; } log(await f());",
    },
  },
  {
    name: "await in functions only does not make a module wait",
    files: {
      "a.mjs": "import './b.mjs'; import './c.mjs'; log('a');",
      "b.mjs":
        "const f = async () => { await 0; log('late'); }; f(); log('b'); /* await */ 'await';",
      "c.mjs": "log('c');",
    },
  },
  {
    name: "a cycle in which one module waits",
    files: {
      "a.mjs": "import './b.mjs'; log('a'); export const x = 1;",
      "b.mjs": "import './c.mjs'; log('b1'); await 0; log('b2');",
      "c.mjs": "import './a.mjs'; import './d.mjs'; log('c');",
      "d.mjs": "log('d1'); await 0; log('d2');",
    },
  },
  {
    name: "a module waits for a dynamic import of what waits",
    files: {
      "a.mjs": "log('a1'); const { x } = await import('./b.mjs'); log('a2', x);",
      "b.mjs": "import './c.mjs'; log('b'); export const x = 1;",
      "c.mjs": "log('c1'); await 0; log('c2');",
    },
  },
];
