import type { Cell, Table } from "../suite.ts";
import { ratioOf, type Spread } from "../statistics.ts";
import type { ArmTime, SpeedAnswer, SpeedTask } from "./measure-sizeof-speed.ts";

type SpeedCell = Cell<SpeedTask, SpeedAnswer>;

const RIVALS = ["object-sizeof", "sizeof", "v8.serialize"];

/** A document with the time of each arm divided by the time of the fastest rival. */
export interface Compared {
  readonly document: string;
  readonly fastest: ArmTime;
  readonly ratios: ReadonlyMap<string, Spread>;
}

/** The comparisons. The walk with a limit is not one of them. */
export function compare(cells: readonly SpeedCell[]): Compared[] {
  return cells
    .filter(({ answer }) => answer.arms.length > 0)
    .map(({ task, answer }) => {
      const rivals = answer.arms.filter(({ arm }) => RIVALS.includes(arm));
      const fastest = rivals.reduce((best, arm) =>
        arm.microseconds.median < best.microseconds.median ? arm : best,
      );
      const ratios = new Map(
        answer.arms.map(({ arm, rounds }) => [arm, ratioOf(rounds, fastest.rounds)]),
      );
      return { document: task.document, fastest, ratios };
    });
}

/** The ratios, and the number of objects that a walk with a limit visits. */
export function tabulateSpeed(cells: readonly SpeedCell[]): Table[] {
  const compared = compare(cells);
  const arms = [...(compared[0]?.ratios.keys() ?? [])];
  const limited = cells.flatMap(({ task, answer }) =>
    answer.visited ? [{ document: task.document, ...answer.visited }] : [],
  );
  return [
    {
      title: "Time of sizing",
      note: 'Time for one size divided by the time of the fastest of object-sizeof, sizeof and v8.serialize in the same rounds: below 1 is faster. Median, with quartiles in brackets. "plain" is our sizeOf with the option for values without getters. sizeof takes minutes for the large document. "Descriptors alone" is the least work of a walk that runs no getter and no trap: it sizes nothing. "Reads alone" is the same if getters run.',
      columns: ["value", ...arms, "fastest rival", "its time, µs"],
      rows: compared.map(({ document, fastest, ratios }) => [
        document,
        ...arms.map((arm) => formatRatio(ratios.get(arm))),
        fastest.arm,
        fastest.microseconds.median.toFixed(0),
      ]),
    },
    {
      title: "What exceeds() visits",
      note: "Number of objects that are visited until the value is known to be larger than the limit.",
      columns: ["value", "objects visited", "of", "bytes in all"],
      rows: limited.map(({ document, objects, of, bytes }) => [
        document,
        objects.toLocaleString("en-US"),
        of.toLocaleString("en-US"),
        bytes.toLocaleString("en-US"),
      ]),
    },
  ];
}

function formatRatio(ratio: Spread | undefined): string {
  if (ratio === undefined) return "–";
  const { median, lower, upper } = ratio;
  return `${median.toFixed(2)} (${lower.toFixed(2)}–${upper.toFixed(2)})`;
}
