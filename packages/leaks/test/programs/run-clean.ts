import { describe, expect, it } from "vitest";
import { assertCollected, assertNoGrowth } from "../../src/index.ts";
import { Dropped, type Clean } from "./clean/clean.ts";
import { LIMIT, REPEATS } from "./repeats.ts";

/** Tests that programs which keep nothing raise no alarm. */
export function testClean(themes: Readonly<Record<string, readonly Clean[]>>): void {
  const programs = Object.entries(themes).flatMap(([theme, ofTheme]) =>
    ofTheme.map((program) => ({ ...program, theme })),
  );
  describe("no alarm", () => {
    const limit = { timeout: LIMIT };

    const title = "by $theme, $name: the object is collected";
    it.for(programs)(title, limit, async ({ use }, { task }) => {
      const make = async (): Promise<object> => {
        const dropped = new Dropped();
        await use(dropped);
        return dropped;
      };
      const alarms = await repeat(() => assertCollected(make));
      Object.assign(task.meta, { runs: REPEATS, wrong: alarms.length });
      expect(alarms).toEqual([]);
    });

    const steady = programs.filter((program) => program.steady);
    // All of them in one series, because each count of a series costs a query of the whole heap.
    it(`no class grows in ${steady.length} programs`, limit, async ({ task }) => {
      const run = async (): Promise<void> => {
        for (const { use } of steady) await use(new Dropped());
      };
      const alarms = await repeat(() => assertNoGrowth(run));
      Object.assign(task.meta, { runs: REPEATS * steady.length, wrong: alarms.length });
      expect(alarms).toEqual([]);
    });
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
