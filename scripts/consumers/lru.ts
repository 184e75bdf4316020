import { LRUCache, type RemovalCause } from "@heapwise/lru";
import { LRUCache as CoreCache } from "@heapwise/lru/core";
import { publishDiagnostics } from "@heapwise/lru/diagnostics";
import { detectLoadCycles } from "@heapwise/lru/load-cycles";
import { memoize } from "@heapwise/lru/memoize";
import { meterCache, type MeterShape } from "@heapwise/lru/opentelemetry";
import * as policies from "@heapwise/lru/policies";

const removed: [string, RemovalCause][] = [];
const cache = new LRUCache<string, number>({
  max: 2,
  onRemoval: (key, _value, cause) => {
    removed.push([key, cause]);
  },
});
cache.set("a", 1).set("b", 2);
const hit: number | undefined = cache.get("a");
cache.set("c", 3);
expect(hit === 1 && cache.size === 2, "a hit and a full cache");
expect(JSON.stringify(removed) === '[["b","evicted"]]', "one removal");
expect([...cache.keys()].join() === "c,a", "keys from the hottest to the coldest");

expect(typeof policies.sieve === "function", "a policy by its name");
for (const policy of Object.values(policies)) {
  // A bundler may add `default`, which is the whole module.
  if (typeof policy !== "function") continue;
  const weighted = new LRUCache<string, string>({
    maxWeight: 10,
    weigh: (value) => value.length,
    policy: policy(),
  });
  const core = new CoreCache<string, string>({ max: 5, policy: policy() });
  for (let i = 0; i < 100; i += 1) {
    weighted.set(`key ${i}`, "abc");
    core.set(`key ${i}`, "abc");
  }
  expect(weighted.weight <= 10 && core.size === 5, "bounds that hold");
}

let time = 0;
const disposed: string[] = [];
const sessions = new LRUCache<string, string>({
  unbounded: true,
  ttl: 100,
  clock: { now: () => time },
  dispose: (value) => {
    disposed.push(value);
  },
});
sessions.set("a", "A").set("b", "B", { ttl: 1000 });
const lease = sessions.acquire("a");
time = 100;
expect(sessions.size === 1 && sessions.info("b")?.expiresIn === 900, "an entry that expires");
expect(lease?.value === "A" && disposed.length === 0, "a value that is lent");
lease?.release();
expect(disposed.join() === "A", "a value that is disposed of");

const bounded = new LRUCache<string, Uint8Array>({ maxBytes: "1mb" });
for (let i = 0; i < 100; i += 1) bounded.set(`key ${i}`, new Uint8Array(50_000));
expect(bounded.bytes() <= 1e6 && bounded.size === 19, "a bound in bytes");

const pages = new LRUCache<string, string>({
  max: 10,
  loadCycles: detectLoadCycles(),
  observers: [publishDiagnostics({ name: "pages" })],
  load: async (url, { signal, stale }) => `${url} ${stale ?? "new"} ${signal.aborted}`,
});
export const done: Promise<void> = pages.getOrLoad("/").then((page: string) => {
  expect(page === "/ new false" && pages.get("/") === page, "a loaded page");
});
const double = memoize((n: number) => n * 2);
const four: number = double(2);
expect(four === 4 && double.cacheOf().size === 1, "a remembered call");
const feed: (meter: MeterShape) => object = (meter) => meterCache(meter, { name: "pages" });
expect(typeof feed === "function", "an observer for meters");

function expect(condition: boolean, what: string): void {
  if (!condition) throw new Error(`Cannot use the package: expected ${what}`);
}
