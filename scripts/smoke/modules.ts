import { expect, type Checks } from "./check.ts";

const IS_NODE = !("Bun" in globalThis || "Deno" in globalThis);

interface Plugin {
  handle(n: number): number;
}

/** A module host needs Node: its modules are imported only there. */
export const modulesChecks: Checks = {
  "modules loads, reloads and unloads, and proves it": async () => {
    if (!IS_NODE) return;
    const { mkdtempSync, rmSync, writeFileSync } = await import("node:fs");
    const { tmpdir } = await import("node:os");
    const { ModuleHost } = await import("@heapwise/modules");
    const root = mkdtempSync(`${tmpdir()}/smoke-modules-`);
    const write = (step: number): void =>
      writeFileSync(`${root}/plugin.cjs`, `exports.handle = (n) => n + ${step};`);
    const host = new ModuleHost({ root, backend: "function" });
    write(1);
    const first = await host.load<Plugin>("./plugin.cjs");
    expect((await first.call("handle", 1)) === 2, "the first version");
    write(10);
    const second = await host.reload<Plugin>("plugin.cjs");
    expect((await second.call("handle", 1)) === 11, "the second version");
    const { reclaimed, retained } = await host.unload("plugin.cjs");
    expect(reclaimed === "plainly", `its code gone, got ${reclaimed} ${retained.join("\n")}`);
    const state: string = first.state;
    expect(state === "reclaimed" || state === "unverified", `an end, got ${state}`);
    await host[Symbol.asyncDispose]();
    rmSync(root, { recursive: true });
  },
  "modules names what holds a module": async () => {
    if (!IS_NODE) return;
    const { mkdtempSync, rmSync, writeFileSync } = await import("node:fs");
    const { tmpdir } = await import("node:os");
    const { ModuleHost } = await import("@heapwise/modules");
    const root = mkdtempSync(`${tmpdir()}/smoke-modules-`);
    writeFileSync(`${root}/held.cjs`, "globalThis.smokeHeld = () => 1;");
    const host = new ModuleHost({ root, backend: "function" });
    await host.load("./held.cjs");
    const { reclaimed, retained } = await host.unload("held.cjs");
    expect(reclaimed === false, `a module that is held, got ${reclaimed}`);
    const text = retained.join("\n");
    expect(text.includes("smokeHeld") && text.includes("held.cjs:1"), `a path, got ${text}`);
    Reflect.deleteProperty(globalThis, "smokeHeld");
    await host[Symbol.asyncDispose]();
    rmSync(root, { recursive: true });
  },
};
