import { LRUCache } from "@heapwise/lru";

const huge = "x".repeat(4e8);
const kind = process.argv[2];
const cache = new LRUCache<unknown, unknown>({
  maxBytes: "1mb",
  ...(kind === "deep" && { detachTexts: "deep", detachBuffers: true }),
});
if (kind === "key") cache.set(huge, 1).set(["key", huge], 1);
else if (kind === "tags") cache.set("k", huge, { tags: ["a"] });
else cache.set("k", kind === "value" ? huge : { list: [1, { huge }] });
console.log(cache.size, cache.bytes());
