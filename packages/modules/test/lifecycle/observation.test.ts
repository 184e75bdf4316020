import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { join } from "node:path";
import { expect, test } from "vitest";
import { gcUntil } from "@heapwise/testkit";
import { Program, settled } from "./program.ts";

test("what is held becomes a zombie, and stops being one once it is collected", async () => {
  const program = new Program({ "a.js": "exports.f = () => 1;" });
  const { host } = program;
  const holder: { f?: unknown } = {};
  const hold = async (): Promise<void> => {
    holder.f = (await host.load("./a.js")).exports["f"];
  };
  await hold();
  const report = await host.unload("a.js", { verify: "fast" });
  expect([report.reclaimed, report.retained]).toEqual([false, []]);
  expect(host.zombies()).toEqual([{ module: "a.js", version: 1, ageMs: 0, retained: [] }]);
  delete holder.f;
  expect(await gcUntil(() => host.zombies().length === 0)).toBe(true);
  expect(host.stats()).toMatchObject({ zombies: 0, retained: 1, reclaimed: 1 });
  expect(program.events).toEqual([
    "load a.js 1",
    "unload a.js 1",
    "retained a.js 1",
    "reclaimed a.js 1",
  ]);
});

test("more zombies than maxZombies stop loads and reloads, and the error names the holders", async () => {
  const program = new Program({ "a.js": "exports.f = () => 1;", "b.js": "" }, { maxZombies: 1 });
  const { host } = program;
  const holder: unknown[] = [];
  Reflect.set(globalThis, "holderOfTest", holder);
  const hold = async (): Promise<void> => {
    holder.push((await host.load("./a.js")).exports["f"]);
  };
  for (let i = 0; i < 2; i++) {
    await hold();
    await host.unload("a.js", { verify: false });
  }
  expect(host.stats()).toMatchObject({ unverified: 2, zombies: 0 });
  const refused = await host.load("./b.js").catch((error: unknown) => error);
  expect(refused).toMatchObject({ code: "MODULE_RETAINED", module: "b.js" });
  expect(String(refused)).toContain("holderOfTest");
  holder.length = 0;
  await host.load("./b.js");
  expect(host.zombies()).toEqual([]);
  Reflect.deleteProperty(globalThis, "holderOfTest");
});

test("reloads collect nothing, until more than maxZombies versions are unverified", async () => {
  const program = new Program({ "a.js": "exports.f = () => 1;" }, { maxZombies: 2 });
  await program.host.load("./a.js");
  const counts: number[] = [];
  for (let i = 0; i < 5; i++) {
    await program.host.reload("a.js");
    await settled();
    counts.push(program.host.stats().unverified);
  }
  expect(counts).toEqual([1, 2, 3, 1, 2]);
});

test("invalidate names the loaded modules that use a file, and the next reload renews it", async () => {
  const program = new Program({
    "a.js": "require('./c.js');",
    "b.js": "require('./c.js');",
    "c.js": "log('run c');",
    "d.js": "",
  });
  const { host } = program;
  for (const name of ["./a.js", "./b.js", "./d.js"]) await host.load(name);
  expect(host.invalidate("c.js")).toEqual(["a.js", "b.js"]);
  expect(host.invalidate(join(program.root, "d.js"))).toEqual(["d.js"]);
  expect(host.invalidate("e.js")).toEqual([]);
  await host.reload("a.js");
  await host.reload("b.js");
  await host.reload("a.js");
  expect(program.log).toEqual(["run c", "run c"]);
});

test("a lazy module is loaded at its first use, and follows reloads and unloads", async () => {
  const program = new Program({ "a.js": "log('run'); exports.n = () => 1;" });
  const { host } = program;
  const lazy = host.lazy<{ n(): number }>("./a.js");
  expect(program.log).toEqual([]);
  expect(await lazy.call("n")).toBe(1);
  program.write("a.js", "exports.n = () => 2;");
  await host.reload("a.js");
  expect(await lazy.call("n")).toBe(2);
  await host.unload("a.js", { verify: false });
  expect(await lazy.call("n")).toBe(2);
  expect((await lazy.load()).version).toBe(3);
  await expect(lazy.call("m" as "n")).rejects.toThrow('Cannot call "m" of module "a.js"');
});

test("graph, modules and stats tell what a host holds", async () => {
  const program = new Program({ "a.js": "require('./b.js'); require('node:fs');", "b.js": "" });
  const { host } = program;
  const lease = (await host.load("./a.js")).acquire();
  const [a, b] = host.graph().modules;
  expect(a).toMatchObject({
    name: "a.js",
    version: 1,
    state: "active",
    isLoaded: true,
    leases: 1,
    dependencies: [{ name: "b.js", version: 1 }],
    shared: ["node:fs"],
  });
  expect(b).toMatchObject({ isLoaded: false, importers: [{ name: "a.js", version: 1 }] });
  expect(host.modules().map(({ name }) => name)).toEqual(["a.js"]);
  expect(host.stats()).toMatchObject({ loads: 1, modules: 1, instances: 2, leases: 1 });
  lease.release();
});

test("events go to listeners and channels; the error of a listener is reported, and the others run", async () => {
  const program = new Program({ "a.js": "" });
  const { host } = program;
  const seen: unknown[] = [];
  const listener = (event: unknown): void => void seen.push(event);
  subscribe("heapwise:modules:load", listener);
  const off = host.on("load", () => {
    throw new Error("mishap");
  });
  host.on("load", listener);
  await host.load("./a.js");
  unsubscribe("heapwise:modules:load", listener);
  const event = { module: "a.js", version: 1, durationMs: 0 };
  expect(seen).toEqual([event, event]);
  expect(program.errors.map(String)).toEqual(["Error: mishap"]);
  off();
  expect(() => host.on("other" as "load", listener)).toThrow(RangeError);
});

test("a listener may call the host in the middle of everything", async () => {
  const program = new Program({ "a.js": "exports.b = require('./b.js');", "b.js": "" });
  const { host } = program;
  host.on("load", ({ module }) => void host.invalidate(module));
  host.on("unload", () => void host.load("./b.js").catch(() => {}));
  await host.load("./a.js");
  await host.unload("a.js", { verify: false });
  await host.load("./b.js");
  expect(program.held()).toEqual(["b.js 2"]);
});
