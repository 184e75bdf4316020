import type { Call, OptionTexts } from "./call.ts";
import { mistake } from "./mistake.ts";

/** Options of `watch`. */
export const watchOptions: OptionTexts = {
  pid: { value: "N", text: "the process, whose inspector is opened if it is not open" },
  url: { value: "ADDRESS", text: "in place of --pid, its inspector: host:port, or ws://..." },
  every: { value: "SECONDS", text: "time from one snapshot to the next (default: 30)" },
  snapshots: { value: "N", text: "end after N snapshots (default: at Ctrl-C)" },
  top: { value: "N", text: "print N types (default: 10; with --json all)" },
  out: { value: "DIR", text: "store the snapshots in this folder too" },
  yes: { text: "do not ask before the process is stopped for a snapshot" },
  "fail-on-growth": { text: "exit with 1 if a class grows at the end" },
};

/** The longest time that a timer can wait; it would run at once after a longer one. */
const MOST_SECONDS = 2_147_483;

/** What `watch` is asked to do. */
export interface WatchPlan {
  readonly pid: number | undefined;
  readonly url: string | undefined;
  /** Milliseconds between two snapshots. */
  readonly interval: number;
  readonly snapshots: number;
  readonly top: number | undefined;
  readonly folder: string | undefined;
  readonly isJson: boolean;
  readonly isAgreed: boolean;
  readonly failsOnGrowth: boolean;
}

/** Reads the options of `watch`. */
export function readWatchPlan(call: Call): WatchPlan {
  const pid = call.integer("pid", 1);
  const url = call.text("url");
  if ((pid === undefined) === (url === undefined)) {
    throw mistake("Cannot watch a process: expected either --pid or --url");
  }
  const isJson = call.has("json");
  return {
    pid,
    url,
    interval: (call.positive("every", MOST_SECONDS) ?? 30) * 1000,
    snapshots: call.integer("snapshots", 2) ?? Infinity,
    top: call.integer("top", 1) ?? (isJson ? undefined : 10),
    folder: call.text("out"),
    isJson,
    isAgreed: call.has("yes"),
    failsOnGrowth: call.has("fail-on-growth"),
  };
}
