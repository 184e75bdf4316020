import { channel } from "node:diagnostics_channel";
import { createRequire } from "node:module";
import { LoadCycleError, LRUCache } from "@heapwise/lru";
import { publishDiagnostics } from "@heapwise/lru/diagnostics";
import { detectLoadCycles } from "@heapwise/lru/load-cycles";
import { PoolExhaustedError, ResourcePool } from "@heapwise/pool";
import { asyncLoanScopes } from "@heapwise/pool/node";
import { expect, type Checks } from "./check.ts";

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
  // Bun does not know `module-sync`: a program that both imports and requires has two copies.
  "node: import and require give one copy, except in Bun": async () => {
    const isOne = !("Bun" in globalThis);
    const require = createRequire(import.meta.url);
    const names = ["lru", "lru/core", "lru/policies", "pool", "pool/node", "sizeof", "weak"];
    for (const name of names.map((each) => `@heapwise/${each}`)) {
      const imported = (await import(name)) as Record<string, unknown>;
      const required = require(name) as Record<string, unknown>;
      const keys = Object.keys(imported).filter((key) => typeof imported[key] === "function");
      const others = keys.filter((key) => (imported[key] === required[key]) !== isOne);
      expect(keys.length > 0 && others.length === 0, `one copy of ${name}: ${others.join()}`);
    }
  },
};
