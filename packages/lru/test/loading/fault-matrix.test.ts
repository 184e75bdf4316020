import { getEventListeners } from "node:events";
import { LRUCache, type LoadContext, type RemovalCause } from "@heapwise/lru";
import { describe, expect, it } from "vitest";
import { createDeferred, outcomeOf, settled } from "./deferred.ts";

const ENDS = ["ok", "reject", "throw", "slow", "never", "undefined"] as const;
const ABORTS = ["no signal", "before", "during", "after"] as const;
const CHANGES = ["no change", "set", "delete", "clear", "evict"] as const;
const COMPANY = ["alone", "with another caller"] as const;

type End = (typeof ENDS)[number];
type Change = (typeof CHANGES)[number];

const loadError = new Error("the loader failed");
const reason = new Error("the caller left");
const RESULTS: Readonly<Record<End, unknown>> = {
  ok: { value: "loaded" },
  slow: { value: "loaded" },
  undefined: { value: undefined },
  reject: { error: loadError },
  throw: { error: loadError },
  never: "pending",
};

function createLoader(end: End, slow: Promise<string>, contexts: LoadContext<unknown>[]) {
  return (_key: string, context: LoadContext<unknown>): Promise<string> => {
    contexts.push(context);
    if (end === "throw") throw loadError;
    if (end === "reject") return Promise.reject(loadError);
    if (end === "never") return new Promise(() => {});
    if (end === "slow") return slow;
    return Promise.resolve((end === "ok" ? "loaded" : undefined) as string);
  };
}

function change(cache: LRUCache<string, string>, kind: Change): void {
  if (kind === "set" || kind === "evict") cache.set("k", "newer");
  if (kind === "evict") cache.evict();
  if (kind === "delete") cache.delete("k");
  if (kind === "clear") cache.clear();
}

describe.each(COMPANY)("A caller %s", (company) => {
  describe.each(ENDS)("of a loader that ends in %s", (end) => {
    describe.each(ABORTS)("and abort: %s", (abort) => {
      it.each(CHANGES)("and during the load: %s", async (kind) => {
        const log: [string, string, RemovalCause][] = [];
        const cache = new LRUCache<string, string>({
          max: 3,
          onRemoval: (...removal) => log.push(removal),
        });
        const contexts: LoadContext<unknown>[] = [];
        const slow = createDeferred<string>();
        const controller = new AbortController();
        const { signal } = controller;
        const load = createLoader(end, slow.promise, contexts);
        const isAlone = company === "alone";
        const other = isAlone ? undefined : cache.getOrLoad("k", load);
        if (abort === "before") controller.abort(reason);

        const first = cache.getOrLoad("k", load, abort === "no signal" ? undefined : { signal });
        const outcomes = [outcomeOf(first), other && outcomeOf(other)];
        // A load that throws at once is over before any other event.
        const isOver = end === "throw";
        change(cache, kind);
        if (abort === "during") controller.abort(reason);
        const isAbandoned = isAlone && abort === "during" && !isOver;
        expect(contexts[0]?.signal.aborted ?? false).toBe(isAbandoned);
        slow.resolve("loaded");
        await settled();
        const [outcome, otherOutcome] = await Promise.all(outcomes);
        if (abort === "after") controller.abort(reason);
        await settled();

        const hasLeft = abort === "before" || (abort === "during" && !isOver);
        expect(outcome).toEqual(hasLeft ? { error: reason } : RESULTS[end]);
        if (abort === "after" && end === "never") {
          expect(await outcomeOf(first)).toEqual({ error: reason });
        }
        if (!isAlone) expect(otherOutcome).toEqual(RESULTS[end]);

        const isLoaded = abort !== "before" || !isAlone;
        const isStored =
          kind === "no change" && isLoaded && !isAbandoned && (end === "ok" || end === "slow");
        const held = kind === "set" ? [["k", "newer"]] : isStored ? [["k", "loaded"]] : [];
        expect([...cache]).toEqual(held);
        expect(cache.size).toBe(held.length);
        expect(log).toEqual(kind === "evict" ? [["k", "newer", "evicted"]] : []);

        // A loader that threw for one caller is called again for the next.
        const calls = isLoaded ? (isOver && !isAlone && abort !== "before" ? 2 : 1) : 0;
        expect(contexts).toHaveLength(calls);
        const isWanted = end === "never" && (!isAlone || abort === "no signal");
        expect(cache.stats().loads).toBe(calls);
        expect(cache.stats().loadFailures).toBe(
          (end === "reject" && isLoaded && !isAbandoned) || isOver ? calls : 0,
        );
        expect(cache.stats().inFlight).toBe(isWanted && kind === "no change" ? 1 : 0);
        expect(getEventListeners(signal, "abort")).toEqual([]);
      });
    });
  });
});
