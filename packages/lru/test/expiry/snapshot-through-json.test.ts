import { LRUCache } from "@heapwise/lru";
import { expect, it } from "vitest";

it("a snapshot through JSON loses the entries whose key or value JSON loses", () => {
  const c = new LRUCache<unknown, unknown>({ max: 20, ttl: Infinity, refreshAfter: 5 });
  c.set(undefined, 1)
    .set(NaN, 2)
    .set(Symbol("s"), 3)
    .set("f", () => 1)
    .set("s", Symbol("v"))
    .set("i", Infinity)
    .set("nan", NaN);
  const errors: unknown[] = [];
  const back = LRUCache.from(JSON.parse(JSON.stringify(c.snapshot())), {
    max: 20,
    onError: (e) => errors.push(e),
  });
  expect([back.size, errors.length]).toEqual([5, 1]);
});

it("the refreshAfter of an entry survives JSON, also 0 and Infinity", async () => {
  for (const own of [0, Infinity, 3]) {
    const c = new LRUCache<string, number>({
      max: 2,
      ttl: 1000,
      refreshAfter: 5,
      load: (_k, x) => {
        x.refreshAfter = own;
        return 1;
      },
    });
    await c.getOrLoad("a");
    const s = JSON.parse(JSON.stringify(c.snapshot()));
    const b = LRUCache.from<string, number>(s, { max: 2, ttl: 1000, refreshAfter: 5 });
    expect(b.snapshot().entries[0]!.refreshAfter).toBe(own);
  }
});

it("entries with null or wrong types in optional fields are omitted and reported", () => {
  const errors: unknown[] = [];
  const b = LRUCache.from<string, number>(
    {
      version: 1,
      entries: [
        { key: "a", value: 1, expiresAt: null, writtenAt: null, weight: null, tags: null } as never,
        { key: "b", value: 1, refreshAfter: "x" } as never,
        { key: "c", value: 1, expiresAt: Infinity } as never,
        { key: "d", value: 1, tags: "abc" } as never,
        { key: "e", value: 1, unknown: 5 } as never,
        null as never,
        5 as never,
        [] as never,
      ],
    },
    { max: 9, onError: (e) => errors.push(e) },
  );
  expect([...b.keys()]).toEqual(["e"]);
  expect((errors[0] as Error).message).toMatch(/7 of 8/);
});
