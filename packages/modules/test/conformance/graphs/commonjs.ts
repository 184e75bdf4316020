import type { Graph } from "../graph.ts";

export const commonJs: readonly Graph[] = [
  {
    name: "module, exports, this and the parameters are those of Node",
    isRequired: true,
    files: {
      "a.cjs":
        "const path = require('node:path'); log(this === exports, exports === module.exports, arguments.length, arguments[0] === exports, arguments[1] === require, arguments[2] === module, arguments[3] === __filename, arguments[4] === __dirname); log(module.id === __filename || module.id === '.', module.filename === __filename, module.path === __dirname, module.loaded, path.basename(__filename), __dirname === path.dirname(__filename), module.paths[0] === path.join(__dirname, 'node_modules')); exports.later = () => module.loaded; log(new.target === undefined, typeof require, require.name.length > 0, typeof module.require);",
    },
  },
  {
    name: "a module knows its children and its parent",
    isRequired: true,
    files: {
      "a.cjs":
        "const path = require('node:path'); const b = require('./b.cjs'); require('./c.cjs'); log(module.children.map((c) => path.basename(c.filename)).join(), b.parent() === module, module.children[0].exports === b, module.children[0].loaded); log(module.require('./b.cjs') === b);",
      "b.cjs": "exports.parent = () => module.parent; require('./c.cjs');",
      "c.cjs": "",
    },
  },
  {
    name: "a text is sloppy unless it has the directive",
    isRequired: true,
    files: {
      "a.cjs":
        "log((function () { return this === undefined; })(), require('./b.cjs').strict, require('./c.cjs').strict); undeclared = 1; log(delete globalThis.undeclared);",
      "b.cjs":
        "// comment\n/* another */ 'use strict'; exports.strict = (function () { return this === undefined; })();",
      "c.cjs":
        "'other'; \"use strict\"\nexports.strict = (function () { return this === undefined; })();",
    },
  },
  {
    name: "an error is not kept: the next require runs the module again",
    isRequired: true,
    files: {
      "a.cjs":
        "globalThis.tries = 0; for (let i = 0; i < 3; i++) try { log(require('./b.cjs').ok); } catch (e) { log(e.message); } delete globalThis.tries;",
      "b.cjs":
        "log('b'); if (globalThis.tries++ < 1) throw new Error('not yet'); exports.ok = true;",
    },
  },
  {
    name: "two modules see the error of the same dependency",
    isRequired: true,
    files: {
      "a.cjs":
        "for (const f of ['./b.cjs', './c.cjs']) try { require(f); } catch (e) { log(f, e.message); }",
      "b.cjs": "require('./d.cjs');",
      "c.cjs": "require('./d.cjs');",
      "d.cjs": "log('d'); throw new Error('bad');",
    },
  },
  {
    name: "require.resolve finds files, builtins and no missing ones",
    isRequired: true,
    files: {
      "a.cjs":
        "const path = require('node:path'); log(path.basename(require.resolve('./b')), require.resolve('fs'), require.resolve('node:fs'), require.resolve.paths('x')[0] === path.join(__dirname, 'node_modules'), require.resolve.paths('fs')); for (const f of [() => require.resolve('./missing'), () => require('./missing'), () => require('missing-package')]) try { f(); } catch (e) { log(e.code); }",
      "b.js": "log('never');",
    },
  },
  {
    name: "require takes files without extension, folders and packages",
    isRequired: true,
    files: {
      "a.cjs":
        "log(require('./b'), require('./dir'), require('./other'), require('pack'), require('./b') === require('./b.js'), require('./data').x, require('..' + '/' + require('node:path').basename(__dirname) + '/b'));",
      "b.js": "module.exports = 'b';",
      "dir/index.js": "module.exports = 'index';",
      "other/package.json": '{ "main": "./lib/main" }',
      "other/lib/main.js": "module.exports = 'main';",
      "node_modules/pack/index.js": "module.exports = 'pack';",
      "data.json": '{ "x": 1 }',
    },
  },
  {
    name: "require refuses what is no text",
    isRequired: true,
    files: {
      "a.cjs":
        "for (const v of [undefined, 5, '', {}]) try { require(v); } catch (e) { log(e.name, e.code); }",
    },
  },
  {
    name: "require.cache has the module, and require.main is another one",
    isRequired: true,
    files: {
      "a.cjs":
        "const b = require('./b.cjs'); log(require.cache[__filename] === module, require.cache[require.resolve('./b.cjs')].exports === b, require.main === module);",
      "b.cjs": "",
    },
  },
  {
    name: "a module that was deleted from require.cache runs again",
    isRequired: true,
    files: {
      "a.cjs":
        "require('./b.cjs'); delete require.cache[require.resolve('./b.cjs')]; require('./b.cjs');",
      "b.cjs": "log('b');",
    },
  },
  {
    name: "a text may declare names of globals, and return",
    isRequired: true,
    files: {
      "a.cjs":
        "const process = 1; let setTimeout = 2; class Buffer {} function console() {} var global = 3; log(process, setTimeout, typeof Buffer, typeof console, global); exports.x = require('./b.cjs'); return; log('never');",
      "b.cjs":
        "var exports = 1, require = 2, module_ = 3, __filename = 4; log(exports, require, __filename); module.exports = 'b';",
    },
  },
  {
    name: "a text may not declare its parameters by let",
    isRequired: true,
    files: { "a.cjs": "log(1); let require = 2;" },
  },
  {
    name: "CommonJS may import",
    isRequired: true,
    files: {
      "a.cjs":
        "log('a'); const text = 'import(1)'; /* import(2) */ const r = /import(3)/; exports.done = import('./b.mjs').then((b) => { log(b.x, text, r.source, `${'import(4)'} import(5)`); return import('./c.cjs'); }).then((c) => log(c.default.y, c.y)); log(({ import(x) { return x; } }).import(6));",
      "b.mjs": "export const x = 1;",
      "c.cjs": "exports.y = 2;",
    },
  },
  {
    name: "an import of CommonJS that fails rejects with the error of Node",
    isRequired: true,
    files: {
      "a.cjs":
        "exports.done = (async () => { for (const f of ['./missing.mjs', './bad.mjs', './syntax.mjs']) await import(f).catch((e) => log(e.name, e.code, e.message === 'bad')); })();",
      "bad.mjs": "throw new Error('bad');",
      "syntax.mjs": "let x = ;",
    },
  },
  {
    name: "await and import are names in CommonJS, and HTML comments are comments",
    isRequired: true,
    files: {
      "a.cjs":
        "var await = 1; <!-- a comment\n--> another one\nvar async = 2, let_ = 3, of = 4; log(await, async, of, 010, typeof undeclared);",
    },
  },
  {
    name: "eval and Function see what they see in Node",
    isRequired: true,
    files: {
      "a.cjs":
        "const own = 1; log(eval('own'), eval('typeof require'), new Function('return typeof require')(), (0, eval)('typeof own'));",
    },
  },
];
