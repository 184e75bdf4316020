import { checkCapacities, refuseTooLarge, sizesUpTo, sizesWithin, thinOut } from "./own-sizes.ts";
import type { DataOptions } from "../data-options.ts";
import { countOf } from "./formats/bad-trace.ts";
import type { SpooledTrace } from "./trace-source.ts";
import { listTraces, spoolTraces } from "./trace-source.ts";

/** A trace of the user, ready to be measured. */
export interface OwnTrace {
  readonly spooled: SpooledTrace;
  /** Cache sizes in entries, in ascending order. */
  readonly capacities: readonly number[];
  /** Number of sizes that are also measured between the knee and each of its neighbours. */
  readonly aroundKnee: number;
}

/** The user's own data for a run. */
export interface OwnTraces {
  readonly traces: readonly OwnTrace[];
  readonly missCostMs?: number;
  /** Lines for people: how the files were read, and which were skipped. */
  readonly notes: readonly string[];
  /** Removes the copies of the traces that are measured. */
  dispose(): Promise<void>;
}

/**
 * All caches together take about 0.6 µs for a request and a size: these are three minutes on two
 * cores.
 */
const REPLAYS = 500_000_000;
/** With fewer sizes a knee is found only by chance. */
const FEWEST_SIZES = 5;
const AROUND_KNEE = 3;

/**
 * A text in one line without characters that move the cursor: names of files may contain anything.
 */
export function visible(text: string): string {
  return text.replace(/\p{Cc}/gu, "\uFFFD");
}

const LIST = new Intl.ListFormat("en");

function explainAllKeys(
  { name, keys }: SpooledTrace,
  given: readonly number[],
  source: string,
): string {
  const larger = given.filter((size) => size > keys).map((size) => size.toLocaleString("en"));
  const all = countOf(keys, "entry", "entries");
  return `${name}: measured with ${all} instead of ${LIST.format(larger)} (${source}): it has ${countOf(keys, "different key")}, so that more entries add no hits`;
}

/**
 * Reads the user's own traces once, into copies that are measured, and chooses the sizes.
 *
 * @param say is called with each line about the files.
 * @throws {Error} if a file or a size is invalid, before anything is measured.
 */
export async function openOwnTraces(
  options: DataOptions & { readonly full: boolean },
  say: (line: string) => void,
): Promise<OwnTraces> {
  const { traces, traceFiles, reading, missCostMs } = options;
  const notes: string[] = [];
  const note = (text: string): void => {
    const line = visible(text);
    notes.push(line);
    say(line);
  };
  const sources = {
    ...(traces !== undefined && { folder: traces }),
    ...(traceFiles && { files: traceFiles }),
  };
  const listed = await listTraces(sources, reading);
  for (const { path, reason } of listed.skipped) note(`Skipped ${path}: ${reason}`);
  for (const { name, capacities } of listed.traces)
    if (capacities) checkCapacities(`the capacities of ${name} in manifest.json`, capacities);
  const spool = await spoolTraces(listed.traces, (understood, warnings) => {
    note(understood);
    for (const warning of warnings) note(`Note: ${warning}`);
  });
  const dispose = (): Promise<void> => spool[Symbol.asyncDispose]();
  try {
    const named = spool.traces.map((trace) => ({ ...trace, name: visible(trace.name) }));
    const sized = chooseSizes(named, options, note);
    return { traces: sized, ...(missCostMs !== undefined && { missCostMs }), notes, dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

function chooseSizes(
  traces: readonly SpooledTrace[],
  { full, capacities: wanted }: DataOptions & { readonly full: boolean },
  note: (line: string) => void,
): OwnTrace[] {
  const requests = traces.reduce((sum, trace) => sum + trace.requests, 0);
  const affordable = full ? Infinity : Math.floor(REPLAYS / requests) - 2 * AROUND_KNEE;
  // For a long trace too, a size is measured on each side of the knee.
  const aroundKnee = affordable < FEWEST_SIZES ? 1 : AROUND_KNEE;
  if (wanted) refuseTooLarge("--capacities", wanted, traces);
  return traces.map((spooled): OwnTrace => {
    const { name, requests: length, keys } = spooled;
    const given = wanted ?? spooled.capacities;
    if (given) {
      const source = wanted ? "--capacities" : `the capacities of ${name} in manifest.json`;
      if (traces.length === 1) refuseTooLarge(source, given, traces);
      const sizes = sizesWithin(given, keys);
      if (given.at(-1)! > keys) note(explainAllKeys(spooled, given, source));
      return { spooled, capacities: sizes, aroundKnee: 0 };
    }
    // If no key comes twice, all sizes have the same result.
    const all = keys === length ? sizesUpTo(keys).slice(-1) : sizesUpTo(keys);
    const capacities = thinOut(all, Math.max(FEWEST_SIZES, affordable));
    if (capacities.length < all.length)
      note(
        `${name}: ${capacities.length} sizes are measured instead of ${all.length}, and then some around the knee, to save time; --full measures all, --capacities chooses others`,
      );
    return { spooled, capacities, aroundKnee };
  });
}
