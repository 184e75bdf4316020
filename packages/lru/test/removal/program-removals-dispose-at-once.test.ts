import { LRUCache } from "@heapwise/lru";
import { expect, test } from "vitest";

for (const how of ["clear", "dispose", "deleteMany", "deleteWhere", "deleteByTag"] as const) {
  test(`${how} disposes at once of an object under two keys that was handed out in this turn`, async () => {
    const closed: unknown[] = [];
    const cache = new LRUCache<string, object>({
      max: 9,
      dispose: (value) => closed.push(value),
      load: () => ({}),
    });
    const one = {};
    cache.set("a", one, { tags: ["t"] }).set("b", one, { tags: ["t"] });
    void cache.getOrLoad("a");
    if (how === "clear") cache.clear();
    else if (how === "dispose") cache[Symbol.dispose]();
    else if (how === "deleteMany") cache.deleteMany(["a", "b"]);
    else if (how === "deleteWhere") cache.deleteWhere(() => true);
    else cache.deleteByTag("t");
    expect(closed).toEqual([one]);
  });
}
