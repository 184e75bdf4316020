import type { Graph } from "../graph.ts";

export const cycles: readonly Graph[] = [
  {
    name: "CommonJS in a cycle sees what is exported so far",
    isRequired: true,
    files: {
      "a.cjs": "exports.early = 1; const b = require('./b.cjs'); exports.late = 2; exports.b = b;",
      "b.cjs": "const a = require('./a.cjs'); exports.seen = Object.keys(a); exports.done = true;",
    },
  },
  {
    name: "CommonJS in a cycle keeps the exports that were replaced",
    isRequired: true,
    files: {
      "a.cjs":
        "exports.old = 1; const b = require('./b.cjs'); module.exports = { fresh: true, b: b.keys() };",
      "b.cjs": "const a = require('./a.cjs'); exports.keys = () => Object.keys(a);",
    },
  },
  {
    name: "three CommonJS modules in a cycle run in the order of their requires",
    isRequired: true,
    files: {
      "a.cjs": "log('a1'); require('./b.cjs'); log('a2');",
      "b.cjs": "log('b1'); require('./c.cjs'); log('b2');",
      "c.cjs": "log('c1'); require('./a.cjs'); log('c2'); module.loaded || log('not loaded');",
    },
  },
  {
    name: "a function of an ES module in a cycle is there before the module runs",
    files: {
      "a.mjs": "import './b.mjs'; export function f() { return 'f' + n; } export var n = 1;",
      "b.mjs": "import { f, n } from './a.mjs'; log(f(), String(n));",
    },
  },
  {
    name: "a let of an ES module in a cycle cannot be read before the module runs",
    files: {
      "a.mjs": "import { read } from './b.mjs'; export let value = 1; export const later = read();",
      "b.mjs":
        "import { value } from './a.mjs'; export const read = () => value; try { read(); } catch (e) { log(e.name, e.message); }",
    },
  },
  {
    name: "a class and a namespace in a cycle cannot be read before the module runs",
    files: {
      "a.mjs": "import './b.mjs'; export class C {} export const k = 1;",
      "b.mjs":
        "import * as a from './a.mjs'; for (const n of ['C', 'k']) try { a[n]; } catch (e) { log(n, e.name); }",
    },
  },
  {
    name: "an ES module can import itself",
    files: {
      "a.mjs":
        "import * as self from './a.mjs'; import { x as y } from './a.mjs'; export const x = 1; export const same = self.x === y; log(Object.keys(self).join());",
    },
  },
  {
    name: "ES modules in a cycle run from the end of the imports",
    files: {
      "a.mjs": "import './b.mjs'; import './d.mjs'; log('a');",
      "b.mjs": "import './c.mjs'; log('b');",
      "c.mjs": "import './a.mjs'; import './d.mjs'; log('c');",
      "d.mjs": "log('d');",
    },
  },
  {
    name: "a named default function is there in a cycle",
    files: {
      "a.mjs": "import './b.mjs'; export default function named() { return 'named'; }",
      "b.mjs": "import f from './a.mjs'; log(f(), f.name);",
    },
  },
  {
    name: "an anonymous default function is there in a cycle",
    files: {
      "a.mjs": "import './b.mjs'; export default function () { return 'anonymous'; }",
      "b.mjs": "import f from './a.mjs'; log(f());",
    },
  },
  {
    name: "ES modules in a cycle can wait",
    files: {
      "a.mjs":
        "import { b } from './b.mjs'; log('a1'); await 0; log('a2', typeof b); export const a = 1;",
      "b.mjs":
        "import { a } from './a.mjs'; log('b1'); await 0; log('b2'); export const b = () => a;",
    },
  },
];
