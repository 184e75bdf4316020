import { expect, test } from "vitest";
import { Program, settled } from "./program.ts";

test("a reload runs dispose of the old version, then the new one, and only then ends the old scope", async () => {
  const version = (n: number): string =>
    `log("run ${n} with " + JSON.stringify(module.hot.data));
     module.hot.dispose((data) => { log("dispose ${n}"); data.from = ${n}; });
     module.hot.defer(() => log("defer ${n}"));
     exports.n = ${n};`;
  const program = new Program({ "a.js": version(1) });
  const first = await program.host.load<{ n: number }>("./a.js", { data: { start: true } });
  program.write("a.js", version(2));
  const second = await program.host.reload<{ n: number }>("a.js");
  expect([second.exports.n, second.version]).toEqual([2, 2]);
  await settled();
  expect(program.log).toEqual([
    'run 1 with {"start":true}',
    "dispose 1",
    'run 2 with {"from":1}',
    "defer 1",
  ]);
  expect(first.state).toBe("unverified");
  expect(() => first.exports).toThrow("version 1");
  expect(program.held()).toEqual(["a.js 2"]);
  expect(await program.host.load("./a.js")).toBe(second);
});

test("dependencies that changed, and those that import them, are made anew; others are shared", async () => {
  const program = new Program({
    "a.js": "exports.b = require('./b.js'); exports.d = require('./d.js');",
    "b.js": "exports.c = require('./c.js');",
    "c.js": "exports.c = 1;",
    "d.js": "log('d');",
  });
  await program.host.load("./a.js");
  program.write("c.js", "exports.c = 2;");
  const { exports } = await program.host.reload<{ b: { c: { c: number } } }>("a.js");
  expect(exports.b.c.c).toBe(2);
  await settled();
  expect(program.held()).toEqual(["a.js 2", "b.js 2", "c.js 2", "d.js 1"]);
  expect(program.log).toEqual(["d"]);
});

test("a reload whose code throws leaves the old version in charge, and tells it", async () => {
  const program = new Program({
    "a.js": `const { hot } = module;
      hot.on("restore", ({ error }) => log("restore: " + error.cause.message));
      hot.defer(() => log("defer 1"));
      hot.dispose(() => log("dispose 1"));
      exports.n = 1;`,
  });
  const first = await program.host.load<{ n: number }>("./a.js");
  program.write("a.js", `module.hot.defer(() => log("defer 2")); throw new Error("no");`);
  await expect(program.host.reload("a.js")).rejects.toMatchObject({
    code: "MODULE_LOAD",
    module: "a.js",
    version: 2,
    phase: "evaluate",
  });
  expect(program.log).toEqual(["dispose 1", "restore: no", "defer 2"]);
  expect([first.state, first.exports.n]).toEqual(["active", 1]);
  expect(await program.host.load("./a.js")).toBe(first);
  expect(program.held()).toEqual(["a.js 1"]);
});

test("a reload that cannot compile changes nothing", async () => {
  const program = new Program({ "a.js": "module.hot.dispose(() => log('dispose'));" });
  const first = await program.host.load("./a.js");
  program.write("a.js", "const;");
  await expect(program.host.reload("a.js")).rejects.toMatchObject({ phase: "compile" });
  program.remove("a.js");
  await expect(program.host.reload("a.js")).rejects.toMatchObject({ phase: "read" });
  expect(program.log).toEqual([]);
  expect(first.state).toBe("active");
});

test("a replaced version lives as long as its leases, but its scope ends after drain", async () => {
  const program = new Program({
    "a.js": "module.hot.defer(() => log('end')); exports.f = () => 1;",
  });
  const first = await program.host.load<{ f(): number }>("./a.js");
  const lease = first.acquire("request");
  await program.host.reload("a.js", { drain: 100 });
  await settled();
  expect([first.state, program.log]).toEqual(["draining", []]);
  program.clock.advance(100);
  await settled();
  expect([first.state, program.log]).toEqual(["draining", ["end"]]);
  expect(lease.exports.f()).toBe(1);
  expect(() => first.acquire()).toThrow("is unloaded");
  lease.release();
  await settled();
  expect(first.state).toBe("unverified");
  expect(program.held()).toEqual(["a.js 2"]);
});

test("a reload waits while maxVersions are in use, and then names the leases", async () => {
  const program = new Program({ "a.js": "" });
  const first = await program.host.load("./a.js");
  const lease = first.acquire("slow request");
  await program.host.reload("a.js");
  const refused = program.host.reload("a.js", { drain: 50 });
  await settled();
  program.clock.advance(50);
  await expect(refused).rejects.toMatchObject({
    code: "MODULE_RETAINED",
    holders: [{ label: "slow request", version: 1, heldMs: 50 }],
  });
  const waiting = program.host.reload("a.js", { drain: 50 });
  await settled();
  lease.release();
  expect((await waiting).version).toBe(3);
});
