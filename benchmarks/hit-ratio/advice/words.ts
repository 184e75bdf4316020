/** Words for advice: plain sentences for the terminal, the page and Markdown. */
import { formatMs, formatPercent } from "../../rendering/format.ts";
import type { Advice, Choice } from "./advise-on.ts";
import type { OverallAdvice } from "./advise-overall.ts";

/** Advice in words. */
export interface AdviceText {
  /** The advice in one sentence. */
  readonly headline: string;
  /** The reasons, one sentence per line. */
  readonly reasons: readonly string[];
  /** The lines to copy; missing if there is no advice. */
  readonly code?: string;
}

/** With fewer requests the start of the cache weighs more than its later work. */
const SHORT = 5_000;
/** If fewer requests than this share can hit, a cache is hardly worth its cost. */
const RARE = 0.05;

const WRONG_PLACE =
  "If you expected something else, the wrong part is read as the key: name the key with --column, --field or --format.";

const count = (number: number): string => number.toLocaleString("en");
const percent = (ratio: number): string => `${formatPercent(ratio)}%`;
const points = (difference: number): string => `${formatPercent(difference)} points`;

/** A number of entries that is an estimate: two significant digits. */
function roughly(entries: number): string {
  const unit = 10 ** Math.max(0, Math.floor(Math.log10(Math.max(1, entries))) - 1);
  return `about ${count(Math.round(entries / unit) * unit)}`;
}

/** A duration in a unit that makes it easy to read. */
function formatTime(ms: number): string {
  if (ms >= 1_000) return `${(ms / 1_000).toFixed(1)} s`;
  return ms >= 0.1 || ms === 0 ? `${formatMs(ms)} ms` : `${(1_000 * ms).toPrecision(2)} µs`;
}

function writeCode({ policy, max }: Choice): string {
  const lines = [`import { LRUCache } from "@heapwise/lru";`];
  if (policy !== "lru") lines.push(`import { ${policy} } from "@heapwise/lru/policies";`);
  const option = policy === "lru" ? "" : `, policy: ${policy}()`;
  return [...lines, "", `const cache = new LRUCache({ max: ${max}${option} });`].join("\n");
}

/** The effect of a smaller and of a larger cache. */
function explainSteps(choice: Choice, keys: number, mostHits: number): string {
  const { max, hitRatio, doubled, halved } = choice;
  const steps: string[] = [];
  if (halved !== undefined)
    steps.push(`half as many would lose about ${points(hitRatio - halved)}`);
  if (2 * max < keys) steps.push(`twice as many would add about ${points(doubled - hitRatio)}`);
  else if (max < keys)
    steps.push(`all ${count(keys)} keys would add ${points(mostHits - hitRatio)}`);
  const text = steps.join(", ");
  return text === "" ? "" : ` ${text[0]!.toUpperCase()}${text.slice(1)}.`;
}

/** Hits of the average entry, in the smallest unit with a figure that is easy to read. */
function averageOf(keys: number, mostHits: number): string {
  let unit = 1;
  while (unit < keys && (unit * mostHits) / keys < 0.001) unit *= 10;
  const per = unit === 1 ? "entry" : `${count(unit)} entries`;
  return `${((100 * unit * mostHits) / keys).toPrecision(2)} points per ${per}`;
}

/** The hits that entries before and after the knee bring. */
function explainKnee({ keys, mostHits }: Advice, choice: Choice): string {
  const { max, hitRatio, doubled, halved } = choice;
  const half = Math.floor(max / 2);
  const before =
    halved === undefined
      ? `The first ${count(max)} entries bring ${points(hitRatio)} of hits.`
      : `The first ${count(half)} entries bring about ${points(halved)} of hits, the next ${count(max - half)} about ${formatPercent(hitRatio - halved)}.`;
  const after =
    2 * max < keys
      ? `the next ${count(max)} would bring about ${points(doubled - hitRatio)}, the other ${count(keys - 2 * max)} about ${formatPercent(mostHits - doubled)}`
      : `the other ${count(keys - max)} would bring ${points(mostHits - hitRatio)}`;
  return `${before} Beyond ${count(max)} entries, more entries bring fewer hits than the average of all ${count(keys)} (${averageOf(keys, mostHits)}): ${after}.`;
}

