import { expect, test } from "vitest";
import { Program, settled, until } from "./program.ts";

const FOREVER = "log('stuck'); await new Promise(() => {}); export {};";

test("calls at the same time share one load, and the result of a load is the handle from then on", async () => {
  const program = new Program({ "a.js": "log('run');" });
  const [one, other] = await Promise.all([
    program.host.load("./a.js"),
    program.host.load("./a.js"),
  ]);
  expect(one).toBe(other);
  expect(await program.host.load("./a.js")).toBe(one);
  expect(program.log).toEqual(["run"]);
});

test("two loads that share a dependency run it once", async () => {
  const program = new Program({
    "a.js": "require('./c.js');",
    "b.js": "require('./c.js');",
    "c.js": "log('run c');",
  });
  await Promise.all([program.host.load("./a.js"), program.host.load("./b.js")]);
  expect(program.log).toEqual(["run c"]);
  expect(program.held()).toEqual(["a.js 1", "b.js 1", "c.js 1"]);
});

test("a load that fails leaves nothing, and the next one reads the file again", async () => {
  const program = new Program({
    "a.js": "require('./b.js'); require('./c.js');",
    "b.js": "module.hot.defer(() => log('end b'));",
    "c.js": "throw new Error('no');",
  });
  await expect(program.host.load("./a.js")).rejects.toMatchObject({
    code: "MODULE_LOAD",
    phase: "evaluate",
  });
  expect(program.log).toEqual(["end b"]);
  expect(program.held()).toEqual([]);
  program.write("c.js", "");
  await program.host.load("./a.js");
  expect(program.held()).toEqual(["a.js 2", "b.js 2", "c.js 2"]);
});

test("a signal ends the wait of one caller; the load is given up once all have left", async () => {
  const program = new Program({
    "a.mjs": `module = undefined; ${FOREVER}`.replace("module = undefined; ", ""),
  });
  const [first, second] = [new AbortController(), new AbortController()];
  const one = program.host.load("./a.mjs", { signal: first.signal });
  const other = program.host.load("./a.mjs", { signal: second.signal });
  await settled();
  first.abort(new Error("first"));
  await expect(one).rejects.toThrow("first");
  expect(program.held()).toEqual(["a.mjs 1"]);
  second.abort(new Error("second"));
  await expect(other).rejects.toThrow("second");
  await settled();
  expect(program.held()).toEqual([]);
  await expect(program.host.load("./a.mjs", { signal: second.signal })).rejects.toThrow("second");
});

test("a module that never finishes loading stops neither others nor the next version", async () => {
  const program = new Program({ "a.mjs": "export const n = 1;", "b.js": "exports.b = 1;" });
  const { host } = program;
  await host.load("./a.mjs");
  program.write("a.mjs", FOREVER);
  const stuck = host.reload("a.mjs");
  stuck.catch(() => {});
  await until(() => program.log.includes("stuck"));
  await expect(host.load("./b.js")).resolves.toMatchObject({ name: "b.js" });
  expect((await host.load<{ n: number }>("./a.mjs")).exports.n).toBe(1);
  program.write("a.mjs", "export const n = 3;");
  const next = host.reload<{ n: number }>("a.mjs", { drain: 100 });
  await settled();
  program.clock.advance(100);
  await expect(stuck).rejects.toThrow("has not finished for 100 ms");
  expect((await next).exports.n).toBe(3);
  await settled();
  expect(program.held()).toEqual(["a.mjs 3", "b.js 1"]);
});

test("a host that is disposed of ends loads under way, ends all modules, and refuses more", async () => {
  const program = new Program({
    "a.mjs": FOREVER,
    "b.js":
      "module.hot.defer(() => log('end b')); module.hot.dispose(() => { throw new Error('mishap'); });",
  });
  const { host } = program;
  const stuck = host.load("./a.mjs");
  stuck.catch(() => {});
  const lease = (await host.load("./b.js")).acquire();
  await until(() => program.log.includes("stuck"));
  const disposal = host[Symbol.asyncDispose]();
  await expect(stuck).rejects.toMatchObject({ code: "MODULE_HOST_DISPOSED" });
  await disposal;
  expect(program.log).toEqual(["stuck", "end b"]);
  expect(() => lease.exports).toThrow("is unloaded");
  expect(host.stats()).toMatchObject({ modules: 0, instances: 0, unverified: 0 });
  await expect(host.load("./b.js")).rejects.toMatchObject({ code: "MODULE_HOST_DISPOSED" });
  await expect(host.unload("b.js")).rejects.toThrow("the host is disposed of");
  expect(() => host.softPurge("b.js")).toThrow("the host is disposed of");
});

test("a module can load itself and others through its host while it runs", async () => {
  const program = new Program({
    "a.js":
      "exports.self = globalThis.hostOfTest.load('./a.js'); exports.b = globalThis.hostOfTest.load('./b.js');",
    "b.js": "exports.a = globalThis.hostOfTest.load('./a.js');",
  });
  Reflect.set(globalThis, "hostOfTest", program.host);
  const handle = await program.host.load<{ self: unknown; b: Promise<unknown> }>("./a.js");
  expect(await handle.exports.self).toBe(handle);
  expect(await handle.exports.b).toMatchObject({ name: "b.js" });
  Reflect.deleteProperty(globalThis, "hostOfTest");
});

test("unload during load waits, and load during unload loads again", async () => {
  const program = new Program({ "a.js": "log('run'); module.hot.defer(() => log('end'));" });
  const first = program.host.load("./a.js");
  const unload = program.host.unload("a.js", { verify: false });
  const second = program.host.load("./a.js");
  expect(await second).toBe(await first);
  await unload;
  expect(program.log).toEqual(["run", "end"]);
  const again = program.host.unload("a.js", { verify: false }).catch(() => {});
  const third = program.host.load("./a.js");
  await again;
  expect((await third).version).toBe(2);
});
