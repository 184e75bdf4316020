import type { Graph } from "../graph.ts";

export const packages: readonly Graph[] = [
  {
    name: "the conditions of exports differ for import and require",
    files: {
      "a.mjs":
        "import p from 'pack'; import { createRequire } from 'node:module'; import b from './b.cjs'; import sub from 'pack/sub'; import feature from 'pack/features/x'; log(p, b.p, sub, feature, b.feature);",
      "b.cjs": "exports.p = require('pack'); exports.feature = require('pack/features/x');",
      "node_modules/pack/package.json": JSON.stringify({
        exports: {
          ".": { import: "./i.mjs", require: "./r.cjs" },
          "./sub": { browser: "./none.js", node: { default: "./sub.cjs" } },
          "./features/*": { import: "./features/*.mjs", default: "./features/*.cjs" },
        },
      }),
      "node_modules/pack/i.mjs": "export default 'import';",
      "node_modules/pack/r.cjs": "module.exports = 'require';",
      "node_modules/pack/sub.cjs": "module.exports = 'sub';",
      "node_modules/pack/features/x.mjs": "export default 'x of import';",
      "node_modules/pack/features/x.cjs": "module.exports = 'x of require';",
    },
  },
  {
    name: "paths that a package does not export are errors with codes",
    files: {
      "a.mjs":
        "import b from './b.cjs'; for (const s of ['pack/other', 'pack/package.json', '#missing', 'bad']) await import(s).catch((e) => log(e.code));",
      "b.cjs": "try { require('pack/other'); } catch (e) { log(e.code); }",
      "node_modules/pack/package.json": '{ "exports": { ".": "./i.mjs" } }',
      "node_modules/pack/i.mjs": "",
      "node_modules/bad/package.json": '{ "exports": "../outside.mjs" }',
    },
  },
  {
    name: "a package can use its own name and its imports",
    files: {
      "a.mjs":
        "import own from 'whole/part'; import inner from '#inner'; import fs from '#fs'; log(own, inner, typeof fs.readFileSync);",
      "package.json": JSON.stringify({
        name: "whole",
        exports: { "./part": "./part.mjs" },
        imports: { "#inner": "./inner.mjs", "#fs": "fs" },
      }),
      "part.mjs": "export default 'part';",
      "inner.mjs": "export default 'inner';",
    },
  },
  {
    name: "the nearest package.json says what a .js file is",
    files: {
      "a.mjs": "import m from './m/x.js'; import * as c from './c/x.js'; log(m, c.default.y);",
      "m/package.json": '{ "type": "module" }',
      "m/x.js": "export default typeof module;",
      "c/package.json": '{ "type": "commonjs" }',
      "c/x.js": "exports.y = typeof module;",
    },
  },
  {
    name: "a .js file without a type is an ES module if it has the syntax",
    files: {
      "a.mjs": "import x from './x.js'; import y from './y.js'; log(x, y);",
      "package.json": "{}",
      "x.js": "export default 'module'; ",
      "y.js": "module.exports = 'commonjs';",
    },
  },
  {
    name: "the main of a package is found without exports",
    files: {
      "a.mjs":
        "import main from 'old'; import file from 'old/lib/file.js'; import scoped from '@s/p'; log(main, file, scoped);",
      "node_modules/old/package.json": '{ "main": "lib/main" }',
      "node_modules/old/lib/main.js": "module.exports = 'main';",
      "node_modules/old/lib/file.js": "module.exports = 'file';",
      "node_modules/@s/p/index.js": "module.exports = 'scoped';",
    },
  },
  {
    name: "a package of two forms runs twice",
    files: {
      "a.mjs": "import i from 'dual'; import b from './b.cjs'; log(i === b.d);",
      "b.cjs": "exports.d = require('dual');",
      "node_modules/dual/package.json":
        '{ "exports": { "import": "./i.mjs", "require": "./r.cjs" } }',
      "node_modules/dual/i.mjs": "log('i'); export default {};",
      "node_modules/dual/r.cjs": "log('r'); module.exports = {};",
    },
  },
  {
    name: "symbolic links lead to one module",
    files: {
      "a.mjs":
        "import { b } from './b.mjs'; import { b as linked } from './link.mjs'; import { c } from './folder/c.mjs'; import { c as other } from './dir/c.mjs'; log(b === linked, c === other, import.meta.url.endsWith('a.mjs'));",
      "b.mjs": "log('b'); export const b = {};",
      "dir/c.mjs": "log('c'); export const c = {};",
    },
    links: { "link.mjs": "b.mjs", folder: "dir" },
  },
  {
    name: "queries make modules of their own",
    files: {
      "a.mjs":
        "import { b } from './b.mjs'; import { b as one } from './b.mjs?1'; import { b as same } from './b.mjs?1'; log(b === one, one === same);",
      "b.mjs": "log(new URL(import.meta.url).search); export const b = {};",
    },
  },
  {
    name: "a shared package is one for the process",
    files: {
      "a.mjs":
        "import { state } from 'single'; import b from './b.cjs'; state.n++; log(state.n, b.state === state);",
      "b.cjs": "exports.state = require('single').state;",
      "node_modules/single/index.js": "log('single'); exports.state = { n: 0 };",
    },
    shared: ["single"],
  },
];
