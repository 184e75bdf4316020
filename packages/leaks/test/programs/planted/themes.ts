import { collections } from "./collections.ts";
import { events } from "./events.ts";
import { host } from "./host.ts";
import type { Planted } from "./planted.ts";
import { shared } from "./shared.ts";
import { timers } from "./timers.ts";
import { variables } from "./variables.ts";
import { waiting } from "./waiting.ts";

/** All planted leaks by theme, for threads and for forks. */
export const THEMES: Readonly<Record<string, readonly Planted[]>> = {
  "what the process shares": shared,
  variables,
  collections,
  timers,
  "what has not happened yet": waiting,
  "listeners and streams": events,
  "what the host holds": host,
};
