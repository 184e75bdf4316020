import { beforeAll, describe, expect, test } from "vitest";
import { freeingWays } from "./freeing-ways.ts";
import { holdingWays } from "./holding-ways.ts";
import type { WayOutcome, WaysSettings } from "./programs/ways.ts";
import { runProof } from "./run-proof.ts";
import { keptLine } from "./way.ts";

// One process for each choice of globals tries all ways; each test looks at one of them.

for (const globals of ["shared", "scoped"] as const) {
  describe(`with globals: "${globals}"`, () => {
    let outcomes: Readonly<Record<string, WayOutcome>> = {};
    beforeAll(async () => {
      const settings: WaysSettings = { globals };
      outcomes = await runProof<typeof outcomes>("ways", { settings });
    }, 480_000);

    for (const way of holdingWays) {
      const isHeld = globals === "shared" || !way.endsWithScope;
      if (!isHeld) {
        test(`${way.name} ends with the scope, and is reported`, () => {
          const { reclaimed, isPayloadAlive, leftBehind, paths } = outcomes[way.name]!;
          expect({ reclaimed, isPayloadAlive, paths }).toEqual({
            reclaimed: "plainly",
            isPayloadAlive: false,
            paths: [],
          });
          expect(leftBehind).toMatchObject([{ kind: way.leftBehind, ended: true, count: 1 }]);
        });
        continue;
      }
      test(`${way.name} holds the module, and a path names the root and the line`, () => {
        const { reclaimed, isPayloadAlive, paths } = outcomes[way.name]!;
        expect({ reclaimed, isPayloadAlive }).toEqual({ reclaimed: false, isPayloadAlive: true });
        const texts = paths.map(({ text }) => text).join("\n");
        expect(way.roots, texts).toContain(paths[0]?.root);
        expect(paths[0]!.lines, texts).toContain(keptLine(way.text));
      });
      test(`the module is found to be gone once ${way.name} lets go`, () => {
        expect(outcomes[way.name]!.zombies).toBe(0);
      });
    }

    for (const { name } of freeingWays) {
      test(`${name} lets the module be collected`, () => {
        expect(outcomes[name]).toMatchObject({
          reclaimed: "plainly",
          isPayloadAlive: false,
          paths: [],
          zombies: 0,
        });
      });
    }
  });
}

test("the lists have the rows of the experiment", () => {
  // Two more for `unref`, one more for classes and for bound functions, and a second target.
  expect(holdingWays).toHaveLength(17 + 4);
  expect(freeingWays).toHaveLength(8);
});
