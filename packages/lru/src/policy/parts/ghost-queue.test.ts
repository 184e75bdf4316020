import { checkProperty } from "@heapwise/testkit/vitest";
import fc from "fast-check";
import { expect, it } from "vitest";
import { GhostQueue } from "./ghost-queue.ts";

it("forgets the oldest hashes above the limit", () => {
  const ghosts = new GhostQueue();
  for (const hash of [1, 2, 3, 4]) ghosts.put(hash, 3);
  expect([1, 2, 3, 4].map((hash) => ghosts.take(hash))).toEqual([false, true, true, true]);
});

it("remembers a hash once, and forgets it when it is taken", () => {
  const ghosts = new GhostQueue();
  ghosts.put(7, 3);
  ghosts.put(7, 3);
  expect(ghosts.take(7)).toBe(true);
  expect(ghosts.take(7)).toBe(false);
});

it("agrees with an array while less than a third of the hashes are taken", () => {
  const step = fc.record({
    put: fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 4, maxLength: 9 }),
    take: fc.integer(),
  });
  checkProperty(
    fc.property(
      fc.array(step, { size: "max", maxLength: 60 }),
      fc.integer({ min: 1, max: 40 }),
      (run, limit) => {
        const ghosts = new GhostQueue();
        let queue: number[] = [];
        for (const { put, take } of run) {
          for (const hash of put) {
            ghosts.put(hash, limit);
            if (!queue.includes(hash)) queue = [...queue, hash].slice(-limit);
          }
          const hash = queue[Math.abs(take % queue.length)]!;
          if (take % 3 === 0) {
            expect(ghosts.take(hash)).toBe(true);
            queue = queue.filter((one) => one !== hash);
          }
        }
        for (let hash = 1; hash <= 90; hash++) expect(ghosts.take(hash)).toBe(queue.includes(hash));
      },
    ),
  );
});

it("keeps its hashes while the limit grows by one each time, and the newest when it shrinks", () => {
  const ghosts = new GhostQueue();
  for (let hash = 1; hash <= 1000; hash++) ghosts.put(hash, hash);
  ghosts.shrink(10);
  for (let hash = 1; hash <= 1000; hash++) expect(ghosts.take(hash)).toBe(hash > 990);
});
