import { LRUCache } from "@heapwise/lru";
import { expect, test } from "vitest";

for (const how of ["deleteByTag", "deleteWhere"] as const) {
  test(`${how} in a listener, while a bulk load is settled, counts for its later keys`, async () => {
    const cache: LRUCache<string, number> = new LRUCache<string, number>({
      max: 9,
      onRemoval: (_key, _value, cause) => {
        if (cause === "replaced")
          cache[how](...([how === "deleteByTag" ? "t" : () => true] as never[] as [never]));
      },
      loadMany: async (keys, context) => {
        context.tags = ["t"];
        return keys.map((key) => [key, 2] as const);
      },
    });
    cache.set("a", 1);
    await Promise.all([cache.refresh("a"), cache.getOrLoad("b")]);
    expect(cache.has("b")).toBe(false);
  });
}
