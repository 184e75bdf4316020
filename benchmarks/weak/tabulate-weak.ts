import { formatEntries, formatMs, formatSpread } from "../rendering/format.ts";
import { ratioOf, spreadOf } from "../statistics.ts";
import type { Cell, Table } from "../suite.ts";
import type { DocumentsAnswer } from "./measure-documents.ts";
import type { FrontAnswer } from "./measure-front.ts";
import type { TailAnswer, WeakAnswer, WeakTask } from "./measure-weak.ts";
import { WEAK_ARMS, WEAK_BASELINE } from "./adapters/catalogue.ts";

type Cells = readonly Cell<WeakTask, WeakAnswer>[];

/** The tables of the weak suite. */
export function tabulateWeak(cells: Cells): Table[] {
  return [tabulateTail(cells), tabulateFront(cells), tabulateDocuments(cells)];
}

/** The answers for one arm in the scenario with documents. */
export function documentsOf(cells: Cells): (DocumentsAnswer & { readonly arm: string })[] {
  return cells.flatMap(({ task, answer }) =>
    task.kind === "documents" ? [{ arm: task.arm, ...(answer as DocumentsAnswer) }] : [],
  );
}

function tabulateTail(cells: Cells): Table {
  const runsOf = (arm: string): TailAnswer[] =>
    cells.flatMap(({ task, answer }) =>
      task.kind === "tail" && task.arm === arm ? [answer as TailAnswer] : [],
    );
  const fullOf = (arm: string): number[] => runsOf(arm).map(({ fullMs }) => fullMs);
  const entries = cells.flatMap(({ task }) => (task.kind === "tail" ? [task.entries] : []))[0] ?? 0;
  return {
    title: `${formatEntries(entries)} entries held weakly, all alive`,
    note: `Fresh processes. Bytes: memory that the cache adds to objects that are held elsewhere. Full: processor time of one full collection of the whole heap, the objects included, divided by the time with a bare Map of WeakRefs, which cleans up nothing; median and quartiles of the runs. The front of WeakCache has 1000 entries.`,
    columns: [
      "cache",
      "weak",
      "bytes per entry",
      "full, ratio",
      "full, ms",
      "scavenge, ms",
      "runs",
    ],
    rows: WEAK_ARMS.filter(({ name }) => runsOf(name).length > 0).map(({ name, weak }) => {
      const runs = runsOf(name);
      return [
        name,
        weak,
        spreadOf(runs.map(({ bytesPerEntry }) => bytesPerEntry)).median.toFixed(1),
        formatSpread(ratioOf(fullOf(name), fullOf(WEAK_BASELINE))),
        formatMs(spreadOf(fullOf(name)).median),
        formatMs(spreadOf(runs.map(({ scavengeMs }) => scavengeMs)).median),
        String(runs.length),
      ];
    }),
  };
}

function tabulateFront(cells: Cells): Table {
  return {
    title: "Hits in the front of a WeakCache",
    note: "Time of `get` divided by the time of an LRUCache with the same policy, strict LRU, uniform string keys, in the same rounds of one process. The second, equal LRUCache shows the noise.",
    columns: ["entries", "WeakCache", "LRUCache again"],
    rows: cells.flatMap(({ task, answer }) => {
      if (task.kind !== "front") return [];
      const { ratio, floor } = answer as FrontAnswer;
      return [[formatEntries(task.entries), formatSpread(ratio), formatSpread(floor)]];
    }),
  };
}

function tabulateDocuments(cells: Cells): Table {
  const rows = documentsOf(cells);
  return {
    title: "200 MB of documents, consumers come and go",
    note: "4000 documents of 50 KB; each consumer holds one for a while. Live megabytes of the heap after a collection, the documents of the consumers included: at the end of the calm start, at the peak of the busy time, and at the end, when most consumers have ended.",
    columns: ["cache", "hits, %", "calm", "busy", "after"],
    rows: [
      ...rows.map(({ arm, megabytes, hitRatio }) => [
        arm,
        (100 * hitRatio).toFixed(1),
        megabytes[14]!.toFixed(0),
        Math.max(...megabytes.slice(15, 35)).toFixed(0),
        megabytes.at(-1)!.toFixed(0),
      ]),
      ...rows
        .slice(0, 1)
        .map(({ heldMegabytes }) => [
          "the consumers alone",
          "–",
          heldMegabytes[14]!.toFixed(0),
          Math.max(...heldMegabytes.slice(15, 35)).toFixed(0),
          heldMegabytes.at(-1)!.toFixed(0),
        ]),
    ],
  };
}
