import { describe, expect, test } from "vitest";
import { openOwnTraces } from "./own-traces.ts";
import { useTraceFolder } from "./trace-folder.ts";

const folder = useTraceFolder();

/** Sizes by trace, and the notes that mention sizes. */
async function open(capacities: readonly number[], ...keys: readonly number[]) {
  const traceFiles = keys.map((count) => {
    const lines = Array.from({ length: 2 * count }, (_, i) => `key ${i % count}\n`);
    return folder.write(`of-${count}.txt`, lines.join(""));
  });
  const own = await openOwnTraces({ traceFiles, capacities, full: false }, () => undefined);
  await own.dispose();
  const sizes = own.traces.map(({ spooled, capacities: all }) => [spooled.name, all]);
  const notes = own.notes.filter((note) => note.includes("entries"));
  return { sizes: Object.fromEntries(sizes) as Record<string, number[]>, notes };
}

describe("sizes above the keys of a trace", () => {
  test("are reported for that trace, which is measured with all its keys, and the others run", async () => {
    expect(await open([2, 10, 50, 200], 100, 20, 5)).toEqual({
      sizes: { "of-100": [2, 10, 50, 100], "of-20": [2, 10, 20], "of-5": [2, 5] },
      notes: [
        "of-100: measured with 100 entries instead of 200 (--capacities): it has 100 different keys, so that more entries add no hits",
        "of-20: measured with 20 entries instead of 50 and 200 (--capacities): it has 20 different keys, so that more entries add no hits",
        "of-5: measured with 5 entries instead of 10, 50, and 200 (--capacities): it has 5 different keys, so that more entries add no hits",
      ],
    });
    expect((await open([50], 100, 20)).sizes).toEqual({ "of-100": [50], "of-20": [20] });
    expect(await open([10, 20], 100, 20)).toEqual({
      sizes: { "of-100": [10, 20], "of-20": [10, 20] },
      notes: [],
    });
  });

  test("are an error for the only trace, and if they are above the keys of all traces", async () => {
    await expect(open([2, 4], 3)).rejects.toThrow(
      "Cannot measure of-3 with 4 entries (--capacities): it has 3 different keys, expected at most 3 entries, which hold all of them",
    );
    await expect(open([200, 400], 100, 20)).rejects.toThrow(
      "Cannot measure any of the 2 traces with 200 entries (--capacities): they have at most 100 different keys, expected at most 100 entries, which hold all of them",
    );
  });
});
