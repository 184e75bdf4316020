import { collections } from "./planted/collections.ts";
import { events } from "./planted/events.ts";
import { shared } from "./planted/shared.ts";
import { THEMES } from "./planted/themes.ts";
import { timers } from "./planted/timers.ts";
import { testAssertion, testPlanted, testProbe } from "./run-planted.ts";

testPlanted(THEMES);
for (const [program] of [shared, collections]) testProbe(program!);
for (const [program] of [timers, events]) testAssertion(program!);
