import { randomStream } from "@heapwise/testkit";
import { describe, expect, it } from "vitest";
import { isServedBefore, Waiter, WaiterQueue } from "./waiter-queue.ts";

const NO_SCOPE = { askedIn: undefined, usedIn: undefined };

function createWaiter(priority: number, since: number): Waiter<unknown> {
  const reading = { at: since, until: since };
  return new Waiter(priority === 0 ? {} : { priority }, NO_SCOPE, reading);
}

/** The order as the documentation has it, for waiters of one clock. */
function byRule(aging: number): (a: Waiter<unknown>, b: Waiter<unknown>) => number {
  return (a, b) =>
    a.since - a.priority * aging - (b.since - b.priority * aging) ||
    b.priority - a.priority ||
    a.order - b.order;
}

describe.each([1, 4, 40])("A queue of %i priorities at most", (priorities) => {
  it("serves, places and counts like a sorted list, over two queues too", () => {
    const random = randomStream(priorities);
    const aging = 3;
    const queues = [new WaiterQueue<unknown>(aging), new WaiterQueue<unknown>(aging)];
    const all: [Waiter<unknown>[], Waiter<unknown>[]] = [[], []];
    let now = 0;
    for (let step = 0; step < 3000; step++) {
      const at = random() < 0.5 ? 0 : 1;
      const queue = queues[at]!;
      const waiters = all[at]!;
      now += Math.floor(random() * 3);
      const choice = random();
      if (choice < (step % 600 < 400 ? 0.6 : 0.3)) {
        const waiter = createWaiter(Math.floor(random() * priorities), now);
        queue.push(waiter);
        waiters.push(waiter);
        waiters.sort(byRule(aging));
      } else if (waiters.length > 0) {
        const place = choice < 0.8 ? 0 : Math.floor(random() * waiters.length);
        const [gone] = waiters.splice(place, 1);
        expect([queue.remove(gone!), queue.remove(gone!)]).toEqual([true, false]);
      }
      expect(queue.size).toBe(waiters.length);
      expect(queue.peek()).toBe(waiters[0]);
      const n = Math.floor(random() * (waiters.length + 1));
      const looked: Waiter<unknown>[] = [];
      expect(queue.find((waiter) => looked.push(waiter) > n)).toBe(waiters[n]);
      expect(looked).toEqual(waiters.slice(0, n + 1));
      if (n < waiters.length) {
        expect(queue.positionOf(waiters[n]!)).toBe(n + 1);
        expect(queue.countBefore(waiters[n]!, 2)).toBe(Math.min(2, n));
        const others = all[1 - at]!.filter((other) => byRule(aging)(other, waiters[n]!) < 0);
        expect(queues[1 - at]!.countBefore(waiters[n]!, Infinity)).toBe(others.length);
        for (const other of all[1 - at]!.slice(0, 5)) {
          const isBefore = byRule(aging)(other, waiters[n]!) < 0;
          expect(isServedBefore(other, waiters[n]!, aging)).toBe(isBefore);
          expect(isServedBefore(waiters[n]!, other, aging)).toBe(!isBefore);
        }
      }
    }
    for (const [at, queue] of queues.entries()) {
      expect(new Set(queue.toArray())).toEqual(new Set(all[at]));
      let seen = 0;
      queue.visitLanes(() => ++seen < Infinity);
      expect(seen).toBe(queue.size);
      for (const waiter of queue.toArray()) queue.remove(waiter);
      expect([queue.size, queue.peek()]).toEqual([0, undefined]);
    }
  });
});

describe("A queue", () => {
  it("is in order of priority with an aging of Infinity, and of age with one of 0", () => {
    for (const [aging, expected] of [
      [Infinity, [5, 1, 0, -2]],
      [0, [0, 1, -2, 5]],
    ] as const) {
      const queue = new WaiterQueue<unknown>(aging);
      for (const [since, priority] of [0, 1, -2, 5].entries()) {
        queue.push(createWaiter(priority, since));
      }
      const served: number[] = [];
      for (let next = queue.peek(); next !== undefined; next = queue.peek()) {
        served.push(next.priority);
        queue.remove(next);
      }
      expect(served).toEqual(expected);
    }
  });

  it("lets waiters leave while it is looked through", () => {
    const queue = new WaiterQueue<unknown>(1);
    for (let i = 0; i < 30; i++) queue.push(createWaiter(i % 5, i));
    queue.visitLanes((waiter) => queue.remove(waiter) && waiter.priority > 0);
    expect(queue.size).toBe(5);
    for (const waiter of queue.toArray()) queue.remove(waiter);
    expect(queue.size).toBe(0);
  });

  it("compares O(log n) waiters for each of n priorities", () => {
    const looksFor = (count: number): number => {
      const queue = new WaiterQueue<unknown>(1);
      let looks = 0;
      for (let i = 0; i < count; i++) {
        const waiter = createWaiter(((i * 7919) % count) + 1, i);
        Object.defineProperty(waiter, "priority", {
          get: () => (looks++, waiter.options.priority),
        });
        queue.push(waiter);
      }
      while (queue.size > 0) queue.remove(queue.peek()!);
      return looks;
    };
    // Twelve levels of the heap: each level looks at two pairs on the way down, at one on the way
    // up.
    expect(looksFor(4096)).toBeLessThan(4096 * 12 * 8);
  });
});