/** The reason for the size. */
function explainSize(advice: Advice, choice: Choice): string {
  const { finding, keys, mostHits } = advice;
  const size = count(choice.max);
  const steps = explainSteps(choice, keys, mostHits);
  const limit = `${percent(mostHits)} would hit: the first request of a key always misses.`;
  if (finding === "no-knee") {
    return `Size: the curve has no knee: hits grow in step with the size until all ${count(keys)} keys fit. Choose the size by the memory that you have.${steps}`;
  }
  if (finding === "few-sizes") {
    const ceiling = choice.max === keys ? "" : ` With all ${count(keys)} keys ${limit}`;
    return `Size: ${size} entries are the best of the measured sizes; the knee may be between or beyond them. More sizes are measured if neither --capacities nor manifest.json sets them.${steps}${ceiling}`;
  }
  return `Size: ${size} entries are the knee of the curve. ${explainKnee(advice, choice)} With all keys ${limit}`;
}

/** The reason for the policy. */
function explainPolicy({ keys, rival, weakness }: Advice, choice: Choice): string[] {
  const { policy, max, hitRatio, overLru, belowOpt, sameAsLru, tenthsAhead } = choice;
  if (max === keys) return explainWeakness(choice, weakness, "if they do not all fit, take");
  const parts: string[] = [];
  if (policy !== "lru") {
    const larger =
      sameAsLru > 1.05 * max ? ` and needs ${roughly(sameAsLru)} entries to hit as many` : "";
    const steady =
      tenthsAhead === undefined ? "" : ` It is ahead in ${tenthsAhead} of 10 tenths of the trace.`;
    parts.push(
      `${policy}() hits ${points(overLru)} more than lru(), which hits ${percent(hitRatio - overLru)} with this size${larger}.${steady}`,
    );
  }
  if (rival) parts.push(explainRival(policy, rival));
  else if (policy === "lru") parts.push("no other policy hits more than lru() with this size.");
  const gap =
    belowOpt < 0.000_5
      ? "OPT, which knows the future, has the same hit ratio."
      : `OPT, which knows the future, hits ${percent(hitRatio + belowOpt)}: no policy can gain more than ${points(belowOpt)}.`;
  const warning = explainWeakness(choice, weakness, "if the number of your keys may change, take");
  return [`Policy: ${parts.join(" ")} ${gap}`, ...warning];
}

function explainWeakness({ policy }: Choice, weakness: Advice["weakness"], lead: string): string[] {
  if (!weakness) return [];
  const { size, hitRatio, policy: other, better } = weakness;
  return [
    `Note: ${lead} ${other}(): with ${count(size)} entries it hits ${percent(better)}, and ${policy}() ${percent(hitRatio)}.`,
  ];
}

function explainRival(
  policy: string,
  { policy: other, ahead, reason }: NonNullable<Advice["rival"]>,
): string {
  const lead = `${other}() hits ${points(ahead)} more than ${policy}()`;
  switch (reason) {
    case "small":
      return `${lead}, which is within the noise and not worth another policy.`;
    case "unsteady":
      return `${lead} with this size, but the difference changes from one tenth of the trace to the next by more than that: it may be chance.`;
    case "cheap-miss":
      return `${lead}, but a miss is so cheap that the policy would cost more than it saves.`;
    case "simpler":
      return `${lead}, which is within the noise; ${policy}() does less work for a request.`;
  }
}

/** The value of a hit in time. */
function explainTime({ keys, mostHits, missCostMs }: Advice, choice: Choice): string {
  if (missCostMs === undefined)
    return "Time: set --miss-cost MS, the time of a miss, to see the time that hits save.";
  const { policy, max, hitRatio, overLru, doubled, belowOpt } = choice;
  const per1000 = (ratio: number): string => formatTime(1_000 * ratio * missCostMs);
  const cost = formatTime(missCostMs);
  const saved = `Time: with ${cost} a miss, a request waits ${formatTime((1 - hitRatio) * missCostMs)} on average, ${formatTime(hitRatio * missCostMs)} less than without a cache: ${per1000(hitRatio)} saved per 1,000 requests`;
  const over = policy === "lru" ? "." : `, ${per1000(overLru)} of it over lru() of this size.`;
  if (max === keys) return saved + over;
  const larger =
    2 * max >= keys
      ? `All ${count(keys)} keys would save ${per1000(mostHits - hitRatio)} more per 1,000`
      : `Twice the size would save about ${per1000(doubled - hitRatio)} more per 1,000`;
  return `${saved}${over} ${larger}, and OPT with this size ${per1000(belowOpt)}.`;
}

