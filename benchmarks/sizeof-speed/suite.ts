import type { Cell, RunOptions, Step, Suite } from "../suite.ts";
import type { SpeedAnswer, SpeedTask } from "./measure-sizeof-speed.ts";
import { tabulateSpeed } from "./tabulate-sizeof-speed.ts";

export type SpeedCell = Cell<SpeedTask, SpeedAnswer>;

const DOCUMENTS = [
  "100 entries",
  "100 nested entries",
  "10 MB of JSON",
  "100 MB, limit 1 KB",
] as const;

function plan({ full }: RunOptions): Step<SpeedTask>[] {
  return DOCUMENTS.map((document) => ({
    label: document,
    task: { document, seconds: full ? 20 : 1 },
  }));
}

/** The time that sizing takes. */
export const sizeofSpeed: Suite<SpeedTask, SpeedAnswer> = {
  name: "sizeof-speed",
  title: "Speed of sizing",
  module: new URL("./measure-sizeof-speed.js", import.meta.url),
  plan,
  tabulate: tabulateSpeed,
  draw: async (cells) => (await import("./draw-sizeof-speed.ts")).drawSpeed(cells),
};
