import { expect, test } from "vitest";
import { experiments } from "./experiments.ts";

// The counts are small here: `npm run test:modules-unload` has the full ones, on all Nodes.

for (const { name, counts, run } of experiments) {
  test(name, async () => {
    const { holds, text } = await run(counts.short);
    expect(holds, text).toBe(true);
  });
}
