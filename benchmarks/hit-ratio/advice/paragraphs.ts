import { formatPercent } from "../../rendering/format.ts";
import type { AdviceParagraph, Table } from "../../suite.ts";
import type { OwnTraces } from "../own-traces.ts";
import type { Answers } from "./advise-on.ts";
import { adviseOn } from "./advise-on.ts";
import type { Judged } from "./advise-overall.ts";
import { adviseOverall } from "./advise-overall.ts";
import { wordAdvice, wordOverall } from "./words.ts";

type Traces = ReadonlyMap<string, Answers>;
type Circumstances = Pick<OwnTraces, "missCostMs">;

function judge(traces: Traces, { missCostMs }: Circumstances): Judged[] {
  const options = missCostMs === undefined ? {} : { missCostMs };
  return [...traces].map(([trace, answers]) => {
    return { trace, answers, advice: adviseOn(answers, options) };
  });
}

/** The advice for each trace, and for all of them, in words. */
export function paragraphsOf(traces: Traces, circumstances: Circumstances): AdviceParagraph[] {
  const judged = judge(traces, circumstances);
  const paragraphs = judged.map(({ trace, advice }): AdviceParagraph => ({
    title: trace,
    ...wordAdvice(advice),
    facts: advice,
  }));
  const overall = adviseOverall(judged);
  if (!overall) return paragraphs;
  const text = wordOverall(overall, traces.size);
  return [{ title: "All traces", ...text, facts: overall }, ...paragraphs];
}

/** The advice for each trace in a table, which is quicker to read if there are many traces. */
export function tabulateAdvice(traces: Traces, circumstances: Circumstances): Table {
  return {
    title: "What to take",
    note: "Hits in percent, and points over lru() and below OPT of the same size. The advice has the reasons.",
    columns: ["trace", "policy", "max", "hits", "over lru()", "below OPT"],
    rows: judge(traces, circumstances).map(({ trace, advice: { choice } }) => [
      shorten(trace),
      ...(choice
        ? [
            `${choice.policy}()`,
            choice.max.toLocaleString("en"),
            formatPercent(choice.hitRatio),
            formatPercent(choice.overLru),
            formatPercent(choice.belowOpt),
          ]
        : ["–", "–", "0.0", "–", "–"]),
    ]),
  };
}

/** The start and the end of a long name. */
function shorten(name: string): string {
  const signs = [...name];
  return signs.length <= 40 ? name : [...signs.slice(0, 20), "…", ...signs.slice(-19)].join("");
}
