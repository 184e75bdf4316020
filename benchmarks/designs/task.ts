import type { Cell } from "../suite.ts";
import type { RoundsResult, RoundsTask } from "../throughput/measure-rounds.ts";

/** The decision that a task is about. */
export type Question = "strings" | "index" | "columns" | "chains" | "integers" | "interface";

/**
 * Designs that are compared in one process. The baseline is the chosen design, which is measured
 * twice.
 */
export interface DesignsTask extends Omit<RoundsTask, "section"> {
  readonly question: Question;
  readonly baseline: string;
}

export type DesignsCell = Cell<DesignsTask, RoundsResult[]>;
