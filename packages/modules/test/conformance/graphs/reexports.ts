import type { Graph } from "../graph.ts";

export const reexports: readonly Graph[] = [
  {
    name: "names, defaults and namespaces are re-exported",
    files: {
      "a.mjs":
        "export { x, default as d, default } from './b.mjs'; export * as ns from './b.mjs'; import * as own from './b.mjs'; export { own }; import { x as y } from './b.mjs'; export { y };",
      "b.mjs": "export const x = 1; export default 'd';",
    },
  },
  {
    name: "export * leaves the default out, and local names win",
    files: {
      "a.mjs": "export * from './b.mjs'; export const x = 'own';",
      "b.mjs": "export const x = 'b', y = 'y'; export default 'd';",
    },
  },
  {
    name: "names that two export * give are left out",
    files: {
      "a.mjs": "export * from './b.mjs'; export * from './c.mjs';",
      "b.mjs": "export const both = 1, b = 1;",
      "c.mjs": "export const both = 2, c = 2;",
    },
  },
  {
    name: "an import of a name that two export * give is a SyntaxError",
    files: {
      "a.mjs": "import { both } from './m.mjs'; log(both);",
      "m.mjs": "export * from './b.mjs'; export * from './c.mjs'; log('m');",
      "b.mjs": "export const both = 1; log('b');",
      "c.mjs": "export const both = 2; log('c');",
    },
  },
  {
    name: "two export * that give the same variable do not conflict",
    files: {
      "a.mjs": "import { x } from './m.mjs'; log(x); export * from './m.mjs';",
      "m.mjs": "export * from './b.mjs'; export * from './c.mjs';",
      "b.mjs": "export { x } from './d.mjs';",
      "c.mjs": "export * from './d.mjs';",
      "d.mjs": "export const x = 'd';",
    },
  },
  {
    name: "two export * that give the same namespace do not conflict",
    files: {
      "a.mjs": "import { ns } from './m.mjs'; log(ns.x);",
      "m.mjs": "export * from './b.mjs'; export * from './c.mjs';",
      "b.mjs": "export * as ns from './d.mjs';",
      "c.mjs": "export * as ns from './d.mjs';",
      "d.mjs": "export const x = 'd';",
    },
  },
  {
    name: "an imported namespace that is exported is that namespace",
    files: {
      "a.mjs": "import { ns } from './m.mjs'; log(ns.x);",
      "m.mjs": "export * from './b.mjs'; export * from './c.mjs';",
      "b.mjs": "export * as ns from './d.mjs';",
      "c.mjs": "import * as ns from './d.mjs'; export { ns };",
      "d.mjs": "export const x = 'd';",
    },
  },
  {
    name: "an explicit name resolves a conflict of export *",
    files: {
      "a.mjs": "export * from './b.mjs'; export * from './c.mjs'; export { both } from './c.mjs';",
      "b.mjs": "export const both = 1;",
      "c.mjs": "export const both = 2;",
    },
  },
  {
    name: "export * works in a cycle",
    files: {
      "a.mjs": "export * from './b.mjs'; export const a = 1;",
      "b.mjs":
        "export * from './a.mjs'; export const b = 2; import * as self from './b.mjs'; log(Reflect.ownKeys(self).map(String).join());",
    },
  },
  {
    name: "an import of a missing name is a SyntaxError, and nothing runs",
    files: {
      "a.mjs": "import './c.mjs'; import { missing } from './b.mjs'; log('a', missing);",
      "b.mjs": "export const x = 1; log('b');",
      "c.mjs": "log('c');",
    },
  },
  {
    name: "an import of a missing default is a SyntaxError",
    files: {
      "a.mjs": "import d from './b.mjs'; log(d);",
      "b.mjs": "export const x = 1;",
    },
  },
  {
    name: "a re-export of a missing name is a SyntaxError",
    files: {
      "a.mjs": "import './b.mjs'; log('a');",
      "b.mjs": "export { missing } from './c.mjs'; log('b');",
      "c.mjs": "log('c');",
    },
  },
  {
    name: "names that lead in a circle are a SyntaxError",
    files: {
      "a.mjs": "export { x } from './b.mjs';",
      "b.mjs": "export { x } from './a.mjs';",
    },
  },
  {
    name: "export * takes the names of CommonJS",
    files: {
      "a.mjs": "export * from './b.cjs'; export { x as y } from './b.cjs'; export const own = 1;",
      "b.cjs": "exports.x = 1; exports.own = 2;",
    },
  },
];
