import { answerTask } from "../fresh-process.ts";
import { measureBuffers, type BufferTask } from "./buffers/measure-buffers.ts";
import { measureLoans, type LoanAnswer, type LoanTask } from "./loans/measure-loans.ts";
import {
  measureMemory,
  type PoolMemoryAnswer,
  type PoolMemoryTask,
} from "./memory/measure-memory.ts";
import { measureObjects, type ObjectTask } from "./objects/measure-objects.ts";
import type { ArmTime } from "./rounds.ts";
import { simulate, type SimulationAnswer, type SimulationTask } from "./simulations/simulate.ts";

/** One measurement of the suite. */
export type PoolTask =
  | { readonly kind: "loans"; readonly task: LoanTask }
  | { readonly kind: "objects"; readonly task: ObjectTask }
  | { readonly kind: "buffers"; readonly task: BufferTask }
  | { readonly kind: "memory"; readonly task: PoolMemoryTask }
  | { readonly kind: "simulation"; readonly task: SimulationTask };

/** The result of a measurement. */
export type PoolAnswer = LoanAnswer | readonly ArmTime[] | PoolMemoryAnswer | SimulationAnswer;

async function measure({ kind, task }: PoolTask): Promise<PoolAnswer> {
  if (kind === "loans") return measureLoans(task);
  if (kind === "objects") return measureObjects(task);
  if (kind === "buffers") return measureBuffers(task);
  return kind === "memory" ? measureMemory(task) : simulate(task);
}

answerTask(measure);
