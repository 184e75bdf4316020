import { test } from "node:test";

for (const name of ["lru", "pool", "sizeof", "weak"]) {
  test(`import ${name}`, async () => (await import(`./esm/${name}.js`)).done);
  test(`require ${name}`, async () => (await import(`./cjs/${name}.js`)).default.done);
}
