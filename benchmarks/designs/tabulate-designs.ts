import { formatEntries, formatSpread } from "../rendering/format.ts";
import type { Table } from "../suite.ts";
import { nameKeys } from "../workloads/keys.ts";
import type { DesignsCell, Question } from "./task.ts";

const RATIOS =
  "Time per operation divided by the time of the chosen design in the same rounds: above 1 the chosen design is faster. Median, with quartiles of the rounds in brackets. 1 is the chosen design, and its second arm shows the noise.";

const QUESTIONS: Readonly<Record<Question, { title: string; note: string }>> = {
  strings: {
    title: "How much of a string is hashed",
    note: `${RATIOS} "string" keys are the same objects in every call, "fresh" ones are new.`,
  },
  index: {
    title: "Hash table or Map",
    note: `${RATIOS} "fresh" strings are new objects in every call, "integer" keys are random. Objects are in a Map in both designs.`,
  },
  columns: { title: "One record per slot or separate columns", note: RATIOS },
  chains: {
    title: "Chains for each entry",
    note: `${RATIOS} Tables are rounded up to a power of two.`,
  },
  integers: {
    title: "Integers as they are or mixed",
    note: `${RATIOS} "serial" integers count up from 0, "integer" ones have 30 random bits.`,
  },
  interface: {
    title: "Strict LRU called by its class or through the interface",
    note: `${RATIOS} Classes: number of policies that the interface has seen.`,
  },
};

/** The tables of the designs suite: one for each question. */
export function tabulateDesigns(cells: readonly DesignsCell[]): Table[] {
  const questions = Object.keys(QUESTIONS) as Question[];
  return questions.flatMap((question) => {
    const asked = cells.filter(({ task }) => task.question === question);
    return asked.length === 0 ? [] : [tabulateQuestion(question, asked)];
  });
}

function tabulateQuestion(question: Question, cells: readonly DesignsCell[]): Table {
  const designs = [...new Set(cells.flatMap(({ task }) => task.arms))];
  const hasCompany = question === "interface";
  return {
    ...QUESTIONS[question],
    columns: [
      "operation",
      "keys",
      "entries",
      ...(hasCompany ? ["classes"] : []),
      ...designs,
      "chosen again",
      "chosen, ns",
    ],
    rows: cells.flatMap(({ task, answer }) =>
      answer.map(({ workload, arms }) => {
        const armOf = (label: string) => arms.find(({ arm }) => arm === label);
        const ratioOf = (label: string): string => {
          const result = armOf(label);
          return result === undefined ? "–" : formatSpread(result.ratio);
        };
        return [
          workload,
          nameKeys(task.shape),
          formatEntries(task.capacity),
          ...(hasCompany ? [String(task.alive.length + 1)] : []),
          ...designs.map((design) => (design === task.baseline ? "1" : ratioOf(design))),
          ratioOf(`${task.baseline} again`),
          armOf(task.baseline)!.nanosecondsPerOperation.toFixed(1),
        ];
      }),
    ),
  };
}
