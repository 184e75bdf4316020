import { announceSeed } from "@heapwise/testkit/vitest";
import { it } from "vitest";
import { ConservationWalk } from "./model/conservation-walk.ts";

it("A WeakCache disposes once of every value that has left, whatever its callbacks do", async () => {
  const seed = announceSeed();
  const runs = 60 * Number(process.env["HEAPWISE_RUNS"] ?? 1);
  const nextTurn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));
  for (let run = 0; run < runs; run++) {
    try {
      await new ConservationWalk(seed + run, nextTurn).run(120);
    } catch (error) {
      throw new Error(`Walk ${seed + run}: HEAPWISE_SEED=${seed + run} begins with it`, {
        cause: error,
      });
    }
  }
});
