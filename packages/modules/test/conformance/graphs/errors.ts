import type { Graph } from "../graph.ts";

export const errors: readonly Graph[] = [
  {
    name: "an error stops the importers, and later imports do not run",
    files: {
      "a.mjs": "import './b.mjs'; import './c.mjs'; import './d.mjs'; log('a');",
      "b.mjs": "log('b');",
      "c.mjs": "log('c'); null.x;",
      "d.mjs": "log('d');",
    },
  },
  {
    name: "an error of CommonJS stops the ES modules that import it",
    files: {
      "a.mjs": "import './b.cjs'; log('a');",
      "b.cjs": "log('b'); require('./c.cjs');",
      "c.cjs": "log('c'); throw Object.assign(new Error('bad'), { code: 'OWN' });",
    },
  },
  {
    name: "a module may throw what is no error",
    files: { "a.mjs": "import './b.mjs';", "b.mjs": "throw 'text';" },
  },
  {
    name: "a syntax error of a dependency stops everything before it runs",
    files: {
      "a.mjs": "import './b.mjs'; import './c.mjs'; log('a');",
      "b.mjs": "log('b');",
      "c.mjs": "log('c'); let x = ;",
    },
  },
  {
    name: "a syntax error of CommonJS is thrown where it is required",
    isRequired: true,
    files: {
      "a.cjs": "log('a1'); try { require('./b.cjs'); } catch (e) { log(e.name); } log('a2');",
      "b.cjs": "log('b'); let x = ;",
    },
  },
  {
    name: "a file that is missing deep in the graph stops everything before it runs",
    files: {
      "a.mjs": "import './b.mjs'; log('a');",
      "b.mjs": "import './missing.mjs'; log('b');",
    },
  },
  {
    name: "an optional dependency that is missing can be caught",
    isRequired: true,
    files: {
      "a.cjs":
        "let found; try { found = require('./optional.cjs'); } catch (e) { if (e.code !== 'MODULE_NOT_FOUND') throw e; found = 'none'; } module.exports = found;",
    },
  },
  {
    name: "the two declarations of a name are a SyntaxError",
    files: {
      "a.mjs": "import { x } from './b.mjs'; let y = 1; let y = 2;",
      "b.mjs": "export let x;",
    },
  },
  {
    name: "two exports of a name are a SyntaxError",
    files: { "a.mjs": "const x = 1; export { x }; export { x };" },
  },
  {
    name: "an export of a name that is not declared is a SyntaxError",
    files: { "a.mjs": "log('a'); export { nothing };" },
  },
  {
    name: "an ES module is strict",
    files: {
      "a.mjs":
        "log(this === undefined, (function () { return this === undefined; })()); try { undeclared = 1; } catch (e) { log(e.name); } try { Object.freeze([1])[0] = 2; } catch (e) { log(e.name); }",
    },
  },
  { name: "with is a SyntaxError in an ES module", files: { "a.mjs": "with ({}) { }" } },
  { name: "an octal number is a SyntaxError in an ES module", files: { "a.mjs": "log(010);" } },
  { name: "return is a SyntaxError in an ES module", files: { "a.mjs": "return;" } },
  { name: "new.target is a SyntaxError in an ES module", files: { "a.mjs": "log(new.target);" } },
  {
    name: "the variables of CommonJS are not there in an ES module",
    files: {
      "a.mjs":
        "log([typeof require, typeof module, typeof exports, typeof __filename, typeof __dirname].join());",
    },
  },
  {
    name: "arguments is not there in an ES module",
    files: {
      "a.mjs": "try { log(typeof arguments, arguments.length); } catch (e) { log(e.name); }",
    },
  },
];
