import { formatBytes, formatEntries, formatMs, formatSpread } from "../rendering/format.ts";
import { ratioOf, spreadOf } from "../statistics.ts";
import type { Cell, Table } from "../suite.ts";
import type {
  AssertionsAnswer,
  LeaksAnswer,
  LeaksTask,
  QueriesAnswer,
  ReaderAnswer,
  ReadingAnswer,
} from "./measure-leaks.ts";

type LeaksCell = Cell<LeaksTask, LeaksAnswer>;

/** One reader with the medians of its runs. */
export interface ReaderSummary {
  readonly reader: string;
  readonly fileBytes: number;
  readonly ms: number;
  readonly peakBytes: number;
  readonly settledBytes: number;
}

/** The readers in the order of their time. */
export function summarizeReaders(cells: readonly LeaksCell[]): ReaderSummary[] {
  const runs = new Map<string, ReaderAnswer[]>();
  for (const { task, answer } of cells) {
    if (task.kind !== "reader" || answer.kind !== "reader") continue;
    runs.set(task.reader, [...(runs.get(task.reader) ?? []), answer]);
  }
  const median = (answers: readonly ReaderAnswer[], key: "ms" | "peakBytes" | "settledBytes") =>
    spreadOf(answers.map((answer) => answer[key])).median;
  return [...runs]
    .map(([reader, answers]) => ({
      reader,
      fileBytes: answers[0]!.fileBytes,
      ms: median(answers, "ms"),
      peakBytes: median(answers, "peakBytes"),
      settledBytes: median(answers, "settledBytes"),
    }))
    .sort((a, b) => a.ms - b.ms);
}

/** The tables of what was measured: a short run has one row. */
export function tabulateLeaks(cells: readonly LeaksCell[]): Table[] {
  const answers = cells.map(({ answer }) => answer);
  const of = <Kind extends LeaksAnswer["kind"]>(kind: Kind) =>
    answers.filter(
      (answer): answer is Extract<LeaksAnswer, { kind: Kind }> => answer.kind === kind,
    );
  return [
    tabulateReading(of("reading")),
    tabulateReaders(summarizeReaders(cells)),
    tabulateQueries(of("queries")),
    tabulateAssertions(of("assertions")),
  ].filter(({ rows }) => rows.length > 0);
}

function tabulateReading(answers: readonly ReadingAnswer[]): Table {
  return {
    title: "Time of reading a heap snapshot",
    note: "HeapGraph.read of a file, divided by the time of others in the same rounds: below 1 is faster. Median, with quartiles in brackets. JSON.parse alone has the text in memory already, and makes one text and two arrays that nobody can ask. The last column divides our reader by itself: what differs from 1 there is noise.",
    columns: [
      "file",
      "nodes",
      "ms",
      "/ JSON.parse",
      "/ reading as text and JSON.parse",
      "/ itself",
    ],
    rows: answers.map(({ fileBytes, nodes, read, readAgain, parse, readAndParse }) => [
      formatBytes(fileBytes),
      formatEntries(nodes),
      formatMs(spreadOf(read).median),
      formatSpread(ratioOf(read, parse)),
      formatSpread(ratioOf(read, readAndParse)),
      formatSpread(ratioOf(readAgain, read)),
    ]),
  };
}

function tabulateReaders(readers: readonly ReaderSummary[]): Table {
  return {
    title: "Readers of heap snapshots",
    note: "Each reads the same heap in a fresh process, as far as it must before it can answer: heapsnapshot and JSON.parse make no index, and our dominators come later. Median of the runs. Peak is by how much the memory of the process was larger at its highest, kept is by how much heap and buffers are larger in the end.",
    columns: ["reader", "ms", "peak", "kept", "kept / file"],
    rows: readers.map(({ reader, fileBytes, ms, peakBytes, settledBytes }) => [
      reader,
      formatMs(ms),
      formatBytes(peakBytes),
      formatBytes(settledBytes),
      (settledBytes / fileBytes).toFixed(2),
    ]),
  };
}

function tabulateQueries(answers: readonly QueriesAnswer[]): Table {
  const [first] = answers;
  const names = Object.keys(first?.ms ?? {});
  return {
    title: "Queries of a heap graph",
    note: "Milliseconds, median of the runs. The first path includes the lists of referrers. Growth is by how much the memory of the process was larger at its highest while dominators, distances and retained bytes were computed.",
    columns: ["nodes", "edges", ...names, "growth for dominators"],
    rows:
      first === undefined
        ? []
        : [
            [
              formatEntries(first.nodes),
              formatEntries(first.edges),
              ...names.map((name) => formatMs(spreadOf(answers.map(({ ms }) => ms[name]!)).median)),
              formatBytes(spreadOf(answers.map(({ dominatorBytes }) => dominatorBytes)).median),
            ],
          ],
  };
}

function tabulateAssertions(answers: readonly AssertionsAnswer[]): Table {
  const names = Object.keys(answers[0]?.ms ?? {});
  return {
    title: "Assertions that pass",
    note: "Milliseconds of a call, median with quartiles in brackets. No snapshot is taken unless an assertion fails. gc() is one plain collection, for comparison.",
    columns: ["heap", ...names],
    rows: answers.map(({ heapBytes, ms }) => [
      formatBytes(heapBytes),
      ...names.map((name) => {
        const { median, lower, upper } = spreadOf(ms[name]!);
        return `${formatMs(median)} (${formatMs(lower)}–${formatMs(upper)})`;
      }),
    ]),
  };
}
