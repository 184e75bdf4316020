import { formatBytes, formatMs, formatSpread } from "../rendering/format.ts";
import { spreadOf } from "../statistics.ts";
import type { Cell, Table } from "../suite.ts";
import { BASELINE_POOL } from "./adapters/catalogue.ts";
import type { LoanAnswer } from "./loans/measure-loans.ts";
import type { PoolMemoryAnswer } from "./memory/measure-memory.ts";
import type { PoolAnswer, PoolTask } from "./measure-pools.ts";
import type { ArmTime } from "./rounds.ts";
import type { SimulationAnswer } from "./simulations/simulate.ts";

type Cells = readonly Cell<PoolTask, PoolAnswer>[];
type TaskOf<Kind extends PoolTask["kind"]> = Extract<PoolTask, { kind: Kind }>["task"];

/** The measurements of one kind. */
export function cellsOf<Kind extends PoolTask["kind"], Answer extends PoolAnswer>(
  cells: Cells,
  kind: Kind,
): { task: TaskOf<Kind>; answer: Answer }[] {
  return cells
    .filter(({ task }) => task.kind === kind)
    .map(({ task, answer }) => ({ task: task.task as TaskOf<Kind>, answer: answer as Answer }));
}

const LOANS = {
  ready: {
    title: "A loan and its return, from a ready pool of 10",
    note: `Time divided by the time of an array behind async functions, which has no waiters, no leases and no checks: below 1 is faster. Median and quartiles.`,
  },
  try: {
    title: "A loan and its return without promises",
    note: "Time of tryAcquire and release divided by the time of pop and push of an array. The other arm is an array with the simplest class of leases. No try has failed in this process: V8 then sees that our lease does not leave the loop, and does not allocate it.",
  },
  "try again": {
    title: "The same, if tries have failed before",
    note: "From then on a lease is allocated, an object of 40 bytes, as for the array with leases.",
  },
  shared: {
    title: "100 tasks share 10 resources",
    note: `Time divided by the time of ${BASELINE_POOL}: nearly every loan waits in the queue.`,
  },
} as const;

function tabulateTimes(times: readonly ArmTime[]): readonly string[][] {
  return [...times]
    .sort((a, b) => a.ratio.median - b.ratio.median)
    .map(({ arm, ratio, nanoseconds }) => [arm, formatSpread(ratio), nanoseconds.toFixed(0)]);
}

function tabulateLoans(cells: Cells): Table[] {
  return cellsOf<"loans", LoanAnswer>(cells, "loans").map(({ task, answer }) => {
    if (task.scenario === "waits") {
      return {
        title: "How long loans wait, 100 tasks and 10 resources",
        note: "Each loan is held for a turn of the event loop. Milliseconds of processor time that pass while a task waits, collections included; medians of rounds in random order.",
        columns: ["pool", "p50, ms", "p99, ms", `p99 over ${task.baseline}`],
        rows: answer.waits.map(({ arm, p50, p99, ratio }) => [
          arm,
          formatSpread(p50),
          formatSpread(p99),
          formatSpread(ratio),
        ]),
      };
    }
    return {
      ...LOANS[task.scenario],
      columns: ["pool", `over ${task.baseline}`, "ns"],
      rows: tabulateTimes(answer.times),
    };
  });
}

const OBJECTS = {
  temporary: "When not to pool: objects of three numbers, used only at once",
  small: "Objects of three numbers that live for a while",
  large: "When to pool: objects of an array, a map, a typed array and an object",
} as const;

function tabulateObjects(cells: Cells): Table[] {
  return cellsOf<"objects", readonly ArmTime[]>(cells, "objects").map(({ task, answer }) => ({
    title: OBJECTS[task.shape],
    note: "Time divided by the time of `new`, garbage collection included: above 1 the pool costs more than it saves. Objects that live for a while replace each other in a ring of 64.",
    columns: ["pool", "over new", "ns"],
    rows: tabulateTimes(answer),
  }));
}

function tabulateBuffers(cells: Cells): Table[] {
  const found = cellsOf<"buffers", readonly ArmTime[]>(cells, "buffers");
  if (found.length === 0) return [];
  const arms = found[0]!.answer.map(({ arm }) => arm);
  return [
    {
      title: "Buffers",
      note: "Time to get a buffer, write its first and last byte and release it, divided by the time of new Uint8Array of the same length. The last column has that time in ns.",
      columns: ["bytes", ...arms.slice(0, -1), "new Uint8Array, ns"],
      rows: found.map(({ task, answer }) => [
        task.byteLength.toLocaleString("en"),
        ...answer.slice(0, -1).map(({ ratio }) => formatSpread(ratio)),
        answer.at(-1)!.nanoseconds.toFixed(0),
      ]),
    },
  ];
}

function tabulateMemory(cells: Cells): Table[] {
  const found = cellsOf<"memory", PoolMemoryAnswer>(cells, "memory");
  const texts = {
    survivors: {
      title: "20,000 live objects, replaced 100 times",
      note: "Objects with a typed array and a fresh child. Each run in a process of its own; medians.",
    },
    requests: {
      title: "10,000 requests with 64 KiB each, 50 at a time",
      note: "The highest resident set minus the resident set at the start. Each run in a process of its own; medians.",
    },
  };
  return (["survivors", "requests"] as const)
    .filter((scenario) => found.some(({ task }) => task.scenario === scenario))
    .map((scenario) => {
      const own = found.filter(({ task }) => task.scenario === scenario);
      const arms = [...new Set(own.map(({ task }) => task.arm))];
      return {
        ...texts[scenario],
        columns: ["arm", "gc, ms", "longest pause, ms", "total, ms", "peak RSS"],
        rows: arms.map((arm) => {
          const answers = own.filter(({ task }) => task.arm === arm).map(({ answer }) => answer);
          const median = (pick: (answer: PoolMemoryAnswer) => number): number =>
            spreadOf(answers.map(pick)).median;
          return [
            arm,
            formatMs(median(({ gcMs }) => gcMs)),
            formatMs(median(({ longestPauseMs }) => longestPauseMs)),
            formatMs(median(({ totalMs }) => totalMs)),
            formatBytes(median(({ peakRss }) => peakRss)),
          ];
        }),
      };
    });
}

function tabulateSimulations(cells: Cells): Table[] {
  const found = cellsOf<"simulation", SimulationAnswer>(cells, "simulation");
  if (found.length === 0) return [];
  return [
    {
      title: "Simulations",
      note: "In simulated time, so that every run is the same. The charts show the runs.",
      columns: [
        "simulation",
        "variant",
        "made",
        "served",
        "failed",
        "p99 wait, ms",
        "most at once",
      ],
      rows: found.flatMap(({ task, answer }) =>
        answer.rows.map((row) => [
          task.name,
          row.variant,
          String(row.made),
          String(row.served),
          String(row.failed),
          formatMs(row.p99Wait),
          String(row.mostTotal),
        ]),
      ),
    },
  ];
}

/** The tables of the suite. */
export function tabulatePools(cells: Cells): Table[] {
  return [
    ...tabulateLoans(cells),
    ...tabulateObjects(cells),
    ...tabulateBuffers(cells),
    ...tabulateMemory(cells),
    ...tabulateSimulations(cells),
  ];
}
