import type { Cell, RunOptions, Step, Suite } from "../suite.ts";
import { EXPIRING_CACHES } from "./adapters/catalogue.ts";
import type { ExpiryAnswer, ExpiryTask } from "./measure-expiry.ts";
import { tabulateExpiry } from "./tabulate-expiry.ts";

export type ExpiryCell = Cell<ExpiryTask, ExpiryAnswer>;

const ENTRIES = 1_000_000;
const QUICK_ENTRIES = 100_000;

function plan({ full }: RunOptions): Step<ExpiryTask>[] {
  return Array.from({ length: full ? 5 : 1 }, (_, run) =>
    EXPIRING_CACHES.map((arm) => ({
      label: `${arm}, run ${run + 1}`,
      task: { arm, entries: full ? ENTRIES : QUICK_ENTRIES, seed: run + 1 },
    })),
  ).flat();
}

/**
 * The cost of deadlines, of a million with `--full`. It has rivals of its own: caches that remove
 * expired entries by themselves.
 */
export const expiry: Suite<ExpiryTask, ExpiryAnswer> = {
  name: "expiry",
  title: "Expiry",
  module: new URL("./measure-expiry.js", import.meta.url),
  plan,
  tabulate: tabulateExpiry,
  draw: async (cells) => (await import("./draw-expiry.ts")).drawExpiry(cells),
};
