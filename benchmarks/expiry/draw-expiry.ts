import { renderBars } from "../rendering/bars.ts";
import type { Cell, Chart } from "../suite.ts";
import type { ExpiryAnswer, ExpiryTask } from "./measure-expiry.ts";
import { joinExpiry } from "./tabulate-expiry.ts";

const STEPS = ["arm", "move", "cancel", "expire"] as const;

/** The chart of the expiry suite. */
export function drawExpiry(cells: readonly Cell<ExpiryTask, ExpiryAnswer>[]): Chart[] {
  const title = "Entries with different deadlines";
  const bars = joinExpiry(cells).flatMap((row) =>
    STEPS.map((step) => ({
      arm: row.name,
      group: step,
      value: row[step],
      label: `${row[step].toFixed(0)} ns`,
    })),
  );
  const note =
    "Time per entry: to arm a deadline, to move it, to cancel it, and to remove the expired entry. Lower is better.";
  return [{ title, note, html: renderBars(title, "nanoseconds per entry", bars) }];
}
