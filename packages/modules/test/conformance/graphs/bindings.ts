import type { Graph } from "../graph.ts";

export const bindings: readonly Graph[] = [
  {
    name: "imports follow assignments",
    files: {
      "a.mjs": "import { n, add } from './b.mjs'; log(n); add(); log(n); export { n };",
      "b.mjs": "export let n = 1; export const add = () => { n++; };",
    },
  },
  {
    name: "imports follow assignments over re-exports",
    files: {
      "a.mjs": "import { m, add } from './b.mjs'; log(m); add(); log(m);",
      "b.mjs": "export { n as m } from './c.mjs'; export * from './c.mjs';",
      "c.mjs": "export let n = 1; export function add() { n += 10; }",
    },
  },
  {
    name: "a default that is a name follows assignments, one that is an expression does not",
    files: {
      "a.mjs":
        "import x, { set as setX } from './b.mjs'; import y, { set as setY } from './c.mjs'; setX(); setY(); log(x, y);",
      "b.mjs": "let v = 1; export { v as default }; export const set = () => { v = 2; };",
      "c.mjs": "let v = 1; export default v; export const set = () => { v = 2; };",
    },
  },
  {
    name: "an exported function can be assigned",
    files: {
      "a.mjs": "import { f, swap } from './b.mjs'; log(f()); swap(); log(f());",
      "b.mjs": "export function f() { return 1; } export function swap() { f = () => 2; }",
    },
  },
  {
    name: "a namespace has sorted names, no prototype, and a tag",
    files: {
      "a.mjs":
        "import * as b from './b.mjs'; log(Object.keys(b).join(), String(Object.getPrototypeOf(b)), b[Symbol.toStringTag], Object.prototype.toString.call(b)); log(Object.isExtensible(b), 'q' in b, 'a' in b);",
      "b.mjs": "export const z = 1, a = 2, Z = 3, $ = 4; export default 5; export const é = 6;",
    },
  },
  {
    name: "a namespace refuses assignments, deletions and additions",
    files: {
      "a.mjs":
        "import * as b from './b.mjs'; const tries = [() => { b.x = 2; }, () => { delete b.x; }, () => { b.y = 1; }, () => Object.defineProperty(b, 'x', { value: 3 }), () => Object.setPrototypeOf(b, {})]; for (const t of tries) try { t(); log('allowed'); } catch (e) { log(e.name); } log(b.x, delete b.missing, Reflect.set(b, 'x', 5));",
      "b.mjs": "export let x = 1;",
    },
  },
  {
    name: "a property of a namespace is described as a writable value",
    files: {
      "a.mjs":
        "import * as b from './b.mjs'; log(JSON.stringify(Object.getOwnPropertyDescriptor(b, 'x')), Object.isFrozen(b));",
      "b.mjs": "export let x = 1;",
    },
  },
  {
    name: "names of a namespace in a cycle cannot be listed before they have values",
    files: {
      "a.mjs": "import './b.mjs'; export const k = 1;",
      "b.mjs":
        "import * as a from './a.mjs'; for (const f of [() => Object.keys(a), () => Object.hasOwn(a, 'k')]) try { log(f()); } catch (e) { log(e.name); }",
    },
  },
  {
    name: "the text of a function is that of the file",
    files: {
      "a.mjs":
        "import { b } from './b.mjs'; function own() { return 1; } function using() { return b; } log(own); log(using);",
      "b.mjs": "export const b = 1;",
    },
  },
  {
    name: "an import cannot be assigned",
    files: {
      "a.mjs":
        "import { x } from './b.mjs'; import d from './b.mjs'; import * as ns from './b.mjs'; for (const f of [() => { x = 2; }, () => { d = 2; }, () => { ns = 2; }, () => { x++; }]) try { f(); log('allowed'); } catch (e) { log(e.name); }",
      "b.mjs": "export let x = 1; export default 1;",
    },
  },
  {
    name: "destructured exports, shorthands, tags, and new use the variables",
    files: {
      "a.mjs":
        "import { a, rest, first, tag, K } from './b.mjs'; const o = { a }; class X extends K {} log(o.a, JSON.stringify(rest), first, tag`t${a}`, new K().k, new X().k, typeof K); { const a = 'inner'; log(a); } ((a) => log(a))('parameter');",
      "b.mjs":
        "export const { a, ...rest } = { a: 1, b: 2 }, [first] = [3]; export const tag = (s, v) => s[0] + v; export class K { k = 'k'; }",
    },
  },
  {
    name: "an imported function is called without this",
    files: {
      "a.mjs":
        "import { self } from './b.mjs'; import * as b from './b.mjs'; log(self() === undefined, b.self() === b);",
      "b.mjs": "export function self() { return this; }",
    },
  },
  {
    name: "exports can have names that are no identifiers",
    files: {
      "a.mjs":
        "import { 'x y' as a, default as d } from './b.mjs'; import * as b from './b.mjs'; log(a, d, Object.keys(b).join('|')); export { a as 'é-ü', d as class };",
      "b.mjs": "const v = 1; export { v as 'x y', v as default, v as '__proto__' };",
    },
  },
  {
    name: "statements without semicolons around imports are apart",
    files: {
      "a.mjs":
        "import { f } from './b.mjs'\n;[1].forEach(f)\nconst x = f\n(2)\nimport {\n  g\n} from './b.mjs'\nexport default x\nf(g)\nexport const late = x",
      "b.mjs": "export const f = (v) => { log(v); return 'r' + v }\nexport const g = 'g'",
    },
  },
  {
    name: "a module whose export is named then is a thenable",
    files: {
      "a.mjs": "export const found = await import('./b.mjs');",
      "b.mjs": "export function then(resolve) { resolve('resolved'); }",
    },
  },
];
