import { ResourcePool, type Lease } from "@heapwise/pool";
import { FakeClock } from "@heapwise/testkit";
import { announceSeed, replayCommand } from "@heapwise/testkit/vitest";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { settled, type Thing } from "./pool-fixture.ts";

/** A simple model of a pool without callbacks. */
class PoolModel {
  idle: number[] = [];
  leased: number[] = [];
  waiting: number[] = [];
  /** The result of each call of acquire. */
  readonly answers = new Map<number, number | "aborted" | "failed">();
  creating = 0;
  max: number;
  isSuspended = false;
  failuresInARow = 0;

  constructor(max: number) {
    this.max = max;
  }

  get total(): number {
    return this.idle.length + this.leased.length + this.creating;
  }

  acquire(call: number): void {
    this.waiting.push(call);
    this.pump();
  }

  /** Serves the oldest waiter with the last returned resource, and creates for the others. */
  pump(): void {
    if (this.isSuspended) return;
    while (this.waiting.length > 0 && this.idle.length > 0) {
      const id = this.idle.pop()!;
      this.answers.set(this.waiting.shift()!, id);
      this.leased.push(id);
    }
    while (this.creating < this.waiting.length && this.total < this.max) this.creating++;
  }

  arrive(id: number): void {
    if (this.total <= this.max) this.idle.push(id);
    this.pump();
  }
}

type Step =
  | { readonly do: "acquire" | "suspend" | "resume" | "evict" | "try" }
  | {
      readonly do: "release" | "destroy" | "abort" | "finish" | "fail" | "resize";
      readonly n: number;
    };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.constant<Step>({ do: "acquire" }) },
  { weight: 2, arbitrary: fc.constant<Step>({ do: "try" }) },
  ...(["suspend", "resume", "evict"] as const).map((name) => ({
    weight: 1,
    arbitrary: fc.constant<Step>({ do: name }),
  })),
  ...([6, 1, 2, 6, 1, 1] as const).map((weight, i) => ({
    weight,
    arbitrary: fc.nat(9).map((n): Step => ({
      do: (["release", "destroy", "abort", "finish", "fail", "resize"] as const)[i]!,
      n,
    })),
  })),
);

async function follow(max: number, steps: readonly Step[]): Promise<void> {
  const model = new PoolModel(max);
  const pending: { resolve: (thing: Thing) => void; reject: (error: Error) => void }[] = [];
  const leases = new Map<number, Lease<Thing>>();
  const answers = new Map<number, number | "aborted" | "failed">();
  const aborts = new Map<number, AbortController>();
  let [calls, made] = [0, 0];
  const destroyed: number[] = [];
  const pool = new ResourcePool<Thing>({
    create: () => new Promise<Thing>((resolve, reject) => pending.push({ resolve, reject })),
    destroy: ({ id }) => void destroyed.push(id),
    max,
    clock: new FakeClock(),
  });
  const take = (lease: Lease<Thing>): void => {
    expect(leases.has(lease.value.id)).toBe(false);
    leases.set(lease.value.id, lease);
  };
  const give = (n: number, how: "release" | "destroy"): void => {
    const id = model.leased[n % Math.max(1, model.leased.length)];
    if (id === undefined) return;
    model.leased = model.leased.filter((other) => other !== id);
    const lease = leases.get(id)!;
    leases.delete(id);
    lease[how]();
    if (how === "release") model.arrive(id);
    else model.pump();
  };
  const perform: Record<Step["do"], (n: number) => void> = {
    acquire: () => {
      const call = calls++;
      const controller = new AbortController();
      aborts.set(call, controller);
      pool.acquire({ signal: controller.signal }).then(
        (lease) => {
          take(lease);
          answers.set(call, lease.value.id);
        },
        (error: unknown) => answers.set(call, error === "stop" ? "aborted" : "failed"),
      );
      model.acquire(call);
    },
    try: () => {
      const lease = pool.tryAcquire();
      const id = model.isSuspended || model.waiting.length > 0 ? undefined : model.idle.pop();
      expect(lease?.value.id).toBe(id);
      if (lease !== undefined) {
        take(lease);
        model.leased.push(lease.value.id);
      }
    },
    suspend: () => {
      pool.suspend();
      model.isSuspended = true;
    },
    resume: () => {
      pool.resume();
      model.isSuspended = false;
      model.pump();
    },
    evict: () => {
      expect(pool.evictIdle()).toBe(model.idle.length);
      model.idle = [];
      model.pump();
    },
    resize: (n) => {
      const to = 1 + (n % 5);
      pool.resize({ max: to });
      model.max = to;
      while (model.total > to && model.idle.length > 0) model.idle.shift();
      model.pump();
    },
    release: (n) => give(n, "release"),
    destroy: (n) => give(n, "destroy"),
    abort: (n) => {
      const call = model.waiting[n % Math.max(1, model.waiting.length)];
      if (call === undefined) return;
      model.waiting = model.waiting.filter((other) => other !== call);
      model.answers.set(call, "aborted");
      aborts.get(call)!.abort("stop");
    },
    finish: (n) => {
      const [one] = pending.splice(n % Math.max(1, pending.length), 1);
      if (one === undefined) return;
      const id = ++made;
      one.resolve({ id });
      model.failuresInARow = 0;
      model.creating--;
      model.idle.push(id);
      if (model.total > model.max) model.idle.pop();
      model.pump();
    },
    fail: (n) => {
      // After several failures in a row the pool waits for a moment.
      if (model.failuresInARow >= 5) return;
      const [one] = pending.splice(n % Math.max(1, pending.length), 1);
      if (one === undefined) return;
      one.reject(new Error("no"));
      model.failuresInARow++;
      model.creating--;
      const call = model.waiting.shift();
      if (call !== undefined) model.answers.set(call, "failed");
      model.pump();
    },
  };
  for (const each of steps) {
    perform[each.do]("n" in each ? each.n : 0);
    await settled();
    expect(answers).toEqual(model.answers);
    expect(new Set(leases.keys())).toEqual(new Set(model.leased));
    expect(new Set(pool.holders().map(({ value }) => value.id))).toEqual(new Set(model.leased));
    expect(pool.stats()).toMatchObject({
      total: model.total,
      idle: model.idle.length,
      leased: model.leased.length,
      creating: model.creating,
      waiting: model.waiting.length,
    });
    expect(pending.length).toBe(model.creating);
    expect(destroyed.length).toBe(made - model.idle.length - model.leased.length);
    expect(new Set(destroyed).size).toBe(destroyed.length);
  }
}

describe("A resource pool", () => {
  it("agrees with the model", async () => {
    const seed = announceSeed();
    const property = fc.asyncProperty(
      fc.integer({ min: 1, max: 4 }),
      fc.array(step, { maxLength: 60 }),
      follow,
    );
    const outcome = await fc.check(property, { seed, numRuns: 250 });
    if (outcome.failed) {
      throw new Error(`${fc.defaultReportMessage(outcome)}\nReplay: ${replayCommand()}`, {
        cause: outcome.errorInstance,
      });
    }
    expect(outcome.numRuns).toBe(250);
  });
});
