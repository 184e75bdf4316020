import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { assertNoGrowth } from "@heapwise/leaks";
import { ModuleLoadError } from "@heapwise/modules";
import { expect, it, onTestFinished } from "vitest";
import { Load } from "../load.ts";
import { createPluginServer, type PluginServer } from "./plugin-server.ts";

const CALLERS = 8;
const RELOADS = 30;

interface Started extends PluginServer {
  /** Writes another version of the plugin. */
  publish(version: number | string): void;
  /** Asks for a greeting; returns the version that answered. */
  greet(name: string): Promise<number>;
}

async function start(): Promise<Started> {
  const root = mkdtempSync(join(tmpdir(), "plugins-"));
  cpSync(join(import.meta.dirname, "plugins"), root, { recursive: true });
  const file = join(root, "greet.cjs");
  const text = readFileSync(file, "utf8");
  const parts = createPluginServer(root);
  const { server, host } = parts;
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(async () => {
    server.closeAllConnections();
    server.close();
    await host[Symbol.asyncDispose]();
    rmSync(root, { recursive: true });
  });
  const { port } = server.address() as AddressInfo;
  return {
    ...parts,
    publish: (version) => writeFileSync(file, text.replace("version = 1", `version = ${version}`)),
    async greet(name) {
      const response = await fetch(`http://127.0.0.1:${port}/greet?name=${name}`);
      const answer = await response.text();
      expect(response.status, answer).toBe(200);
      const found = /^(\d+): Hello, (\w+)$/.exec(answer);
      expect(found?.[2]).toBe(name);
      return Number(found?.[1]);
    },
  };
}

it("no request fails while plugins are reloaded under load, and each gets the version in charge", async () => {
  const { host, publish, greet } = await start();
  let current = 1;
  const load = new Load(CALLERS, async (n) => {
    const least = current;
    expect(await greet(`guest${n}`)).toBeGreaterThanOrEqual(least);
  });
  await load.moreServed(CALLERS);
  for (let version = 2; version <= RELOADS; version++) {
    publish(version);
    await host.reload("greet.cjs");
    current = version;
    await load.moreServed(CALLERS);
  }
  await load.stop();
  expect(load.failures).toEqual([]);
  expect(load.served).toBe(load.begun);
  expect(host.stats()).toMatchObject({ loads: 1, reloads: RELOADS - 1, failures: 0, zombies: 0 });
});

it("a plugin with a mistake is refused under load, and the version before goes on", async () => {
  const { host, publish, greet } = await start();
  const load = new Load(CALLERS, async (n) => {
    expect(await greet(`guest${n}`)).toBe(1);
  });
  await load.moreServed(CALLERS);
  publish("1; throw new Error('mistake')");
  await expect(host.reload("greet.cjs")).rejects.toThrow(ModuleLoadError);
  await load.moreServed(CALLERS);
  await load.stop();
  expect(load.failures).toEqual([]);
});

it("reloads leave nothing in memory", async () => {
  const { host, publish, greet } = await start();
  let version = 1;
  await greet("first");
  await assertNoGrowth(async () => {
    publish(++version);
    await host.reload("greet.cjs");
    expect(await greet("guest")).toBe(version);
  });
  expect(await host.unload("greet.cjs")).toMatchObject({ reclaimed: "plainly", retained: [] });
});