function headlineOfAll({ policy, max, hitRatio }: Choice, keys: number): string {
  return `Take ${policy}() with max: ${max}: it holds all ${count(keys)} keys, so that ${percent(hitRatio)} of the requests hit and no policy can do better.`;
}

function headlineOf({ finding, requests, keys }: Advice, choice?: Choice): string {
  switch (finding) {
    case "no-repeats":
      return `No cache can help: all ${count(requests)} requests have different keys, so none of them can hit.`;
    case "one-key":
      return `max: 1 holds the only key: every request hits, except the first.`;
    case "all-fit":
      return headlineOfAll(choice!, keys);
    case "too-short":
      return choice === undefined
        ? "Too short to say: the trace has one request."
        : `Too short to say: ${count(requests)} requests say nothing about policies. Take lru(), the default, and for the time being max: ${choice.max}, which hits ${percent(choice.hitRatio)}.`;
    default:
      if (choice!.max === keys) return headlineOfAll(choice!, keys);
      return `Take ${choice!.policy}() with max: ${choice!.max}: ${percent(choice!.hitRatio)} of the requests hit.`;
  }
}

function reasonsFor(advice: Advice, choice: Choice): string[] {
  const { finding, requests, mostHits, smaller } = advice;
  if (finding === "one-key") return [WRONG_PLACE];
  if (finding === "too-short")
    return [
      `Record at least some thousands of requests, better tens of thousands, and run this again.`,
    ];
  const doubts: string[] = [];
  if (mostHits < RARE)
    doubts.push(
      `Hardly worth a cache: most keys come once, so that at best ${percent(mostHits)} of the requests can hit. ${WRONG_PLACE}`,
    );
  if (requests < SHORT)
    doubts.push(
      `The trace is short (${count(requests)} requests): the figures may change with a longer one.`,
    );
  if (finding === "all-fit") {
    const less = smaller
      ? [
          `Size: if that is too much memory, the knee of the curve is at max: ${smaller.max}, with which ${smaller.policy}() hits ${percent(smaller.hitRatio)}.`,
        ]
      : [];
    return [...doubts, ...less, explainTime(advice, choice)];
  }
  return [
    ...doubts,
    explainSize(advice, choice),
    ...explainPolicy(advice, choice),
    explainTime(advice, choice),
  ];
}

/** Puts advice into words. */
export function wordAdvice(advice: Advice): AdviceText {
  const { choice } = advice;
  const headline = headlineOf(advice, choice);
  if (!choice) return { headline, reasons: advice.requests === 1 ? [] : [WRONG_PLACE] };
  return { headline, reasons: reasonsFor(advice, choice), code: writeCode(choice) };
}

/** Says in words which policy is best over several traces. */
export function wordOverall(overall: OverallAdvice, traces: number): AdviceText {
  const { policy, judged, overLru, worst, sizes } = overall;
  const [smallest, largest] = sizes.map(count);
  const size = smallest === largest ? `max: ${smallest}` : `max: ${smallest} to ${largest}`;
  const worstCase = `The worst case is ${worst.trace}, with ${points(Math.abs(worst.overLru))} ${worst.overLru < 0 ? "less" : "more"}.`;
  const reasons =
    policy === "lru"
      ? ["No other policy gains enough over lru() in the mean of these traces."]
      : [
          `Each at its own size, ${policy}() hits ${points(overLru)} more than lru() in the mean. ${worstCase}`,
        ];
  if (judged < traces)
    reasons.push(
      `${traces - judged} of the ${traces} traces cannot be judged and do not count: no key comes twice, they are short, or all keys fit.`,
    );
  return {
    headline: `If you need one policy for all ${judged} traces, take ${policy}(), each with its own size (${size}).`,
    reasons,
  };
}
