import type { Graph } from "../graph.ts";

export const interop: readonly Graph[] = [
  {
    name: "the default of CommonJS is module.exports, and names are its properties",
    files: {
      "a.mjs":
        "import b, { x } from './b.cjs'; import * as ns from './b.cjs'; log(x, b.x, ns.default === b, Object.keys(ns).filter((n) => n !== 'module.exports').join());",
      "b.cjs": "exports.x = 1; exports.y = 2;",
    },
  },
  {
    name: "compiled CommonJS with __esModule has module.exports as its default too",
    files: {
      "a.mjs":
        "import b, { x } from './b.cjs'; import * as ns from './b.cjs'; log(typeof b, b.default, x, ns.__esModule, b.__esModule);",
      "b.cjs":
        "Object.defineProperty(exports, '__esModule', { value: true }); exports.default = 'd'; exports.x = 1;",
    },
  },
  {
    name: "a missing name of CommonJS is a SyntaxError",
    files: {
      "a.mjs": "import { missing } from './b.cjs'; log(missing);",
      "b.cjs": "exports.x = 1;",
    },
  },
  {
    name: "CommonJS that is imported runs before it is found that a name is missing",
    files: {
      "a.mjs": "import { missing } from './b.cjs'; log(missing);",
      "b.cjs": "log('b'); exports.x = 1;",
    },
  },
  {
    name: "a property that only running finds is a name",
    files: {
      "a.mjs": "import { x1 } from './b.cjs'; log(x1);",
      "b.cjs": "for (const i of [1, 2]) exports['x' + i] = i;",
    },
  },
  {
    name: "module.exports can be a function, a class or a text",
    files: {
      "a.mjs":
        "import f from './f.cjs'; import C from './c.cjs'; import t from './t.cjs'; import n from './n.cjs'; log(f(), new C().v, t, n);",
      "f.cjs": "module.exports = () => 'f';",
      "c.cjs": "module.exports = class { v = 1; };",
      "t.cjs": "module.exports = 'text';",
      "n.cjs": "module.exports = null;",
    },
  },
  {
    name: "names of CommonJS keep the values that they had when it ended",
    files: {
      "a.mjs": "import b, { n, add } from './b.cjs'; add(); log(n, b.n);",
      "b.cjs": "exports.n = 1; exports.add = () => { exports.n++; };",
    },
  },
  {
    name: "imports and requires of CommonJS share one module",
    files: {
      "a.mjs":
        "import b from './b.cjs'; import { createRequire } from 'node:module'; import c from './c.cjs'; log(c.b === b);",
      "b.cjs": "log('b'); module.exports = {};",
      "c.cjs": "exports.b = require('./b.cjs');",
    },
  },
  {
    name: "CommonJS and ES modules run in the order of the imports",
    files: {
      "a.mjs": "import './1.cjs'; import './2.mjs'; import './3.cjs'; log('a');",
      "1.cjs": "log(1); require('./0.cjs');",
      "0.cjs": "log(0);",
      "2.mjs": "log(2);",
      "3.cjs": "log(3);",
    },
  },
  {
    name: "require of an ES module gives its namespace",
    isRequired: true,
    files: {
      "a.cjs":
        "const b = require('./b.mjs'); log(b.x, Object.keys(b).join(), b === require('./b.mjs')); b.add(); log(b.x);",
      "b.mjs": "log('b'); export let x = 1; export const add = () => { x++; };",
    },
  },
  {
    name: "require of an ES module with a default adds __esModule",
    isRequired: true,
    files: {
      "a.cjs":
        "const b = require('./b.mjs'); log(b.default, b.__esModule, Object.keys(b).join(), b === require('./b.mjs'));",
      "b.mjs": "export default 'd'; export const x = 1;",
    },
  },
  {
    name: "require of an ES module with an export named module.exports gives that",
    isRequired: true,
    files: {
      "a.cjs": "log(require('./b.mjs'));",
      "b.mjs": "const v = 'whole'; export { v as 'module.exports' }; export default 1;",
    },
  },
  {
    name: "require of an ES module that waits is an error",
    isRequired: true,
    files: {
      "a.cjs": "try { require('./b.mjs'); } catch (e) { log(e.code); }",
      "b.mjs": "import './c.mjs'; log('b');",
      "c.mjs": "await 0; log('c');",
    },
  },
  {
    name: "require of an ES module in a cycle is an error",
    files: {
      "a.mjs": "import './b.cjs'; export const x = 1; log('a');",
      "b.cjs": "try { require('./a.mjs'); } catch (e) { log(e.code); }",
    },
  },
  {
    name: "an ES module that was required is the one that is imported",
    files: {
      "a.mjs": "import b from './b.cjs'; import * as c from './c.mjs'; log(b.c === c, c.n);",
      "b.cjs": "exports.c = require('./c.mjs');",
      "c.mjs": "log('c'); export const n = 1;",
    },
  },
  {
    name: "an error of an ES module that is required is thrown, each time the same",
    isRequired: true,
    files: {
      "a.cjs":
        "const errors = []; for (let i = 0; i < 2; i++) try { require('./b.mjs'); } catch (e) { errors.push(e); } log(errors[0].message, errors[0] === errors[1]);",
      "b.mjs": "log('b'); throw new Error('bad');",
    },
  },
  {
    name: "JSON is required and imported",
    files: {
      "a.mjs":
        "import data from './d.json' with { type: 'json' }; import * as ns from './d.json' with { type: 'json' }; import b from './b.cjs'; log(JSON.stringify(data), Object.keys(ns).join(), b.data === data); export const late = (await import('./d.json', { with: { type: 'json' } })).default === data;",
      "b.cjs": "exports.data = require('./d.json');",
      "d.json": '\uFEFF{ "x": [1, { "y": null }] }',
    },
  },
  {
    name: "JSON that cannot be parsed is a SyntaxError that names the file",
    isRequired: true,
    files: {
      "a.cjs":
        "try { require('./d.json'); } catch (e) { log(e.name, e.message.includes('d.json')); }",
      "d.json": "{ x }",
    },
  },
  {
    name: "the names of builtins are those of Node",
    files: {
      "a.mjs":
        "import path, { join } from 'node:path'; import * as ns from 'path'; import b from './b.cjs'; log(path.join === join, ns.join === join, b.path === path, b.same);",
      "b.cjs":
        "exports.path = require('path'); exports.same = require('node:path') === exports.path;",
    },
  },
  {
    name: "a builtin that does not exist is an error with a code",
    isRequired: true,
    files: {
      "a.cjs":
        "for (const n of ['node:nothing', 'nothing']) try { require(n); } catch (e) { log(e.code); } exports.done = import('node:nothing').catch((e) => log(e.code));",
    },
  },
];
