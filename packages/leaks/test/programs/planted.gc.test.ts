import { collections } from "./planted/collections.ts";
import { events } from "./planted/events.ts";
import { host } from "./planted/host.ts";
import { shared } from "./planted/shared.ts";
import { timers } from "./planted/timers.ts";
import { variables } from "./planted/variables.ts";
import { waiting } from "./planted/waiting.ts";
import { testAssertion, testPlanted, testProbe } from "./run-planted.ts";

testPlanted({
  "what the process shares": shared,
  variables,
  collections,
  timers,
  "what has not happened yet": waiting,
  "listeners and streams": events,
  "what the host holds": host,
});
testProbe(variables[0]!);
testAssertion(waiting[0]!);
