/** A program that has caches with an armed sentinel, and no other work. */
import { finalize, WeakCache, WeakKeyCache } from "@heapwise/weak";

const cache = new WeakCache<number, object>({
  strong: { max: 10 },
  softLimit: "70%",
  minResidence: { ms: 3_600_000 },
  onCollect: () => {},
});
for (let i = 0; i < 10_000; i++) cache.set(i, { i });
const keys = new WeakKeyCache<object, number>();
for (let i = 0; i < 10_000; i++) keys.set({ i }, i);
finalize({}, () => {});
(globalThis as { gc?: () => void }).gc?.();
console.log("done");
