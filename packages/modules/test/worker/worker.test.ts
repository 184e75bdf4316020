import {
  ModuleLoadError,
  ModuleUnloadedError,
  type LoadedModule,
  type ModuleHostOptions,
} from "@heapwise/modules";
import { describe, expect, it } from "vitest";
import { Program } from "../lifecycle/program.ts";

type Functions = Record<string, (...args: unknown[]) => Promise<unknown>>;

async function load<T = Functions>(
  file: string,
  text: string,
  options: ModuleHostOptions = {},
): Promise<{ program: Program; module: LoadedModule<T> }> {
  const program = new Program({ [file]: text }, { backend: "worker", ...options });
  return { program, module: await program.host.load<T>(`./${file}`) };
}

/** The error of something that must fail. */
async function errorOf(run: () => unknown): Promise<Error & Record<string, unknown>> {
  try {
    await run();
  } catch (error) {
    return error as Error & Record<string, unknown>;
  }
  throw new Error("Expected an error");
}

describe("Exports of a module in a worker", () => {
  it("are functions that return promises, and copies of data", async () => {
    const { module } = await load<Functions & { list: number[]; default: { id: string } }>(
      "a.mjs",
      `import { threadId } from "node:worker_threads";
       export const list = [1, 2];
       export let count = 0;
       export const add = (n) => (count += n);
       export async function thread() { return threadId; }
       export default { id: "a", nested: { twice: (n) => n * 2 }, count: () => count };`,
    );
    expect(module.backend).toBe("worker");
    expect(module.unloadable).toBe(true);
    const { exports } = module;
    expect(Object.prototype.toString.call(exports)).toBe("[object Module]");
    expect(exports.list).toEqual([1, 2]);
    expect(await exports.add!(5)).toBe(5);
    expect(exports["count"]).toBe(0);
    expect(await module.call("add", 2)).toBe(7);
    expect(await exports.thread!()).toBeGreaterThan(0);
    const plugin = exports.default as unknown as {
      id: string;
      nested: Functions;
      count(): unknown;
    };
    expect(plugin.id).toBe("a");
    expect(await plugin.nested.twice!(4)).toBe(8);
    expect(await plugin.count()).toBe(7);
    expect(Object.keys(exports)).toEqual(["add", "count", "default", "list", "thread"]);
  });

  it("are module.exports of CommonJS, also if that is a function or has getters of a compiler", async () => {
    const { module } = await load<((n: number) => Promise<number>) & { version: string }>(
      "a.cjs",
      "module.exports = (n) => n + 1; module.exports.version = '1.2';",
    );
    expect(await module.exports(1)).toBe(2);
    expect(module.exports.version).toBe("1.2");
    const compiled = await load<{ half(n: number): Promise<number>; unit: string }>(
      "b.cjs",
      `Object.defineProperty(exports, "__esModule", { value: true });
       Object.defineProperty(exports, "half", { enumerable: true, get: () => (n) => n / 2 });
       exports.unit = "m";`,
    );
    expect(await compiled.module.exports.half(8)).toBe(4);
    expect(compiled.module.exports.unit).toBe("m");
  });

  it("refuse classes, accessors and what cannot be cloned at access, and say why", async () => {
    const { module } = await load<Record<string, unknown>>(
      "a.cjs",
      `exports.Shape = class Shape {};
       Object.defineProperty(exports, "now", { enumerable: true, get: () => 1 });
       exports.waiting = Promise.resolve(1);
       exports.api = { f() {}, get g() { return 1; } };
       exports.api.self = exports.api;`,
    );
    const { exports } = module;
    expect(() => exports["Shape"]).toThrow(
      new TypeError(
        'Cannot use "Shape" of module "a.cjs": it is a class, expected a function or data, as the module runs in a worker',
      ),
    );
    expect(() => exports["now"]).toThrow(/"now" of module "a.cjs": it is an accessor/);
    expect(() => exports["waiting"]).toThrow(/it cannot be cloned \(#<Promise> could not be/);
    const api = exports["api"] as Record<string, unknown>;
    expect(() => api["g"]).toThrow(/"api\.g" of module "a.cjs": it is an accessor/);
    expect(() => api["self"]).toThrow(/it has a circle with functions/);
    expect(Object.keys({ ...exports })).toEqual(["api"]);
  });

  it("work through the proxy, which is revoked at unload", async () => {
    const { program, module } = await load("a.mjs", "export const add = (n) => n + 1;");
    const { add } = module.proxy;
    expect(await add!(1)).toBe(2);
    await program.host.unload("a.mjs", { verify: false });
    expect(() => add!(1)).toThrow(ModuleUnloadedError);
  });
});

describe("Errors of a module in a worker", () => {
  it("cross with class, name, message, stack, code and cause", async () => {
    const { module } = await load(
      "a.mjs",
      `class PlanError extends Error { name = "PlanError"; code = "PLAN"; }
       export function fail() {
         throw new PlanError("no plan", { cause: new RangeError("too far", { cause: { at: 3 } }) });
       }
       export const type = () => null.x;
       export const text = async () => { throw "words"; };`,
    );
    const error = await errorOf(() => module.exports.fail!());
    expect(error).toBeInstanceOf(Error);
    expect([error.name, error.message, error["code"]]).toEqual(["PlanError", "no plan", "PLAN"]);
    expect(error.stack).toMatch(/PlanError: no plan\n\s+at (?:Module\.)?fail \(file:.*a\.mjs:3:/);
    expect(error.cause).toBeInstanceOf(RangeError);
    expect(error.cause).toMatchObject({ message: "too far", cause: { at: 3 } });
    expect(await errorOf(() => module.exports.type!())).toBeInstanceOf(TypeError);
    expect(await errorOf(() => module.exports.text!())).toBe("words");
  });

  it("are clear if an argument or a result cannot be cloned, and the module goes on", async () => {
    const { module } = await load(
      "a.mjs",
      "export const make = () => () => {}; export const echo = (x) => x;",
    );
    await expect(module.exports.make!()).rejects.toThrow(
      /^Cannot call "make" of module "a.mjs": its result cannot be cloned \(.*\), expected data$/,
    );
    const error = await errorOf(() => module.exports.echo!(() => {}));
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toMatch(/^Cannot call "echo" of module "a.mjs": an argument cannot be/);
    expect(await module.exports.echo!({ when: new Date(0) })).toEqual({ when: new Date(0) });
  });

  it("of a load name the step", async () => {
    const phases: Record<string, string> = {};
    const texts: Record<string, string> = {
      "compile.mjs": "export const = 1;",
      "compile.cjs": "exports.a = ;",
      "evaluate.mjs": "throw new RangeError('early');",
      "evaluate.cjs": "JSON.parse('{');",
      "resolve.mjs": "import './missing.mjs';",
      "link.mjs": "import { x } from 'node:fs'; import { missing } from './link2.mjs';",
      "link2.mjs": "export const y = 1;",
      "worker.cjs": "process.exit(3);",
    };
    const program = new Program(texts, { backend: "worker" });
    for (const file of Object.keys(texts)) {
      if (file === "link2.mjs") continue;
      const error = await errorOf(() => program.host.load(`./${file}`));
      expect(error).toBeInstanceOf(ModuleLoadError);
      phases[file] = String(error["phase"]);
      if (file === "evaluate.mjs") expect(error.cause).toBeInstanceOf(RangeError);
      if (file === "worker.cjs") expect(error.message).toContain("ended with exit code 3");
    }
    for (const [file, phase] of Object.entries(phases)) expect(phase).toBe(file.split(".")[0]);
    expect(program.host.stats()).toMatchObject({ instances: 0, failures: 7 });
  });
});

describe("A worker", () => {
  it("is another one for each version, with the text and the dependencies of that moment", async () => {
    const program = new Program(
      {
        "a.mjs": "import { n } from './b.mjs'; export const get = () => n;",
        "b.mjs": "export const n = 1;",
      },
      { backend: "worker" },
    );
    const first = await program.host.load<Functions>("./a.mjs");
    program.write("b.mjs", "export const n = 2;");
    const lease = first.acquire("user");
    const second = await program.host.reload<Functions>("a.mjs");
    expect(await second.call("get")).toBe(2);
    expect(await lease.exports.get!()).toBe(1);
    lease.release();
    await program.host.unload("a.mjs", { verify: false });
  });

  it("that loops forever is ended by purge, and its calls reject", async () => {
    const { program, module } = await load(
      "a.mjs",
      "export const loop = () => { for (;;); }; export const id = (x) => x;",
    );
    const looping = errorOf(() => module.exports.loop!());
    const waiting = errorOf(() => module.exports.id!(1));
    const report = await program.host.purge("a.mjs");
    expect(report.reclaimed).not.toBe(false);
    for (const error of [await looping, await waiting]) {
      expect(error).toBeInstanceOf(ModuleUnloadedError);
    }
    expect(await errorOf(() => module.exports)).toBeInstanceOf(ModuleUnloadedError);
  });

  it("that loops forever is ended by unload with force", async () => {
    const { program, module } = await load("a.mjs", "export const loop = () => { for (;;); };", {
      clock: undefined,
    });
    const looping = errorOf(() => module.call("loop"));
    await expect(program.host.unload("a.mjs", { drain: 0 })).rejects.toThrow('"loop" of version 1');
    await program.host.unload("a.mjs", { drain: 0, force: true, verify: false });
    expect(await looping).toBeInstanceOf(ModuleUnloadedError);
  });

  it("that loops forever while it loads is ended when the caller leaves", async () => {
    const program = new Program({ "a.mjs": "for (;;);" }, { backend: "worker" });
    const controller = new AbortController();
    const loading = program.host.load("./a.mjs", { signal: controller.signal });
    controller.abort(new Error("left"));
    await expect(loading).rejects.toThrow("left");
    await program.host[Symbol.asyncDispose]();
    expect(program.host.stats().instances).toBe(0);
  });

  it("that exceeds its memory ends alone, and the next version works", async () => {
    const { program, module } = await load(
      "a.mjs",
      "export const fill = () => { const all = []; for (;;) all.push({ text: [all.length] }); };",
      { resourceLimits: { maxOldGenerationSizeMb: 16 } },
    );
    const error = await errorOf(() => module.call("fill"));
    expect(error).toBeInstanceOf(ModuleLoadError);
    expect(error).toMatchObject({ phase: "worker", module: "a.mjs", version: 1 });
    expect(error.cause).toMatchObject({ code: "ERR_WORKER_OUT_OF_MEMORY" });
    expect((await errorOf(() => module.call("fill")))["phase"]).toBe("worker");
    program.write("a.mjs", "export const fill = () => 'full';");
    const next = await program.host.reload<Functions>("a.mjs");
    expect(await next.call("fill")).toBe("full");
    await program.host.unload("a.mjs", { verify: false });
  });

  it("that exits ends its calls, but not those that were answered before", async () => {
    const { module } = await load(
      "a.mjs",
      "export const exit = (n) => process.exit(n); export const id = (x) => x;",
    );
    const before = module.call("id", 1);
    const error = await errorOf(() => module.call("exit", 7));
    expect(await before).toBe(1);
    expect(error.message).toBe(
      'Cannot call "exit" of module "a.mjs": its thread ended with exit code 7, expected the worker to run on',
    );
    expect((await errorOf(() => module.call("id", 2))).message).toContain("exit code 7");
  });

  it("that throws outside of a call ends; the host tells it by an event, and lives", async () => {
    const { program, module } = await load(
      "a.mjs",
      "export const later = () => { setTimeout(() => { throw new RangeError('late'); }); };",
    );
    const told = new Promise<{ error: unknown }>((resolve) => {
      program.host.on("error", resolve);
    });
    await module.call("later");
    const { error } = await told;
    expect(error).toMatchObject({
      phase: "worker",
      cause: { name: "RangeError", message: "late" },
    });
    expect((await errorOf(() => module.call("later"))).message).toContain("RangeError: late");
  });

  it("may use parentPort itself", async () => {
    const { program, module } = await load(
      "a.mjs",
      `import { parentPort, workerData } from "node:worker_threads";
       parentPort.on("message", () => {});
       parentPort.postMessage({ id: 0, value: 1 });
       export const post = (x) => { parentPort.postMessage({ id: 1, value: "wrong" }); return [x, workerData ?? "none"]; };`,
    );
    expect(await module.call("post", 5)).toEqual([5, "none"]);
    await program.host.unload("a.mjs", { verify: false });
  });
});
