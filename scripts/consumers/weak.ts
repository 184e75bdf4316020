import { finalize, Interner, WeakCache, WeakKeyCache, weakMemoize } from "@heapwise/weak";
import type { Finalizer, WeakCacheStats } from "@heapwise/weak";

const cache = new WeakCache<string, object>({ strong: { max: 1 }, softLimit: "70%" });
const [a, b] = [{ name: "a" }, { name: "b" }];
cache.set("a", a).set("b", b);
const stats: WeakCacheStats = cache.stats();
expect(cache.get("a") === a && cache.get("b") === b, "both values");
expect(stats.demotions === 1 && cache.size === 2 && cache.liveSize() === 2, "one demotion");

const keyed = new WeakKeyCache<object, number>({ max: 1 });
keyed.set(a, 1).set(b, 2);
expect(keyed.get(a) === undefined && keyed.get(b) === 2, "one entry");

const interner = new Interner<string, { readonly key: string }>();
const make = (key: string): { readonly key: string } => ({ key });
expect(interner.intern("a", make) === interner.intern("a", make), "one instance");

const half = weakMemoize((value: { name: string }, count: number) => ({ value, count }));
expect(half(a, 1) === half(a, 1) && half(a, 1) !== half(b, 1), "one result for each call");

const finalizer: Finalizer = finalize(a, (n: number) => n + 1, 1);
expect(finalizer.alive && finalizer() === 2 && !finalizer.alive, "one call");

function expect(condition: boolean, what: string): void {
  if (!condition) throw new Error(`Cannot use the package: expected ${what}`);
}
