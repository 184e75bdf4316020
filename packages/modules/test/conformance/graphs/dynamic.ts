import type { Graph } from "../graph.ts";

export const dynamic: readonly Graph[] = [
  {
    name: "import() gives the namespace that import gives",
    files: {
      "a.mjs":
        "import * as b from './b.mjs'; const c = await import('./b.mjs'); log(b === c, c.x); export const url = (await import(new URL('./b.mjs', import.meta.url))) === b; export const text = (await import(`./${'b'}.mjs`)) === b;",
      "b.mjs": "log('b'); export const x = 1;",
    },
  },
  {
    name: "import() of a missing file rejects with a code",
    files: {
      "a.mjs":
        "for (const f of ['./missing.mjs', 'missing-package', './dir', 'ftp://x/y']) await import(f).catch((e) => log(e.code)); log('a');",
      "dir/index.js": "",
    },
  },
  {
    name: "import() of a module that throws rejects with the same error each time",
    files: {
      "a.mjs":
        "const errors = []; for (let i = 0; i < 2; i++) await import('./b.mjs').catch((e) => errors.push(e)); log(errors[0].message, errors[0] === errors[1]); await import('./c.mjs').catch((e) => log(e === errors[0]));",
      "b.mjs": "log('b'); throw new Error('bad');",
      "c.mjs": "import './b.mjs'; log('c');",
    },
  },
  {
    name: "import() of CommonJS that throws rejects with the same error each time",
    files: {
      "a.mjs":
        "const errors = []; for (let i = 0; i < 2; i++) await import('./b.cjs').catch((e) => errors.push(e)); log(errors[0].message, errors[0] === errors[1]);",
      "b.cjs": "log('b'); throw new Error('bad');",
    },
  },
  {
    name: "import() after the load runs the module then",
    files: {
      "a.mjs":
        "const later = async () => { log('later'); const { x } = await import('./b.mjs'); log(x); }; export const done = new Promise((r) => setTimeout(() => r(later()))); log('a');",
      "b.mjs": "import { y } from './c.mjs'; log('b'); export const x = y + 1;",
      "c.mjs": "log('c'); await 0; export const y = 1;",
    },
  },
  {
    name: "import() of the module itself waits for nothing that is not there",
    files: {
      "a.mjs":
        "export const x = 1; export const done = new Promise((r) => setTimeout(() => r(import('./a.mjs').then((a) => log(a.x))))); log('a');",
    },
  },
  {
    name: "import() converts its argument to a text",
    files: {
      "a.mjs":
        "const { x } = await import({ toString: () => './b.mjs' }); log(x); await import({ toString() { throw new TypeError('no text'); } }).catch((e) => log(e.message)); await import(Symbol()).catch((e) => log(e.name));",
      "b.mjs": "export const x = 1;",
    },
  },
  {
    name: "two import() at once run a module once",
    files: {
      "a.mjs":
        "const [b, c] = await Promise.all([import('./b.mjs'), import('./b.mjs')]); log(b === c);",
      "b.mjs": "log('b'); await 0; export const x = 1;",
    },
  },
];
