import { ResourcePool } from "@heapwise/pool";
import { announceSeed, replayCommand } from "@heapwise/testkit/vitest";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Thing } from "./pool-fixture.ts";

/** One call of a client: its begin and its end, as places in the history, and its result. */
interface Call {
  readonly client: number;
  readonly kind: "acquire" | "release";
  readonly begin: number;
  end: number;
  id: number;
}

/**
 * Whether the calls could have happened one after the other, each at some moment between its begin
 * and its end, in a pool that lends each thing to one holder and at most `max` things (Wing and
 * Gong, 1993: a search over all orders that respect the history).
 */
function isLinearizable(history: readonly Call[], max: number): boolean {
  const seen = new Set<string>();
  const search = (left: readonly Call[], held: ReadonlyMap<number, number>): boolean => {
    if (left.length === 0) return true;
    const state = `${left.map(({ begin }) => begin).join()}|${[...held].join(";")}`;
    if (seen.has(state)) return false;
    seen.add(state);
    const firstEnd = Math.min(...left.map(({ end }) => end));
    return left.some((call) => {
      // A call that began after the end of another call cannot come before it.
      if (call.begin > firstEnd) return false;
      const isFree = !held.has(call.id) && held.size < max;
      const isMine = held.get(call.id) === call.client;
      if (call.kind === "acquire" ? !isFree : !isMine) return false;
      const next = new Map(held);
      if (call.kind === "acquire") next.set(call.id, call.client);
      else next.delete(call.id);
      return search(
        left.filter((other) => other !== call),
        next,
      );
    });
  };
  return search(history, new Map());
}

const HOWS = ["release", "destroy"] as const;

async function record(
  scheduler: fc.Scheduler,
  max: number,
  plans: readonly (readonly (typeof HOWS)[number][])[],
): Promise<{ history: Call[]; served: number[] }> {
  const history: Call[] = [];
  const served: number[] = [];
  let [clock, ids, order] = [0, 0, 0];
  const pool = new ResourcePool<Thing>({
    create: () => scheduler.schedule(Promise.resolve({ id: ++ids }), "create"),
    validate: () => scheduler.schedule(Promise.resolve(true), "validate"),
    reset: () => scheduler.schedule(Promise.resolve(), "reset"),
    validateAfter: 0,
    max,
    acquireTimeout: Infinity,
    createTimeout: Infinity,
    validateTimeout: Infinity,
    resetTimeout: Infinity,
    idleTimeout: Infinity,
  });
  const client = async (me: number, plan: readonly (typeof HOWS)[number][]): Promise<void> => {
    for (const how of plan) {
      await scheduler.schedule(Promise.resolve(), `client ${me}`);
      const turn = order++;
      const call: Call = { client: me, kind: "acquire", begin: clock++, end: Infinity, id: 0 };
      history.push(call);
      const hold = async ({ id }: Thing): Promise<void> => {
        call.id = id;
        call.end = clock++;
        served.push(turn);
        await scheduler.schedule(Promise.resolve(), `client ${me} works`);
      };
      const giveBack = (run: () => void): void => {
        const ending: Call = { client: me, kind: "release", begin: clock++, end: 0, id: call.id };
        history.push(ending);
        run();
        ending.end = clock++;
      };
      const lease = await pool.acquire();
      await hold(lease.value);
      giveBack(() => (how === "destroy" ? lease.destroy() : lease.release()));
    }
  };
  const clients = Promise.all(plans.map((plan, me) => client(me, plan)));
  await scheduler.waitFor(clients);
  return { history, served };
}

describe("Histories of a resource pool", () => {
  it("are linearizable in any order of callbacks and clients, and equal calls are served in order", async () => {
    const seed = announceSeed();
    const property = fc.asyncProperty(
      fc.scheduler(),
      fc.integer({ min: 1, max: 3 }),
      fc.array(fc.array(fc.constantFrom(...HOWS), { minLength: 1, maxLength: 3 }), {
        minLength: 2,
        maxLength: 4,
      }),
      async (scheduler, max, plans) => {
        const { history, served } = await record(scheduler, max, plans);
        expect(isLinearizable(history, max)).toBe(true);
        expect(served).toEqual([...served].sort((a, b) => a - b));
      },
    );
    const outcome = await fc.check(property, { seed, numRuns: 300 });
    if (outcome.failed) {
      throw new Error(`${fc.defaultReportMessage(outcome)}\nReplay: ${replayCommand()}`, {
        cause: outcome.errorInstance,
      });
    }
    expect(outcome.numRuns).toBe(300);
  });

  it("are refused if a thing had two holders, or if more than max were lent", () => {
    const call = (client: number, kind: Call["kind"], id: number, begin: number): Call => ({
      client,
      kind,
      id,
      begin,
      end: begin + 1,
    });
    const twice = [call(0, "acquire", 1, 0), call(1, "acquire", 1, 2), call(0, "release", 1, 4)];
    expect(isLinearizable(twice, 2)).toBe(false);
    const many = [call(0, "acquire", 1, 0), call(1, "acquire", 2, 2)];
    expect(isLinearizable(many, 1)).toBe(false);
    expect(isLinearizable(many, 2)).toBe(true);
    // Calls that overlap may have happened in the other order.
    const overlapping: Call[] = [
      { client: 1, kind: "acquire", id: 1, begin: 2, end: 5 },
      call(0, "acquire", 1, 0),
      { client: 0, kind: "release", id: 1, begin: 3, end: 4 },
    ];
    expect(isLinearizable(overlapping, 1)).toBe(true);
  });
});
