import type { Cell, RunOptions, Step, Suite } from "../suite.ts";
import { createRandom, shuffle } from "../workloads/random.ts";
import { DOCUMENT_ARMS } from "./measure-documents.ts";
import type { WeakAnswer, WeakTask } from "./measure-weak.ts";
import { tabulateWeak } from "./tabulate-weak.ts";
import { WEAK_ARMS } from "./adapters/catalogue.ts";

export type WeakCell = Cell<WeakTask, WeakAnswer>;

/** These take minutes for a million entries. */
const SLOW = ["@wry/caches WeakCache", "proposal's IterableWeakMap"];

function plan({ full }: RunOptions): Step<WeakTask>[] {
  const random = createRandom(1);
  const arms = WEAK_ARMS.filter(({ name }) => full || !SLOW.includes(name));
  const size = full ? 1_000_000 : 200_000;
  const repeats = Array.from({ length: full ? 7 : 1 }, (_, repeat) => repeat);
  return [
    ...repeats.flatMap((repeat) =>
      shuffle([...arms], random).map(({ name }): Step<WeakTask> => ({
        label: `${name}, run ${repeat + 1}`,
        task: { kind: "tail", arm: name, entries: size, repeat },
      })),
    ),
    ...(full ? [1_000, 10_000, 100_000] : [10_000]).map((entries): Step<WeakTask> => ({
      label: `hits in the front, ${entries} entries`,
      task: { kind: "front", entries, rounds: full ? 60 : 15 },
    })),
    ...DOCUMENT_ARMS.map((arm): Step<WeakTask> => ({
      label: `documents, ${arm}`,
      task: { kind: "documents", arm },
      isShared: true,
    })),
  ];
}

/** The cost and the use of holding weakly. */
export const weak: Suite<WeakTask, WeakAnswer> = {
  name: "weak",
  title: "Held weakly",
  module: new URL("./measure-weak.js", import.meta.url),
  plan,
  tabulate: tabulateWeak,
  draw: async (cells) => (await import("./draw-weak.ts")).drawWeak(cells),
};
