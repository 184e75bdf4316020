import { edgeHost, HOST_GLOBALS, importBare, unreadable } from "@heapwise/testkit";
import { describe, expect, it } from "vitest";

type Package = typeof import("@heapwise/pool");

const CODE = `
  let time = 1e12;
  Date.now = () => time;
  export * from "@heapwise/pool";
  export const advance = (ms) => { time += ms; };
`;

function refused(): never {
  throw new Error("Disallowed operation called within global scope");
}

const REFUSING = { setTimeout: refused, setImmediate: refused, AbortController: refused };

/** WeakRef and FinalizationRegistry throw when they are used. */
const NOTHING = { performance: null, FinalizationRegistry: null, WeakRef: refused };

const HOSTS = [
  ["nothing", {}, []],
  ["no FinalizationRegistry and no WeakRef", {}, ["FinalizationRegistry", "WeakRef"]],
  ["timers, and no FinalizationRegistry", { setTimeout, clearTimeout }, ["FinalizationRegistry"]],
  ["timers that it refuses", REFUSING, []],
  [
    "timers that it drops",
    { setTimeout: () => 1, clearTimeout: () => {}, navigator: { userAgent: "Cloudflare-Workers" } },
    [],
  ],
  ["a process that throws", { process: { getBuiltinModule: refused } }, []],
  ["a process without modules", { process: { getBuiltinModule: () => ({}) } }, []],
  ["the substitutes of an edge runtime", edgeHost(), []],
  ["globals that throw as they are read", unreadable(...HOST_GLOBALS), []],
  ["an engine that refuses its own globals", NOTHING, []],
  ["a performance without now", { performance: {}, setTimeout, clearTimeout }, []],
  ["timers that cannot be cancelled", { setTimeout }, []],
] as const;

describe.each(HOSTS)("In a host with %s", (_, given, without) => {
  const { BufferPool, KeyedPool, ObjectPool, ResourcePool, advance } = importBare<
    Package & { advance(ms: number): void }
  >(CODE, { given, without });

  it("resources are lent in turn, checked, and destroyed", async () => {
    let made = 0;
    const destroyed: number[] = [];
    const pool = new ResourcePool({
      create: () => ({ id: ++made }),
      validate: () => true,
      destroy: ({ id }) => void destroyed.push(id),
      min: 1,
      max: 2,
      idleTimeout: 3_600_000,
    });
    await pool.ready();
    const ids = await Promise.all([1, 2, 3, 4].map(() => pool.use(({ id }) => id)));
    expect(ids.every((id) => id <= 2)).toBe(true);
    expect(pool.stats()).toMatchObject({ leased: 0, waiting: 0 });
    expect((await pool.close()).left).toEqual([]);
    expect(destroyed.sort()).toEqual(Array.from({ length: made }, (_each, i) => i + 1));
  });

  it("a loan has the time of the end of its turn, each time", async () => {
    const pool = new ResourcePool({ create: () => ({}), max: 1, maxIdle: 1 });
    for (let i = 0; i < 3; i++) {
      const lease = await pool.acquire();
      await new Promise((resolve) => void setTimeout(resolve, 0));
      advance(1000);
      const [holder] = pool.holders();
      expect(holder!.age).toBe(1000);
      lease.release();
      await new Promise((resolve) => void setTimeout(resolve, 0));
    }
    await pool.close();
  });

  it("pools of objects, of buffers and by key work", async () => {
    const objects = new ObjectPool({ create: () => [0] });
    objects.lease().release();
    expect(objects.use((list) => list.length)).toBe(1);
    const buffers = new BufferPool({ maxBytes: 2 ** 20 });
    buffers.acquire(2000).release();
    expect(buffers.stats()).toMatchObject({ leasedBytes: 0, lost: 0 });
    const keyed = new KeyedPool({ create: (key: string) => ({ key }), max: 2 });
    expect(await keyed.use("a", ({ key }) => key)).toBe("a");
    await keyed.close();
  });
});

it("A host that refuses timers at first is called again at the next deadline", async () => {
  const armed: (() => void)[] = [];
  let isRefused = true;
  const given = {
    setTimeout: (run: () => void, ms: number) => {
      if (isRefused) refused();
      return ms > 0 ? armed.push(run) : setTimeout(run, ms);
    },
    clearTimeout: () => {},
  };
  const { ResourcePool, advance } = importBare<Package & { advance(ms: number): void }>(CODE, {
    given,
  });
  const pool = new ResourcePool({ create: () => ({}), max: 1 });
  const lease = await pool.acquire();
  const first = pool.acquire({ timeout: 10 }).catch((error: { code: string }) => error.code);
  expect(armed.length).toBe(0);
  isRefused = false;
  const second = pool.acquire({ timeout: 10 }).catch((error: { code: string }) => error.code);
  expect(armed.length).toBe(1);
  advance(10);
  armed[0]!();
  expect(await Promise.all([first, second])).toEqual(["POOL_TIMEOUT", "POOL_TIMEOUT"]);
  lease.release();
});
