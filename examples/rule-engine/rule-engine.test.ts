import { join } from "node:path";
import { assertNoGrowth } from "@heapwise/leaks";
import { expect, it, onTestFinished } from "vitest";
import { Load } from "../load.ts";
import { RuleEngine, RuleStoppedError } from "./rule-engine.ts";

const PATIENT = { timeout: 60_000 };

function createEngine(): RuleEngine {
  const engine = new RuleEngine(join(import.meta.dirname, "rules"));
  onTestFinished(() => engine[Symbol.asyncDispose]());
  return engine;
}

/** The error of a rule that must be stopped. */
async function stopped(engine: RuleEngine, rule: string, timeout: number): Promise<Error> {
  const error: unknown = await engine
    .decide(rule, {}, { timeout })
    .catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(RuleStoppedError);
  return error as Error;
}

it("rules that loop forever, allocate without end or exit are stopped, and the others go on", async () => {
  const engine = createEngine();
  const load = new Load(4, async (n) => {
    expect(await engine.decide("discount", { total: 100 + n }, PATIENT)).toEqual({
      discount: (100 + n) / 10,
    });
  });
  await load.moreServed(4);
  for (let round = 0; round < 2; round++) {
    expect((await stopped(engine, "endless", 50)).message).toBe("Rule endless has run for 50 ms");
    const greedy = await stopped(engine, "greedy", 60_000);
    expect(greedy.cause).toMatchObject({ cause: { code: "ERR_WORKER_OUT_OF_MEMORY" } });
    const quitter = await stopped(engine, "quitter", 60_000);
    expect(String(quitter.cause)).toContain("exit code 1");
    await load.moreServed(4);
  }
  await load.stop();
  expect(load.failures).toEqual([]);
  expect(engine.host.modules().map(({ name }) => name)).toEqual(["discount.mjs"]);
});

it("stopped rules leave nothing in memory", async () => {
  const engine = createEngine();
  await assertNoGrowth(
    async () => {
      await stopped(engine, "endless", 1);
      await stopped(engine, "quitter", 60_000);
      await engine.decide("discount", { total: 1 }, PATIENT);
    },
    { iterations: 3 },
  );
});
