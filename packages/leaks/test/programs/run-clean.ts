import { describe, expect, it } from "vitest";
import { assertCollected, assertNoGrowth } from "../../src/index.ts";
import { Dropped, type Clean } from "./clean/clean.ts";
import { REPEATS } from "./repeats.ts";

/** Tests that a program which keeps nothing raises no alarm. */
export function testClean(theme: string, programs: readonly Clean[]): void {
  describe(`no alarm by ${theme}`, () => {
    it.each(programs)("$name: the object is collected", async ({ use }, context) => {
      const alarms = await repeat(() =>
        assertCollected(async () => {
          const dropped = new Dropped();
          await use(dropped);
          return dropped;
        }),
      );
      Object.assign(context.task.meta, { runs: REPEATS, wrong: alarms.length });
      expect(alarms).toEqual([]);
    });

    it.each(programs.filter(({ steady }) => steady))(
      "$name: no class grows",
      async ({ use }, context) => {
        const alarms = await repeat(() => assertNoGrowth(() => use(new Dropped())));
        Object.assign(context.task.meta, { runs: REPEATS, wrong: alarms.length });
        expect(alarms).toEqual([]);
      },
    );
  });
}

/** Runs an assertion several times. Returns the messages of those that failed. */
async function repeat(assertion: () => Promise<unknown>): Promise<string[]> {
  const alarms: string[] = [];
  for (let i = 0; i < REPEATS; i++) {
    try {
      await assertion();
    } catch (error) {
      alarms.push(error instanceof Error ? error.message : String(error));
    }
  }
  return alarms;
}
