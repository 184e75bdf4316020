/**
 * Prints the time of the CommonJS copy of the packages divided by the time of their ES modules. It
 * also prints the ES modules divided by themselves, which shows the noise.
 *
 *     npm run build && tsx benchmarks/copies/compare-copies.ts [rounds]
 * Each run has its own process, which counts its processor time. The three runs of a round follow
 * each other.
 */
import { execFileSync } from "node:child_process";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { ratioOf, type Spread } from "../statistics.ts";

const PACKAGES = new URL("../../packages/", import.meta.url);
const KEYS = 1_300;
const MAX = 1_000;

/** Loads an entry of one of the copies. */
type Load = <Module>(name: string, entry?: string) => Promise<Module>;

const loads: Readonly<Record<string, Load>> = {
  modules: (name, entry = "index") =>
    import(new URL(`${name}/dist/${entry}.js`, PACKAGES).href) as Promise<never>,
  commonjs: async (name, entry = "index") => {
    const path = fileURLToPath(new URL(`${name}/dist/cjs/${entry}.js`, PACKAGES));
    return createRequire(import.meta.url)(path) as never;
  },
};

/** Calls a function with keys in an order that is the same for all. */
function withKeys(count: number, use: (key: number, step: number) => void): void {
  let state = 12_345;
  for (let step = 0; step < count; step += 1) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) | 0;
    use((state >>> 1) % KEYS, step);
  }
}

const WORKLOADS: Readonly<Record<string, (load: Load) => Promise<void>>> = {
  "lru, integers": async (load) => {
    const { LRUCache } = await load<typeof import("@heapwise/lru")>("lru");
    const cache = new LRUCache<number, number>({ max: MAX });
    withKeys(12e6, (key, step) => cache.get(key) ?? cache.set(key, step));
  },
  "lru, texts": async (load) => {
    const { LRUCache } = await load<typeof import("@heapwise/lru")>("lru");
    const keys = Array.from({ length: KEYS }, (_, i) => `user:${i * 7_919}`);
    const cache = new LRUCache<string, number>({ max: MAX });
    withKeys(8e6, (key, step) => cache.get(keys[key]!) ?? cache.set(keys[key]!, step));
  },
  adaptive: async (load) => {
    const { LRUCache } = await load<typeof import("@heapwise/lru")>("lru");
    const { adaptive } = await load<typeof import("@heapwise/lru/policies")>("lru", "policies");
    const cache = new LRUCache<number, number>({ max: MAX, policy: adaptive() });
    withKeys(5e6, (key, step) => cache.get(key) ?? cache.set(key, step));
  },
  maxBytes: async (load) => {
    const { LRUCache } = await load<typeof import("@heapwise/lru")>("lru");
    const cache = new LRUCache<number, object>({ maxBytes: "100kb" });
    withKeys(3e5, (key, step) => cache.set(key, { step, text: "text" }));
  },
  sizeOf: async (load) => {
    const { sizeOf } = await load<typeof import("@heapwise/sizeof")>("sizeof");
    const value = { list: [1, 2, { text: "x".repeat(30) }], map: new Map([[1, { a: 4 }]]) };
    withKeys(6e5, () => sizeOf(value));
  },
  WeakCache: async (load) => {
    const { WeakCache } = await load<typeof import("@heapwise/weak")>("weak");
    const cache = new WeakCache<number, object>({ strong: { max: MAX } });
    const values = Array.from({ length: KEYS }, (_, id) => ({ id }));
    withKeys(3e6, (key) => cache.get(key) ?? cache.set(key, values[key]!));
  },
  ObjectPool: async (load) => {
    const { ObjectPool } = await load<typeof import("@heapwise/pool")>("pool");
    const pool = new ObjectPool({ create: () => ({}), max: MAX });
    withKeys(1e8, () => pool.release(pool.acquire()));
  },
};

/** Processor time that a workload takes in this process, in ms. */
async function measure(copy: string, workload: string): Promise<number> {
  const before = process.cpuUsage();
  await WORKLOADS[workload]!(loads[copy]!);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}

function runInProcess(copy: string, workload: string): number {
  // Without this flag one package would get the ES modules of another one.
  const flags = [...process.execArgv, "--no-experimental-require-module"];
  const args = [...flags, fileURLToPath(import.meta.url), copy, workload];
  return Number(execFileSync(process.execPath, args, { encoding: "utf8" }));
}

const formatted = ({ median, lower, upper }: Spread): string =>
  `${median.toFixed(2)} (${lower.toFixed(2)} to ${upper.toFixed(2)})`;

function compare(rounds: number): void {
  const rows = Object.keys(WORKLOADS).map((workload) => {
    const times = Array.from({ length: rounds }, () =>
      ["modules", "commonjs", "modules"].map((copy) => runInProcess(copy, workload)),
    );
    const column = (at: number): number[] => times.map((round) => round[at]!);
    return [
      workload,
      {
        "CommonJS divided by ES modules": formatted(ratioOf(column(1), column(0))),
        "ES modules divided by themselves": formatted(ratioOf(column(2), column(0))),
      },
    ];
  });
  console.table(Object.fromEntries(rows));
}

const [first = "9", workload] = process.argv.slice(2);
if (workload === undefined) compare(Number(first));
else process.stdout.write(String(await measure(first, workload)));
