/**
 * Imports the packages inside a request, in Node, Bun or Deno. Prints a line of JSON that says
 * whether later timers run outside of all requests.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { collected, expect, runChecks, until, type Checks } from "./check.ts";

const storage = new AsyncLocalStorage<string | object>();
const { LRUCache } = await storage.run("importer", () => import("@heapwise/lru"));
const { ResourcePool } = await storage.run("importer", () => import("@heapwise/pool"));
const { detectProfile } = await storage.run("importer", () => import("@heapwise/sizeof"));
const { WeakCache } = await storage.run("importer", () => import("@heapwise/weak"));

/**
 * In Deno a module cannot leave the context in which it was imported; in Bun a module has no
 * context.
 */
const outermost = "Deno" in globalThis ? "importer" : undefined;

const checks: Checks = {
  "lru calls listeners, disposal and error reports of a timer outside of requests": async () => {
    const seen: unknown[] = [];
    const see = (): void => void seen.push(storage.getStore());
    const cache = new LRUCache<string, number>({
      max: 5,
      ttl: 5,
      onRemoval: see,
      dispose: () => {
        see();
        throw new Error("disposal");
      },
      onError: see,
    });
    storage.run("request", () => cache.set("a", 1));
    await until(() => seen.length === 3);
    expect(
      seen.every((each) => each === outermost),
      `no request, got ${seen.join()}`,
    );
  },
  "pool creates, destroys and reports outside of requests": async () => {
    const seen: unknown[] = [];
    const see = (): void => void seen.push(storage.getStore());
    const pool = new ResourcePool({
      create: () => (see(), {}),
      destroy: see,
      max: 1,
      idleTimeout: 5,
    });
    pool.on("destroy", see);
    await storage.run("request", () => pool.use(() => undefined));
    await until(() => seen.length === 3);
    expect(
      seen.every((each) => each === outermost),
      `no request, got ${seen.join()}`,
    );
  },
};

/** Serves requests, and reports how many of them are still in memory. */
function serve(request: () => unknown): () => number {
  const refs = Array.from({ length: 100 }, () => {
    const store = { held: undefined as unknown };
    storage.run(store, () => (store.held = request()));
    return new WeakRef(store);
  });
  return () => refs.filter((ref) => ref.deref() !== undefined).length;
}

/** Some objects may stay: an engine may scan its stack conservatively. */
const collections: Checks = {
  "lru keeps no request alive that has its own cache": async () => {
    const alive = serve(() => new LRUCache({ max: 9, ttl: 3_600_000 }).set("user", 1));
    expect(await collected(() => alive() <= 10), `few requests, got ${alive()}`);
  },
  "weak keeps no request alive that has its own cache": async () => {
    const alive = serve(() => new WeakCache({ minResidence: { ms: 3_600_000 } }).set("user", {}));
    expect(await collected(() => alive() <= 10), `few requests, got ${alive()}`);
  },
  "weak reports collected objects outside of requests": async () => {
    const seen = new Set<unknown>();
    const cache = storage.run(
      "request",
      () =>
        new WeakCache<number, object>({
          strong: { max: 1 },
          onCollect: () => seen.add(storage.getStore()),
        }),
    );
    storage.run("request", () => {
      for (let i = 0; i < 100; i++) cache.set(i, {});
    });
    expect(await collected(() => seen.size > 0), "some to be collected");
    expect(
      [...seen].every((each) => each === outermost),
      `no request, got ${[...seen].join()}`,
    );
  },
};

const report = await runChecks(checks, collections);
console.log(JSON.stringify({ profile: detectProfile().name, ...report }));
