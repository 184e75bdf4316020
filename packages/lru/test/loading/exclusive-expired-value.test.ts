import { LRUCache } from "@heapwise/lru";
import { expect, test } from "vitest";

test("an exclusive cache disposes of an expired value before it loads the key again", async () => {
  let time = 0;
  const events: string[] = [];
  const cache = new LRUCache<string, object>({
    max: 9,
    ttl: 10,
    exclusive: true,
    clock: { now: () => time },
    load: async (key) => {
      events.push("open");
      return { key };
    },
    dispose: () => void events.push("close"),
  });
  await cache.getOrLoad("a");
  time = 10;
  await cache.getOrLoad("a");
  time = 20;
  await cache.getOrLoadMany(["a"]);
  expect(events).toEqual(["open", "close", "open", "close", "open"]);
});
