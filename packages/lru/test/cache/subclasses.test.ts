import { LRUCache } from "@heapwise/lru";
import { LRUCache as CoreCache } from "@heapwise/lru/core";
import { describe, expect, it } from "vitest";

describe.each([
  ["LRUCache", LRUCache],
  ["the core cache", CoreCache as unknown as typeof LRUCache],
])("A subclass of %s", (_, Cache) => {
  it("may have a field of its own with the name table", () => {
    class Routes extends Cache<string, number> {
      table = "routes";
    }
    const routes = new Routes({ max: 2 });

    routes.setMany(new Map([["a", 1]]));
    routes.update("b", () => 2);

    expect(routes.table).toBe("routes");
    expect([...routes.keys()]).toEqual(["b", "a"]);
  });
});
