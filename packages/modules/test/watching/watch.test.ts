import { mkdirSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import type { ModuleHostEvents, WatchOptions } from "@heapwise/modules";
import { Program } from "../lifecycle/program.ts";

type Name = "reload" | "error";

/** A program whose host watches by the real time, and the events to wait for. */
class Watched extends Program {
  readonly #waiting = new Set<() => void>();
  readonly seen: string[] = [];

  constructor(files: Readonly<Record<string, string>>) {
    super(files, { clock: undefined });
    for (const name of ["reload", "error"] as const) {
      this.host.on(name, (event: ModuleHostEvents[Name]) => {
        this.seen.push(`${name} ${event.module} ${event.version}`);
        for (const check of this.#waiting) check();
      });
    }
  }

  watch(options: WatchOptions = { debounce: 5 }): Disposable {
    const watch = this.host.watch(options);
    onTestFinished(() => watch[Symbol.dispose]());
    return watch;
  }

  /** Waits until an event has been seen. */
  async until(event: string): Promise<void> {
    if (this.seen.includes(event)) return;
    await new Promise<void>((resolve) => {
      const check = (): void => {
        if (!this.seen.includes(event)) return;
        this.#waiting.delete(check);
        resolve();
      };
      this.#waiting.add(check);
    });
  }

  path(name: string): string {
    return join(this.root, name);
  }
}

describe("watch", { timeout: 30_000 }, () => {
  test("reloads what changed and its importers, and nothing for a touch", async () => {
    const program = new Watched({
      "a.js": "exports.b = require('./b.js');",
      "b.js": "exports.n = 1;",
      "other.js": "",
    });
    await program.host.load("./a.js");
    await program.host.load("./other.js");
    program.watch();
    utimesSync(program.path("b.js"), new Date(), new Date());
    program.write("other.js", "");
    program.write("b.js", "exports.n = 2;");
    await program.until("reload a.js 2");
    expect(program.seen).toEqual(["reload a.js 2"]);
    const { exports } = program.host.modules()[0]!;
    expect(exports).toMatchObject({ b: { n: 2 } });
  });

  test("follows editors that rename, that remove and write again, and that write in two steps", async () => {
    const program = new Watched({ "a.js": "exports.n = 1;" });
    await program.host.load("./a.js");
    program.watch();
    writeFileSync(program.path("a.js.tmp"), "exports.n = 2;");
    renameSync(program.path("a.js.tmp"), program.path("a.js"));
    await program.until("reload a.js 2");
    program.remove("a.js");
    writeFileSync(program.path("a.js"), "exports.n = 3;");
    await program.until("reload a.js 3");
    writeFileSync(program.path("a.js"), "");
    writeFileSync(program.path("a.js"), "exports.n = 4;");
    await program.until("reload a.js 4");
    expect(program.host.modules()[0]!.exports).toEqual({ n: 4 });
    expect(program.seen).toHaveLength(3);
  });

  test("tells a syntax error, keeps the old version, and takes the next save", async () => {
    const program = new Watched({ "a.js": "exports.n = 1;" });
    await program.host.load("./a.js");
    program.watch();
    program.write("a.js", "exports.n = ;");
    await program.until("error a.js 2");
    expect(program.host.modules()[0]!.exports).toEqual({ n: 1 });
    program.write("a.js", "exports.n = 3;");
    await program.until("reload a.js 3");
    expect(program.host.modules()[0]!.exports).toEqual({ n: 3 });
  });

  test("tries again when a file that a failed reload missed is written", async () => {
    const program = new Watched({ "a.js": "" });
    await program.host.load("./a.js");
    program.watch();
    program.write("a.js", "exports.b = require('./b.js');");
    await program.until("error a.js 2");
    program.write("b.js", "exports.n = 1;");
    await program.until("reload a.js 3");
    expect(program.host.modules()[0]!.exports).toEqual({ b: { n: 1 } });
  });

  test("follows modules that are loaded later, and forgets those that are unloaded", async () => {
    const program = new Watched({ "a.js": "exports.n = 1;", "gone.js": "" });
    program.watch();
    await program.host.load("./a.js");
    await program.host.load("./gone.js");
    await program.host.unload("gone.js", { verify: false });
    program.write("gone.js", "exports.n = 1;");
    program.write("a.js", "const { n } = require('./sub/b.js'); exports.n = n;");
    mkdirSync(program.path("sub"));
    program.write("sub/b.js", "exports.n = 2;");
    await program.until("reload a.js 2");
    program.write("sub/b.js", "exports.n = 3;");
    await program.until("reload a.js 3");
    expect(program.host.modules()[0]!.exports).toEqual({ n: 3 });
    expect(program.seen.filter((event) => event.includes("gone"))).toEqual([]);
  });

  test("follows a folder that is removed and made again, and files behind links", async () => {
    const program = new Watched({ "a.js": "exports.b = require('./link/b.js');" });
    mkdirSync(program.path("real"));
    program.write("real/b.js", "exports.n = 1;");
    symlinkSync(program.path("real"), program.path("link"));
    await program.host.load("./a.js");
    program.watch();
    program.write("link/b.js", "exports.n = 2;");
    await program.until("reload a.js 2");
    rmSync(program.path("real"), { recursive: true });
    mkdirSync(program.path("real"));
    program.write("real/b.js", "exports.n = 3;");
    await program.until("reload a.js 3");
    expect(program.host.modules()[0]!.exports).toEqual({ b: { n: 3 } });
  });

  test("stops at a module that accepts itself, and hands it to its callback", async () => {
    const text = (n: number): string =>
      `module.hot.accept((next) => log("${n} got " + next.n));
       module.hot.defer(() => log("end ${n}"));
       exports.n = ${n};`;
    const program = new Watched({
      "a.js": "log('a'); const b = require('./b.js'); exports.late = () => require('./b.js').n;",
      "b.js": text(1),
    });
    const a = await program.host.load<{ late(): number }>("./a.js");
    program.watch();
    program.write("b.js", text(2));
    await program.until("reload b.js 2");
    await program.host.unload("a.js", { verify: false }).catch(() => {});
    expect(program.log).toEqual(["a", "1 got 2", "end 1", "end 2"]);
    expect(a.version).toBe(1);
  });

  test("stops at an importer that accepts a dependency", async () => {
    const program = new Watched({
      "a.js": `log("a"); exports.b = require("./b.js");
        module.hot.accept("./b.js", (next) => { log("a got " + next.c.n); exports.b = next; });`,
      "b.js": "log('b'); exports.c = require('./c.js');",
      "c.js": "exports.n = 1;",
    });
    const a = await program.host.load<{ b: { c: { n: number } } }>("./a.js");
    program.watch();
    program.write("c.js", "exports.n = 2;");
    await program.until("reload b.js 2");
    expect(program.log).toEqual(["a", "b", "b", "a got 2"]);
    expect(a.exports.b.c.n).toBe(2);
    program.write("c.js", "exports.n = 3;");
    await program.until("reload b.js 3");
    expect(a.exports.b.c.n).toBe(3);
    expect(program.held()).toContain("c.js 3");
    expect(program.held()).toContain("a.js 1");
  });

  test("goes on to the importers if the module invalidates itself", async () => {
    const program = new Watched({
      "a.js": "log('a'); require('./b.js');",
      "b.js": "module.hot.accept(() => module.hot.invalidate('too much'));",
    });
    await program.host.load("./a.js");
    program.watch();
    program.write("b.js", "module.hot.accept(); exports.n = 2;");
    await program.until("reload a.js 2");
    expect(program.seen).toEqual(["reload b.js 2", "reload a.js 2"]);
    expect(program.log).toEqual(["a", "a"]);
  });

  test("reloads nothing for a module that declines, and tells it", async () => {
    const program = new Watched({ "a.js": "require('./b.js');", "b.js": "module.hot.decline();" });
    await program.host.load("./a.js");
    program.watch();
    program.write("b.js", "module.hot.decline(); exports.n = 2;");
    await program.until("error b.js 1");
    expect(program.seen).toEqual(["error b.js 1"]);
  });

  test("loses no change that comes during a reload", async () => {
    const program = new Watched({ "a.js": "exports.n = 1;" });
    await program.host.load("./a.js");
    program.watch();
    const stop = program.host.on("reload", ({ version }) => {
      if (version === 2) program.write("a.js", "exports.n = 3;");
    });
    program.write(
      "a.js",
      "module.hot.dispose(() => new Promise((resolve) => setTimeout(resolve, 1))); exports.n = 2;",
    );
    await program.until("reload a.js 3");
    stop();
    expect(program.host.modules()[0]!.exports).toEqual({ n: 3 });
  });

  test("sees what changed between the load and its start, and ends with the host", async () => {
    const program = new Watched({ "a.js": "exports.n = 1;" });
    await program.host.load("./a.js");
    program.write("a.js", "exports.n = 2;");
    const watch = program.watch();
    await program.until("reload a.js 2");
    watch[Symbol.dispose]();
    watch[Symbol.dispose]();
    program.watch();
    await program.host[Symbol.asyncDispose]();
    expect(() => program.host.watch()).toThrow(
      expect.objectContaining({ code: "MODULE_HOST_DISPOSED" }),
    );
  });

  test("refuses a wrong debounce", () => {
    const program = new Watched({});
    expect(() => program.host.watch({ debounce: -1 })).toThrow(RangeError);
    expect(() => program.host.watch({ debounce: "1" as never })).toThrow(TypeError);
    expect(() => program.host.watch({ delay: 1 } as never)).toThrow('option "delay" is not known');
  });
});
