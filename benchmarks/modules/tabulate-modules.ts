import { formatBytes, formatMs } from "../rendering/format.ts";
import { spreadOf } from "../statistics.ts";
import type { Cell, Table } from "../suite.ts";
import type { ModulesAnswer, ModulesTask } from "./measure-modules.ts";

type ModulesCell = Cell<ModulesTask, ModulesAnswer>;

/** A way to reload with what its runs came to. */
export interface ReloaderSummary {
  readonly reloader: string;
  readonly reloads: number;
  readonly ms: { readonly median: number; readonly lower: number; readonly upper: number };
  readonly keptBytes: number;
  readonly liveShare: number;
  /** Heap at each tenth, of the first run. */
  readonly heapBytes: readonly number[];
}

/** The ways to reload, the one that keeps least first. */
export function summarizeReloaders(cells: readonly ModulesCell[]): ReloaderSummary[] {
  const runs = new Map<string, ModulesCell[]>();
  for (const cell of cells) {
    const { reloader } = cell.task;
    runs.set(reloader, [...(runs.get(reloader) ?? []), cell]);
  }
  return [...runs]
    .map(([reloader, all]) => ({
      reloader,
      reloads: all[0]!.task.reloads,
      ms: spreadOf(all.flatMap(({ answer }) => answer.ms)),
      keptBytes: spreadOf(all.map(({ answer }) => answer.keptBytes)).median,
      liveShare: Math.max(...all.map(({ answer }) => answer.liveShare)),
      heapBytes: all[0]!.answer.heapBytes,
    }))
    .sort((a, b) => a.liveShare - b.liveShare || a.keptBytes - b.keptBytes);
}

/** What the run says about us and about those that keep old versions, in one sentence. */
export function sentenceOf(summaries: readonly ReloaderSummary[]): string {
  const ours = summaries.filter(({ reloader }) => reloader.startsWith("heapwise"));
  const others = summaries.filter(({ reloader }) => !reloader.startsWith("heapwise"));
  const most = Math.max(...ours.map(({ keptBytes }) => keptBytes));
  const kept = others.filter(({ liveShare }) => liveShare > 0.5);
  const fastest = [...summaries].sort((a, b) => a.ms.median - b.ms.median)[0];
  const ourBest = Math.min(...ours.map(({ ms }) => ms.median));
  const rivals =
    others.length === 0 ? "" : ` ${kept.length} of ${others.length} other ways keep old versions.`;
  const speed =
    fastest === undefined || fastest.reloader.startsWith("heapwise") || others.length === 0
      ? ""
      : ` ${fastest.reloader} reloads faster, in ${(fastest.ms.median / ourBest).toFixed(2)} of our time.`;
  return `A reload by heapwise leaves at most ${formatBytes(Math.max(0, most))} behind.${rivals}${speed}`;
}

/** The table of the suite. */
export function tabulateModules(cells: readonly ModulesCell[]): Table[] {
  const summaries = summarizeReloaders(cells);
  const [first] = summaries;
  if (first === undefined) return [];
  return [
    {
      title: "Reloading a module that changes",
      note: `${sentenceOf(summaries)} Each way in fresh processes, ${first.reloads} reloads a run of a module with an array of 100 KB. Milliseconds from the written file to the new exports: median, with quartiles in brackets; hot-hook's include the message that the file has changed. Kept is by how much heap and buffers are larger after a last-resort collection, divided by the reloads: median of the runs. Old versions alive is the largest share in a run.`,
      columns: ["way", "ms", "kept a reload", "old versions alive"],
      rows: summaries.map(({ reloader, ms, keptBytes, liveShare }) => [
        reloader,
        `${formatMs(ms.median)} (${formatMs(ms.lower)}–${formatMs(ms.upper)})`,
        formatBytes(Math.max(0, keptBytes)),
        `${Math.round(100 * liveShare)} %`,
      ]),
    },
  ];
}
