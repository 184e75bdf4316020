import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { Program, settled } from "./program.ts";

test("an unload disposes in the reverse order of loading, and then ends the scopes so", async () => {
  const module = (name: string, text: string): string =>
    `${text} module.hot.dispose(() => log("dispose ${name}"));
     module.hot.prune?.(() => log("prune ${name}"));
     module.hot.defer(() => log("end ${name}"));`;
  const program = new Program({
    "a.js": module("a", "require('./b.js'); require('./c.js');"),
    "b.js": module("b", ""),
    "c.js": module("c", ""),
  });
  const handle = await program.host.load("./a.js");
  const report = await program.host.unload("a.js");
  expect(report).toMatchObject({ reclaimed: "plainly", retained: [], leftBehind: [] });
  expect(program.log.filter((line) => !line.startsWith("prune"))).toEqual([
    "dispose c",
    "dispose b",
    "dispose a",
    "end c",
    "end b",
    "end a",
  ]);
  expect(handle.state).toBe("reclaimed");
  expect(() => handle.exports).toThrow('module "a.js" version 1 is unloaded');
  expect(() => handle.acquire()).toThrow("is unloaded");
  await expect(handle.call("x" as never)).rejects.toMatchObject({ code: "MODULE_UNLOADED" });
  expect(program.held()).toEqual([]);
  await expect(program.host.unload("a.js")).rejects.toThrow('module "a.js" is not loaded');
});

test("a dependency that another module imports stays, and its own unload names the importer", async () => {
  const program = new Program({
    "a.js": "require('./c.js');",
    "b.js": "require('./c.js');",
    "c.js": "module.hot.defer(() => log('end c'));",
  });
  await program.host.load("./a.js");
  await program.host.load("./b.js");
  await program.host.load("./c.js");
  await program.host.unload("a.js", { verify: false });
  expect(program.held()).toEqual(["b.js 1", "c.js 1"]);
  const report = await program.host.unload("c.js", { verify: "fast" });
  expect(report.reclaimed).toBe(false);
  expect(String(report.retained[0])).toBe(
    "module: b.js (version 1), imports → module c.js (version 1)",
  );
  expect([program.log, program.host.zombies()]).toEqual([[], []]);
  await program.host.unload("b.js", { verify: false });
  expect(program.log).toEqual(["end c"]);
});

test("an unload waits for leases, names those that stay, and leaves the module active", async () => {
  const program = new Program({
    "a.js": "exports.f = () => 1; module.hot.defer(() => log('end'));",
  });
  const handle = await program.host.load("./a.js");
  const lease = handle.acquire("request 7");
  const refused = program.host.unload("a.js", { drain: 50, verify: false });
  await settled();
  expect(handle.state).toBe("draining");
  expect(() => handle.acquire()).toThrow("is unloaded");
  program.clock.advance(50);
  await expect(refused).rejects.toMatchObject({
    code: "MODULE_RETAINED",
    holders: [{ label: "request 7", version: 1, heldMs: 50 }],
  });
  expect([handle.state, program.log]).toEqual(["active", []]);
  handle.acquire().release();
  expect(program.host.softPurge("a.js")).toMatchObject({
    purged: false,
    holders: [{ label: "request 7" }],
  });
  const waiting = program.host.unload("a.js", { verify: false });
  lease.release();
  await waiting;
  expect(program.log).toEqual(["end"]);
});

test("force unloads in spite of leases, which then throw", async () => {
  const program = new Program({ "a.js": "exports.f = () => 1;" });
  const lease = (await program.host.load("./a.js")).acquire();
  await expect(program.host.unload("a.js", { drain: 0 })).rejects.toMatchObject({
    code: "MODULE_RETAINED",
  });
  await program.host.unload("a.js", { drain: 0, force: true, verify: false });
  expect(() => lease.exports).toThrow("is unloaded");
  lease.release();
});

test("a purge ends a module at once, also one whose dispose never ends", async () => {
  const program = new Program({
    "a.js": "module.hot.dispose(() => new Promise(() => {})); module.hot.defer(() => log('end'));",
  });
  const handle = await program.host.load("./a.js");
  const lease = handle.acquire();
  const purge = program.host.purge("a.js", { verify: "fast" });
  expect(() => lease.exports).toThrow("is unloaded");
  expect(() => handle.exports).toThrow("is unloaded");
  // Another load waits until the old version has ended.
  const next = program.host.load("./a.js");
  await settled();
  expect(program.log).toEqual([]);
  program.clock.advance(5000);
  await purge;
  expect(program.log).toEqual(["end"]);
  expect((await next).version).toBe(2);
  expect(String(program.errors[0])).toContain("dispose of version 1");
});

test("softPurge ends what nobody uses, in the background", async () => {
  const program = new Program({ "a.js": "module.hot.defer(() => log('end'));" });
  const handle = await program.host.load("./a.js");
  expect(program.host.softPurge("a.js")).toEqual({ purged: true, holders: [] });
  expect(handle.state).toBe("unloaded");
  expect(program.host.modules()).toEqual([]);
  expect(() => program.host.softPurge("a.js")).toThrow("is not loaded");
  await settled();
  expect(program.log).toEqual(["end"]);
});

test("a file outside of the root is loaded by its path, but nothing of the process", async () => {
  const program = new Program({}, { shared: ["shared.js"] });
  program.write("shared.js", "");
  const other = mkdtempSync(join(tmpdir(), "heapwise-other-"));
  writeFileSync(join(other, "far.cjs"), "exports.far = true;");
  const handle = await program.host.load(join(other, "far.cjs"));
  expect(handle.exports).toEqual({ far: true });
  expect(await program.host.unload(handle.name)).toMatchObject({ reclaimed: "plainly" });
  for (const name of ["node:fs", "./shared.js"]) {
    await expect(program.host.load(name)).rejects.toThrow("it belongs to the process");
  }
  rmSync(other, { recursive: true });
});
