/**
 * Writes 200,000 values of 10 KB into a cache, in one job or with an await between the writes, and
 * prints a report.
 */
import { WeakCache, type WeakCacheOptions } from "@heapwise/weak";

const [options = "{}", way = "sync"] = process.argv.slice(2);
const cache = new WeakCache<number, number[]>(JSON.parse(options) as WeakCacheOptions<number>);

for (let i = 0; i < 200_000; i++) {
  // 1250 elements of 8 bytes. No two values are equal.
  cache.set(i, new Array<number>(1250).fill(i));
  if (way === "await") await Promise.resolve();
  if (way === "macrotask" && i % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
  if (cache.peek(i) !== undefined && cache.peek(i)![7] !== i) throw new Error("a wrong value");
}
console.log(JSON.stringify({ size: cache.size, ...cache.stats() }));
