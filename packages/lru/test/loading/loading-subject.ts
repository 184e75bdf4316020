import { getEventListeners } from "node:events";
import { LoadTimeoutError, LRUCache, type RemovalCause } from "@heapwise/lru";
import { FakeClock } from "@heapwise/testkit";
import { expect } from "vitest";
import { createDeferred, settled, type Deferred } from "./deferred.ts";
import type { LoadEnd, LoadingModel, LoadingTimes, Outcome } from "./loading-model.ts";

/** An event of a cache that loads. A number selects a load or a caller. */
export type Step =
  | { readonly kind: "load" | "set" | "delete"; readonly key: string }
  | { readonly kind: "clear" }
  | { readonly kind: "abort" | "settle"; readonly pick: number; readonly end: LoadEnd }
  | { readonly kind: "advance"; readonly ms: number };

/** The cache, with everything that a program can observe of it. */
export class LoadingSubject {
  readonly clock = new FakeClock();
  readonly loads: (Deferred<string> & { key: string; signal: AbortSignal })[] = [];
  readonly controllers: AbortController[] = [];
  readonly outcomes: Outcome[] = [];
  readonly removals: [string, string | undefined, RemovalCause][] = [];
  readonly cache: LRUCache<string, string | undefined>;

  constructor(chosen: LoadingTimes) {
    this.cache = new LRUCache<string, string | undefined>({
      max: 100,
      ...chosen,
      clock: this.clock,
      onError: () => {},
      onRemoval: (...removal) => this.removals.push(removal),
      load: (wanted, { signal }) => {
        const load = { ...createDeferred<string>(), key: wanted, signal };
        this.loads.push(load);
        return load.promise;
      },
    });
  }

  getOrLoad(wanted: string): void {
    const controller = new AbortController();
    this.controllers.push(controller);
    const caller = this.outcomes.push("pending") - 1;
    // Each third caller cannot leave, and shares the promise of its load.
    const options = caller % 3 === 0 ? undefined : { signal: controller.signal };
    this.cache.getOrLoad(wanted, undefined, options).then(
      (value) => (this.outcomes[caller] = { value }),
      (error: unknown) => {
        this.outcomes[caller] = { error: error instanceof LoadTimeoutError ? "timeout" : error };
      },
    );
  }

  settle(at: number, how: LoadEnd): void {
    const load = this.loads[at];
    if ("value" in how) load?.resolve(how.value as string);
    else load?.reject(how.error);
  }
}

/** Does the same with both. */
export async function applyStep(
  step: Step,
  model: LoadingModel,
  subject: LoadingSubject,
): Promise<void> {
  const { cache, clock } = subject;
  if (step.kind === "load") {
    model.getOrLoad(step.key);
    subject.getOrLoad(step.key);
  } else if (step.kind === "set") {
    const value = `set ${model.outcomes.length} ${model.now}`;
    model.set(step.key, value);
    cache.set(step.key, value);
  } else if (step.kind === "delete") {
    model.delete(step.key);
    cache.delete(step.key);
  } else if (step.kind === "clear") {
    model.clear();
    cache.clear();
  } else if (step.kind === "abort" && model.outcomes.length > 0) {
    const caller = step.pick % model.outcomes.length;
    if (caller % 3 === 0) return;
    model.abort(caller, "aborted");
    subject.controllers[caller]!.abort("aborted");
  } else if (step.kind === "settle" && model.loads.length > 0) {
    const running = model.loads.flatMap(({ state }, at) => (state === "running" ? [at] : []));
    // Sometimes a load that is over, too.
    const some = running.length > 0 && step.pick % 5 > 0 ? running : [...model.loads.keys()];
    const at = some[step.pick % some.length]!;
    model.settle(at, step.end);
    subject.settle(at, step.end);
  } else if (step.kind === "advance") {
    model.advance(step.ms);
    clock.advance(step.ms);
    cache.expireNow();
  }
  await settled();
}

/** Fails unless everything that a program can observe of the cache is as the model says. */
export function compareLoading(model: LoadingModel, subject: LoadingSubject): void {
  const { cache } = subject;
  expect(subject.loads.map((load) => load.key)).toEqual(model.loads.map((load) => load.key));
  expect(subject.outcomes).toEqual(model.outcomes);
  expect(new Map(cache)).toEqual(model.content);
  expect(cache.size).toBe(model.content.size);
  expect(cache.weight).toBe(model.content.size);
  expect(cache.stats().stale).toBe(model.entries.size - model.content.size);
  expect(cache.stats().inFlight).toBe(model.flying.length);
  const inOrder = (removals: typeof subject.removals): string[] =>
    removals.map((removal) => JSON.stringify(removal)).sort();
  expect(inOrder(subject.removals)).toEqual(inOrder(model.removals));
  model.loads.forEach(({ state }, at) => {
    const { signal } = subject.loads[at]!;
    if (state === "aborted") expect(signal.aborted).toBe(true);
    if (state === "running") expect(signal.aborted).toBe(false);
  });
  subject.outcomes.forEach((outcome, caller) => {
    const listeners = getEventListeners(subject.controllers[caller]!.signal, "abort").length;
    expect(listeners).toBe(outcome === "pending" && caller % 3 !== 0 ? 1 : 0);
  });
}
