import type { Graph } from "../graph.ts";

const lines = (line: (i: number) => string): string =>
  Array.from({ length: 10_000 }, (_, i) => line(i)).join("\n");

export const texts: readonly Graph[] = [
  {
    name: "an empty file, a file of a comment, and one that ends in a comment",
    files: {
      "a.mjs":
        "import * as b from './b.mjs'; import './c.mjs'; import d from './d.cjs'; import e from './e.cjs'; log(Object.keys(b).length, JSON.stringify(d), e.x) // the end",
      "b.mjs": "",
      "c.mjs": "// only a comment",
      "d.cjs": "",
      "e.cjs": "exports.x = 1 // the end",
    },
  },
  {
    name: "hashbangs, marks of the byte order, and line ends of Windows",
    files: {
      "a.mjs":
        "#!/usr/bin/env node\nimport b from './b.cjs';\nimport { c } from './c.mjs';\nimport d from './d.cjs';\nlog(b, c, d.text, d.line);",
      "b.cjs": "#!/usr/bin/env node\nmodule.exports = 'b';",
      "c.mjs": "\uFEFFexport const c = 'c';\r\nexport default function () {\r\n}\r\n",
      "d.cjs":
        "\uFEFF'use strict';\r\nexports.text = `x\r\ny`;\r\nexports.line = /:(\\d+):\\d+/.exec(new Error().stack.split('\\n')[1])[1];\r\n",
    },
  },
  {
    name: "a line has its number in CommonJS of 10,000 lines",
    isRequired: true,
    files: {
      "a.cjs": `${lines((i) => `exports.x${i} = ${i};`)}\nlog(/:(\\d+):(\\d+)/.exec(new Error().stack.split('\\n')[1]).slice(1).join());`,
    },
  },
  {
    name: "a line has its number in an ES module of 10,000 lines with imports of many lines",
    files: {
      "a.mjs": `import {\n  x,\n  y,\n} from './b.mjs';\n\nimport {\n  z\n} from './b.mjs';\n${lines((i) => `const x${i} = ${i};`)}\nexport class K extends z {}\nlog(x, y, /:(\\d+):/.exec(new Error().stack.split('\\n')[1])[1]);`,
      "b.mjs": "export const x = 1, y = 2; export class z {}",
    },
  },
  {
    name: "defaults without names are named default",
    files: {
      "a.mjs":
        "import f from './f.mjs'; import c from './c.mjs'; import w from './w.mjs'; import g from './g.mjs'; import n from './n.mjs'; import s from './s.mjs'; import e from './e.mjs'; import p from './p.mjs'; log([f, c, w, g, n, e, p].map((each) => each.name).join(), s.name());",
      "f.mjs": "export default function () {}",
      "c.mjs": "export default class {}",
      "w.mjs": "export default () => {};",
      "g.mjs": "export default async function* () {}",
      "n.mjs": "export default function own() {}",
      "s.mjs": "export default class { static name() { return 'static'; } }",
      "e.mjs": "export default (function () {});",
      "p.mjs": "export default (0, () => {});",
    },
  },
  {
    name: "class fields, private names, static blocks, getters and generators",
    files: {
      "a.mjs":
        "import { K } from './b.mjs'; class L extends K { #p = 1; static s = 'static'; f = () => this.#p; static { log('block', this.s); } get g() { return super.g + 1; } *[Symbol.iterator]() { yield this.#p; } } const l = new L(); log(l.f(), l.g, [...l].join(), l.k, L.name, #p_(l)); function p_() {} ".replace(
          ", #p_(l)",
          "",
        ),
      "b.mjs": "export class K { k = new.target.name; get g() { return 1; } }",
    },
  },
  {
    name: "an ES module may declare names of globals and of CommonJS",
    files: {
      "a.mjs":
        "const process = 1, require = 2, exports = 3, module = 4, __filename = 5; export let setTimeout = 6; export { process, exports }; class Buffer {} log(process, require, exports, module, __filename, setTimeout, typeof Buffer); const globalThis_ = 7; { let console = 8; log(console); }",
    },
  },
  {
    name: "one brace too many at the end is a SyntaxError",
    isRequired: true,
    files: { "a.cjs": "log(1);\n}" },
  },
  {
    name: "one brace too many at the beginning is a SyntaxError",
    isRequired: true,
    files: { "a.cjs": "} log(1); function f() {" },
  },
  {
    name: "a text that closes its function and opens another one is a SyntaxError",
    isRequired: true,
    files: { "a.cjs": "log(1); }, log(2), function () { log(3);" },
  },
  {
    name: "an ES module that closes a function and opens another one is a SyntaxError",
    files: { "a.mjs": "log(1); } log(2); function f() { log(3);" },
  },
  {
    name: "a text that does not end is a SyntaxError",
    isRequired: true,
    files: {
      "a.cjs":
        "for (const f of ['./1.cjs', './2.cjs', './3.cjs', './4.cjs', './5.cjs']) try { require(f); } catch (e) { log(e.name); }",
      "1.cjs": "log(1); {",
      "2.cjs": "log(2); `",
      "3.cjs": "log(3); /* comment",
      "4.cjs": "log(4); 'text",
      "5.cjs": "log(5); /regexp",
    },
  },
  {
    name: "import.meta has the address, the file and the folder",
    files: {
      "dir/a.mjs":
        "import { fileURLToPath, pathToFileURL } from 'node:url'; import { dirname, basename } from 'node:path'; import { b } from './b.mjs'; const f = () => import.meta; log(import.meta.filename === fileURLToPath(import.meta.url), import.meta.dirname === dirname(import.meta.filename), basename(import.meta.url), f() === import.meta, f() !== b(), basename(b().url), String(Object.getPrototypeOf(import.meta)), typeof import.meta, pathToFileURL(import.meta.filename).href === import.meta.url); import.meta.own = 1; log(import.meta.own, 'import.meta.url');",
      "dir/b.mjs": "export const b = () => import.meta;",
    },
  },
  {
    name: "import.meta.resolve gives addresses, also of files that do not exist",
    files: {
      "a.mjs":
        "const { resolve } = import.meta; const base = new URL('.', import.meta.url).href; log(...['./b.mjs', './missing.mjs', 'fs', 'node:fs', 'pack', '../up.mjs', './x%20y.mjs'].map((s) => resolve(s).replace(base, '').replace(new URL('..', base).href, '^'))); try { resolve('missing-package'); } catch (e) { log(e.code); }",
      "b.mjs": "log('never');",
      "node_modules/pack/package.json": '{ "exports": "./main.mjs" }',
      "node_modules/pack/main.mjs": "log('never');",
    },
  },
  {
    name: "a comment may name another source",
    isRequired: true,
    files: {
      "a.cjs":
        "const prepare = Error.prepareStackTrace; Error.prepareStackTrace = undefined; log(new Error().stack.split('\\n')[1].includes('other-name.js')); Error.prepareStackTrace = prepare;\n//# sourceURL=other-name.js",
    },
  },
];
