import { BASELINE } from "../adapters/catalogue.ts";
import { formatEntries } from "../rendering/format.ts";
import type { Cell, PictureSource, Step } from "../suite.ts";
import type { MemoryAnswer, MemoryTask } from "./measure-memory.ts";

const ENTRIES = 1_000_000;

/** Bytes per entry of all caches, with the keys that most programs have. */
export const pictureOfMemory: PictureSource<MemoryTask, MemoryAnswer> = {
  plan: ({ ours, rivals }): Step<MemoryTask>[] =>
    [...ours, BASELINE, ...rivals].map((arm) => ({
      label: `${arm}, for the picture`,
      task: { arm, shape: { kind: "string", length: 17 }, entries: ENTRIES },
      isShared: true,
    })),
  draw: (cells: readonly Cell<MemoryTask, MemoryAnswer>[]) => ({
    name: "bytes-per-entry",
    title: "Bytes per entry",
    better: "lower",
    note: `Memory of the cache itself for each of ${formatEntries(ENTRIES)} entries with string keys, in bytes. Keys and values do not count. Map never evicts.`,
    groups: [
      {
        title: "",
        bars: cells.map(({ task: { arm }, answer: { bytesPerEntry } }) => {
          return { arm, value: bytesPerEntry, label: bytesPerEntry.toFixed(1) };
        }),
      },
    ],
  }),
};
