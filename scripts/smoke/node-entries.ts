import { channel } from "node:diagnostics_channel";
import { createRequire } from "node:module";
import { assertNoHandles, collectGarbage, LeakError } from "@heapwise/leaks";
import { expect as expectRun } from "@heapwise/leaks/node-test";
import { LoadCycleError, LRUCache } from "@heapwise/lru";
import { publishDiagnostics } from "@heapwise/lru/diagnostics";
import { detectLoadCycles } from "@heapwise/lru/load-cycles";
import { PoolExhaustedError, ResourcePool } from "@heapwise/pool";
import { asyncLoanScopes } from "@heapwise/pool/node";
import { expect, type Checks } from "./check.ts";

const IS_NODE = !("Bun" in globalThis || "Deno" in globalThis);

/** The entries that use modules of Node, which Deno and Bun have too. */
export const nodeChecks: Checks = {
  "node: lru publishes to diagnostics channels": () => {
    const messages: unknown[] = [];
    const listen = (message: unknown): void => void messages.push(message);
    channel("heapwise:lru:removal").subscribe(listen);
    const cache = new LRUCache({ max: 1, observers: [publishDiagnostics({ name: "smoke" })] });
    cache.set("a", 1).set("b", 2);
    channel("heapwise:lru:removal").unsubscribe(listen);
    const expected = '[{"name":"smoke","key":"a","cause":"evicted"}]';
    expect(JSON.stringify(messages) === expected, `one message, got ${JSON.stringify(messages)}`);
  },
  "node: lru detects loads that wait for each other": async () => {
    const cache: LRUCache<string, string> = new LRUCache<string, string>({
      max: 5,
      loadCycles: detectLoadCycles(),
      load: async (key) => {
        await Promise.resolve();
        return cache.getOrLoad(key === "a" ? "b" : "a");
      },
    });
    const error = await cache.getOrLoad("a").catch((each: unknown) => each);
    expect(error instanceof LoadCycleError, `a LoadCycleError, got ${String(error)}`);
  },
  "node: pool detects a deadlock": async () => {
    const pool = new ResourcePool({ create: () => ({}), max: 1, scopes: asyncLoanScopes() });
    const error = await pool.use(() => pool.use(() => 1)).catch((each: unknown) => each);
    expect(
      error instanceof PoolExhaustedError && error.reason === "deadlock",
      `a deadlock, got ${String(error)}`,
    );
    await pool.close();
  },
  "node: leaks finds what is left behind, or says that the host does not report it": async () => {
    const timers: ReturnType<typeof setTimeout>[] = [];
    const leave = (): void => void timers.push(setTimeout(() => undefined, 5000));
    const error = await assertNoHandles(leave).catch((each: unknown) => each);
    timers.forEach(clearTimeout);
    if (IS_NODE) {
      expect(error instanceof LeakError, `a LeakError, got ${String(error)}`);
      expect(String(error).includes("Timeout 5000 ms"), `the timer, got ${String(error)}`);
      await expectRun(() => undefined).toLeaveNoHandles();
    } else {
      expect(String(error).includes("expected Node"), `a reason, got ${String(error)}`);
    }
  },
  "node: leaks collects as a last resort": async () => {
    if (!IS_NODE) return;
    const { via } = await collectGarbage({ strength: "last-resort" });
    expect(via === "inspector", `the inspector, got ${via}`);
  },
  // Bun does not know `module-sync`: a program that both imports and requires has two copies.
  "node: import and require give one copy, except in Bun": async () => {
    const isOne = !("Bun" in globalThis);
    const require = createRequire(import.meta.url);
    const names = [
      "leaks",
      "leaks/snapshot",
      "lru",
      "lru/core",
      "lru/policies",
      "pool",
      "pool/node",
      "sizeof",
      "weak",
    ];
    for (const name of names.map((each) => `@heapwise/${each}`)) {
      const imported = (await import(name)) as Record<string, unknown>;
      const required = require(name) as Record<string, unknown>;
      const keys = Object.keys(imported).filter((key) => typeof imported[key] === "function");
      const others = keys.filter((key) => (imported[key] === required[key]) !== isOne);
      expect(keys.length > 0 && others.length === 0, `one copy of ${name}: ${others.join()}`);
    }
  },
};
