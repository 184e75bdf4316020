import { LRUCache } from "@heapwise/lru";
import { lru } from "@heapwise/lru/policies";
import { afterEach, expect, it } from "vitest";

const COUNT = 20_000;

/** The array methods that move or search the rest of the array. */
const DEAR = ["shift", "unshift", "splice", "indexOf", "includes"] as const;
const originals = new Map<string, unknown>(DEAR.map((name) => [name, Array.prototype[name]]));

afterEach(() => {
  for (const [name, method] of originals) Object.assign(Array.prototype, { [name]: method });
});

/** A cache whose policy counts its calls, and the count of expensive calls on long arrays. */
function counted(): {
  cache: LRUCache<number, number>;
  heard: () => number;
  calls: () => number;
  moves: () => number;
} {
  let calls = 0;
  let heard = 0;
  let moves = 0;
  const cache = new LRUCache<number, number>({
    max: COUNT,
    policy: (context) =>
      new Proxy(lru()(context), {
        get(target, name) {
          const member: unknown = Reflect.get(target, name, target);
          if (typeof member !== "function") return member;
          return (...args: unknown[]): unknown => (calls++, Reflect.apply(member, target, args));
        },
      }),
    onRemoval: () => heard++,
  });
  for (let i = 0; i < COUNT; i++) cache.set(i, i);
  for (const [name, method] of originals) {
    const watched = function (this: unknown[], ...args: unknown[]): unknown {
      if (this.length > 100) moves++;
      return Reflect.apply(method as () => unknown, this, args);
    };
    Object.assign(Array.prototype, { [name]: watched });
  }
  calls = heard = 0;
  return { cache, heard: () => heard, calls: () => calls, moves: () => moves };
}

// lru-cache 11.5.3: dump() calls unshift, and the queue of disposeAfter calls shift: 20,000 to
// 80,000 entries take 0.24 s to 3.1 s, and 0.17 s to 1.9 s.
it("snapshot and clear take a few steps an entry, and move no long array", () => {
  const { cache, heard, calls, moves } = counted();

  cache.snapshot();
  expect(calls()).toBeLessThanOrEqual(2 * COUNT + 10);
  cache.clear();

  expect(heard()).toBe(COUNT);
  expect(calls()).toBeLessThanOrEqual(4 * COUNT + 20);
  expect(moves()).toBe(0);
});

it("resize, deleteWhere and a chain of evictions take a few steps an entry as well", () => {
  const { cache, heard, calls, moves } = counted();

  cache.deleteWhere((value) => value % 2 === 0);
  cache.resize({ max: 10 });

  expect(heard()).toBe(COUNT - 10);
  expect(calls()).toBeLessThanOrEqual(10 * COUNT);
  expect(moves()).toBe(0);
});
