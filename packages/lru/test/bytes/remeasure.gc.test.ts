import { gcUntil, runProgram } from "@heapwise/testkit";
import { expect, test } from "vitest";
import { LRUCache } from "../../src/index.ts";

test("a cache that sizes its entries again is collected if nothing holds it", async () => {
  const held = (() => {
    const cache = new LRUCache<string, object>({ maxBytes: "1mb", remeasure: { ms: 5 } });
    cache.set("a", { list: [1] });
    return new WeakRef(cache);
  })();
  await gcUntil(() => held.deref() === undefined);
  expect(held.deref()).toBeUndefined();
});

test("it keeps no process alive, also in the middle of a round", async () => {
  const program = new URL("programs/remeasured.ts", import.meta.url);
  const { code, stdout, stderr } = await runProgram(program);
  expect({ code, stdout: stdout.trim(), stderr }).toEqual({ code: 0, stdout: "end", stderr: "" });
});
